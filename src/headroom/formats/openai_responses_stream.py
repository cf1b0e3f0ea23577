"""What one leg of a stream has said so far, and how the client has counted what it was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.formats.openai_responses_items import is_ours
from headroom.formats.openai_responses_reply import output_of
from headroom.formats.replies import member, objects, text_at
from headroom.formats.turns import read_document
from headroom.wire.frames import Frame

ITEM_BEGINS = "response.output_item.added"
ITEM_ENDS = "response.output_item.done"


class Item:
    """An output item while its events come in."""

    __slots__ = ("is_ours", "piece", "place")

    def __init__(self, begun: Mapping[str, Any]) -> None:
        self.is_ours = is_ours(begun)
        self.piece = ""
        self.place = -1
        """The index by which the client knows it."""


class StreamedLeg:
    """What one leg has said so far."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.id = ""
        self.status = ""
        self.is_kept = True
        self.usage: dict[str, Any] = {}
        self.calls_us = False
        self._index_by_id: dict[str, int] = {}
        self._ending = b""

    def index_of(self, event: Mapping[str, Any]) -> int | None:
        """Which item this event is about, if it is about one that has begun, or begins it."""
        index = event.get("output_index")
        if type(index) is not int:
            # Not the other way round: some providers change the id from event to event.
            return self._index_by_id.get(text_at(event, "item_id"))
        is_known = index in self.items or event.get("type") in (ITEM_BEGINS, ITEM_ENDS)
        return index if is_known else None

    def begin(self, index: int, item: Mapping[str, Any]) -> Item:
        """A new item."""
        begun = self.items[index] = Item(item)
        if name := text_at(item, "id"):
            self._index_by_id[name] = index
        self.calls_us = self.calls_us or begun.is_ours
        return begun

    def see(self, response: Mapping[str, Any]) -> None:
        """What any event says that bears the response."""
        self.id = text_at(response, "id") or self.id
        self.is_kept = response.get("store") is not False

    def end(self, frame: Frame, status: str, response: Mapping[str, Any]) -> None:
        """The event that ends it."""
        self.status = status
        self.usage = member(response, "usage")
        self.calls_us = self.calls_us or any(map(is_ours, objects(response.get("output"))))
        self._ending = frame.data

    def pieces(self) -> tuple[str, ...]:
        """All items, as their own events have told them; where one has not, as the last does."""
        told = [item.piece for _, item in sorted(self.items.items())]
        if all(told) and told:
            return tuple(told)
        document = read_document(self._ending)
        response = document.member("response") if document else None
        output = output_of(response.raw) if response else ()
        return output or tuple(piece for piece in told if piece)


class Count:
    """How the client has counted: as the provider does, until something is left out."""

    def __init__(self) -> None:
        self.is_anew = False
        self.next_place = 0
        self._last = -1

    def number(self, number: int | None) -> int:
        """The number of the next event, which is this by the provider."""
        if self.is_anew or number is None:
            number = self._last + 1
        self._last = number
        return number

    def place(self, index: int) -> int:
        """The place of the next item, which is this by the provider."""
        place = self.next_place if self.is_anew else index
        self.next_place = place + 1
        return place


def item_in(data: bytes) -> str:
    """The item that an event bears, as it stands there; empty where it cannot be read."""
    document = read_document(data)
    item = document.member("item") if document else None
    return item.raw.decode("utf-8", "replace") if item else ""
