"""A turn in the dialect of the Responses API: items and events counted on over its legs.

Each event bears a number, and those of an item its index in the output.  From the first event
on that is left out both are counted anew: a gap, or an index that stands twice, is an error to
clients.  The client knows the reply by the id of the first leg, and the SDK (3.52.0) raises when
it changes; so the events that begin a later leg are left out, and the one that ends the last
leg is made that of the whole turn.  Our tool is taken out of every event that repeats the tools.

A call of ours that cannot be answered (the leg was cut short, or nobody fetches any more) is
taken out of the reply as well, but not forgotten: its leg is kept, with the answer that there
is none.  Left out for good it would be missed: behind its reasoning item, or in a history that
the provider keeps, each request from then on would be a 400.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headroom.conversation import Change, Leg, Replace
from headroom.formats.openai_responses_input import next_body
from headroom.formats.openai_responses_items import (
    answered,
    calls_in,
    items_of,
    leg_of,
    speaks,
    wait_for_the_client,
)
from headroom.formats.openai_responses_reply import (
    FAILED,
    Spent,
    as_one,
    changed,
    going_on_from,
    nothing_said,
    output_of,
    saying,
    without_our_tool,
)
from headroom.formats.openai_responses_stream import ITEM_ENDS, Count, StreamedLeg, item_in
from headroom.formats.replies import member, read_json, text_at
from headroom.formats.turns import (
    StreamedTurn,
    WholeTurn,
    encoded,
    listed,
    visible_pieces,
)
from headroom.wire.frames import Frame, framed, with_data

_COMPLETED = "completed"
_ENDINGS = FAILED | {_COMPLETED, "incomplete"}

_PREVIOUS = "previous_response_id"
_OF_THE_STREAM = ("id", "created_at")


class ResponsesStreamedTurn(StreamedTurn):
    """A turn that is streamed; *previous* is the id that the client goes on from."""

    def __init__(self, previous: Any = None) -> None:
        super().__init__()
        self._previous = previous
        self._leg = StreamedLeg()
        self._count = Count()
        self._first: dict[str, Any] = {}
        self._spent = Spent()
        self._spoke = False
        """Whether the client has been given anything that it takes for an answer."""
        self.reply_id = ""

    @property
    def goes_on(self) -> bool:
        """See `Turn.goes_on`."""
        return bool(self._calls) and not wait_for_the_client(items_of(self._ended[-1].pieces))

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self._leg.id

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        rest = self._last_frames()
        if not self._holding:
            return rest
        leg = leg_of(self._leg.pieces())
        self._calls = calls_in(leg) if self._leg.status == _COMPLETED else ()
        self._ended.append(leg)
        return rest

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        body = next_body(sent, self._ended[-1], self._leg.id, kept=self._leg.is_kept)
        self._spent = self._spent.and_of(self._leg.usage)
        self._leg = StreamedLeg()
        self._count.is_anew = True
        self._calls = ()
        self._held.clear()
        return body

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        if not self._held:
            return b""
        ending, *others = self._held
        told = [self._note(event) for message in self._notes() for event in self._events(message)]
        rest = (frame.raw for frame in others)
        return b"".join((*told, self._ending(ending), *rest))

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return _echoed(self._ended, self._notes())

    @property
    def _holding(self) -> bool:
        """Whether the end of this leg may not be the end of the turn, or not as it is."""
        return bool(self._ended) or self._leg.calls_us

    def _forget(self) -> None:
        self._leg = StreamedLeg()

    def _passed(self, frame: Frame) -> bytes:
        if self._held:
            # What some providers send behind the last event (`[DONE]`).
            self._held.append(frame)
            return b""
        event = read_json(frame.data) if frame.data else None
        if not isinstance(event, dict):
            return frame.raw
        self._failed = self._failed or event.get("type") == "error"
        if isinstance(event.get("response"), dict):
            return self._of_response(frame, event, event["response"])
        index = self._leg.index_of(event)
        if index is None:
            return self._delivered(frame, event, [])
        return self._of_item(frame, event, index)

    def _of_response(self, frame: Frame, event: dict[str, Any], response: dict[str, Any]) -> bytes:
        self._leg.see(response)
        if not self._ended and not self._first:
            self._first = {name: response[name] for name in _OF_THE_STREAM if name in response}
            self._first[_PREVIOUS] = self._previous
            self.reply_id = self._leg.id
        kind = text_at(event, "type").removeprefix("response.")
        if kind in _ENDINGS:
            self._leg.end(frame, kind, response)
            if self._holding:
                self._held.append(frame)
                return b""
        elif self._ended:
            return b""
        at = ("response",)
        changes = [*without_our_tool(response, at), *going_on_from(response, at, self._previous)]
        return self._delivered(frame, event, changes)

    def _of_item(self, frame: Frame, event: dict[str, Any], index: int) -> bytes:
        item = self._leg.items.get(index)
        if item is None:
            begun = member(event, "item")
            item = self._leg.begin(index, begun)
            if not item.is_ours:
                item.place = self._count.place(index)
                self._spoke = self._spoke or speaks(begun)
        if event.get("type") == ITEM_ENDS:
            item.piece = item_in(frame.data)
        if item.is_ours:
            self._count.is_anew = True
            return b""
        if event.get("output_index") in (None, item.place):
            return self._delivered(frame, event, [])
        return self._delivered(frame, event, [Replace(("output_index",), b"%d" % item.place)])

    def _delivered(self, frame: Frame, event: Mapping[str, Any], changes: list[Change]) -> bytes:
        number = event.get("sequence_number")
        if type(number) is int:
            told = self._count.number(number)
            if told != number:
                changes.append(Replace(("sequence_number",), b"%d" % told))
        if not changes:
            return frame.raw
        # Line breaks can only stand between the values of JSON.
        return with_data(frame.raw, changed(frame.data, changes).replace(b"\n", b" "))

    def _ending(self, frame: Frame) -> bytes:
        event = read_json(frame.data)
        response, at = member(event, "response"), ("response",)
        said = _said(self._ended, self._notes())
        changes = as_one(response, at, said=said, first=self._first, spent=self._spent)
        return self._delivered(frame, event, [*without_our_tool(response, at), *changes])

    def _notes(self) -> list[dict[str, Any]]:
        if self._spoke or not self._held:
            return []
        return _notes(self._ended, self._leg.status, self.reply_id)

    def _events(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        return saying(message, self._count.next_place)

    def _note(self, event: dict[str, Any]) -> bytes:
        number = {"type": event["type"], "sequence_number": self._count.number(None)}
        return framed(msgspec.json.encode({**number, **event}), event["type"])

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(self._ended[-1], answers).answers


class ResponsesWholeTurn(WholeTurn):
    """A turn that is not streamed; *previous* is the id that the client goes on from."""

    def __init__(self, previous: Any = None) -> None:
        super().__init__()
        self._previous = previous
        self._reply: dict[str, Any] = {}
        self._first: dict[str, Any] = {}
        self._spent = Spent()

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        self.calls, self.goes_on = (), False
        reply = read_json(bytes(self._body))
        self._reply = reply if isinstance(reply, dict) else {}
        if not self._reply:
            return b""
        self.reply_id = text_at(self._reply, "id")
        self._first = {_PREVIOUS: self._previous}
        leg = leg_of(output_of(bytes(self._body)))
        if not leg.hidden and not self._ended:
            return b""
        self._ended.append(leg)
        if self._reply.get("status") == _COMPLETED:
            self.calls = calls_in(leg)
            self.goes_on = bool(self.calls) and not wait_for_the_client(items_of(leg.pieces))
        return b""

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        self._spent = self._spent.and_of(member(self._reply, "usage"))
        self._body.clear()
        kept = self._reply.get("store") is not False
        return next_body(sent, self._ended[-1], self.reply_id, kept=kept)

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        changes = without_our_tool(self._reply, ())
        if self._ended and self._reply:
            said = _said(self._ended, self._notes())
            changes += as_one(self._reply, (), said=said, first=self._first, spent=self._spent)
        else:
            changes += going_on_from(self._reply, (), self._previous)
        return changed(bytes(self._body), changes)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return _echoed(self._ended, self._notes())

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(self._ended[-1], answers).answers

    def _notes(self) -> list[dict[str, Any]]:
        return _notes(self._ended, text_at(self._reply, "status"), self.reply_id)


def _notes(legs: Sequence[Leg], status: str, reply_id: str) -> list[dict[str, Any]]:
    """The message, if there must be one, of a turn that has said nothing."""
    spoken = any(map(speaks, items_of(visible_pieces(legs))))
    is_needed = legs and not spoken and status not in FAILED
    return [nothing_said(reply_id)] if is_needed else []


def _said(legs: Sequence[Leg], notes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The items that the client has."""
    return (*visible_pieces(legs), *map(encoded, notes))


def _echoed(legs: Sequence[Leg], notes: Sequence[Mapping[str, Any]]) -> bytes:
    return f'{{"input":{listed(_said(legs, notes))}}}'.encode()
