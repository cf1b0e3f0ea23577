"""Our tool in the Responses API: offered in a request, and its calls put back into history.

The client's items are those of the turn without our calls; behind them stands what it answers.
Each hidden call goes behind the item that stood before it, and the answers where its leg ended:

    reasoning₁ · reasoning₂ · function_call shell · output
    reasoning₁ · ours · its output · reasoning₂ · function_call shell · output

A client may leave items out and take ids away: what is not found is passed over.  Behind a
reasoning item that the client has left out a call is put back without its id.  Where nothing of
the turn is found, whole legs are put before what stands there; the last is then the client's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from headroom.conversation import Change, Insert, Leg, Legs, Replace
from headroom.formats.openai_responses_input import is_kept, told, unsealed
from headroom.formats.openai_responses_items import given_back, is_reasoning, is_result, items_of
from headroom.formats.openai_responses_turn import ResponsesStreamedTurn, ResponsesWholeTurn
from headroom.formats.reading import is_retrieval
from headroom.formats.replies import objects, text_at
from headroom.formats.turns import Turn, encoded, tool_parameters, visible_pieces
from headroom.marker import TOOL, TOOL_PURPOSE
from headroom.wire.document import Document, Element

# `strict` is true unless it is said otherwise, and would make every argument mandatory
# (platform.openai.com/docs/guides/function-calling, 2026-11).
DEFINITION = msgspec.json.encode(
    {
        "type": "function",
        "name": TOOL,
        "description": TOOL_PURPOSE,
        "parameters": tool_parameters(),
        "strict": False,
    }
)


class ResponsesWeaver:
    """See `Weaver`."""

    def tools(self, document: Document) -> tuple[str, ...]:
        """See `Weaver.tools`; those of a namespace stand within it."""
        tools = objects([element.value for element in document.elements("tools")])
        every = [*tools, *(tool for each in tools for tool in objects(each.get("tools")))]
        return tuple(text_at(tool, "name") for tool in every)

    def offer(self, document: Document) -> Change | None:
        """See `Weaver.offer`."""
        names = self.tools(document)
        if not names or any(is_retrieval(name) for name in names):
            return None
        if document.get("background") or document.get("conversation"):
            # The reply, or the history, is fetched by other requests, and our calls stand in it.
            return None
        # First of all: behind others it would move when the client adds one.
        return Insert(("tools",), 0, DEFINITION)

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """See `Weaver.turn`."""
        previous = document.get("previous_response_id")
        return ResponsesStreamedTurn(previous) if streaming else ResponsesWholeTurn(previous)

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """See `Weaver.put_back`."""
        items = document.elements("input")
        found = _found(items, at, legs)
        if any(found) or not visible_pieces(legs):
            return _woven(items, at, legs, found)
        whole = [piece for leg in legs[:-1] for piece in _whole(leg, kept=is_kept(document))]
        return [Insert(("input",), at, ",".join(whole).encode())] if whole else []

    def follows(self, document: Document) -> str:
        """See `Weaver.follows`."""
        previous = document.get("previous_response_id")
        return previous if isinstance(previous, str) else ""

    def is_kept(self, document: Document) -> bool:
        """See `Weaver.is_kept`."""
        return is_kept(document)

    def follow(self, document: Document, last_id: str, legs: Legs) -> Sequence[Change]:
        """See `Weaver.follow`."""
        changes: list[Change] = []
        previous = document.get("previous_response_id")
        if previous and last_id not in ("", previous):
            changes.append(Replace(("previous_response_id",), encoded(last_id).encode()))
        if legs and legs[-1].answers:
            changes.append(told(document, legs[-1].answers, first=True))
        return changes


Found = dict[int, int]
"""Of a leg: which of its items is which of the request's."""


def _found(items: Sequence[Element], at: int, legs: Legs) -> list[Found]:
    found: list[Found] = []
    for leg in legs:
        seen: Found = {}
        for n, made in enumerate(items_of(leg.pieces)):
            index = None if n in leg.hidden else _next(items, at, made)
            if index is not None:
                seen[n] = index
                at = index + 1
        found.append(seen)
    return found


def _next(items: Sequence[Element], at: int, made: Mapping[str, Any]) -> int | None:
    """Where *made* stands, if it is next: a client may answer each call before the next call."""
    while at < len(items) and not _is_same(items[at].value, made):
        if not is_result(items[at].value):
            return None
        at += 1
    return at if at < len(items) else None


def _is_same(item: Any, made: Mapping[str, Any]) -> bool:
    """Whether the client has sent with *item* what the provider had made."""
    if not isinstance(item, dict):
        return False
    if text_at(made, "id") and item.get("id") == made["id"]:
        # Some clients send nothing but a reference to it.
        return True
    kind = item.get("type", "message")
    if kind != made.get("type"):
        return False
    if kind == "message":
        return item.get("role") == "assistant" and _text(item) == _text(made)
    name = "encrypted_content" if kind == "reasoning" else "call_id"
    return bool(text_at(made, name)) and item.get(name) == made[name]


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    parts = objects(content)
    return "".join(text_at(part, "text") or text_at(part, "refusal") for part in parts).strip()


def _woven(items: Sequence[Element], at: int, legs: Legs, found: Sequence[Found]) -> list[Change]:
    """The hidden calls and their answers, each put in where it belongs."""
    changes: list[Change] = []
    for leg, seen in zip(legs, found, strict=True):
        made = items_of(leg.pieces)
        lost = [n for n, item in enumerate(made) if is_reasoning(item) and n not in seen]
        given = given_back(leg.pieces, lost=lost)
        last_call_at = at
        for n in range(len(leg.pieces)):
            if n in leg.hidden:
                changes.append(Insert(("input",), at, given[n].encode()))
                last_call_at = at
            at = seen[n] + 1 if n in seen else at
        if leg.answers:
            # Where the client has answered one of its calls before the next, ours come first.
            told_at = next(_results(items, range(last_call_at, at), seen), at)
            changes.append(Insert(("input",), told_at, ",".join(leg.answers).encode()))
    return changes


def _results(items: Sequence[Element], among: range, seen: Found) -> Iterator[int]:
    """Which of these items are the client's answers, and not the provider's own."""
    made = frozenset(seen.values())
    return (n for n in among if n not in made and is_result(items[n].value))


def _whole(leg: Leg, *, kept: bool) -> list[str]:
    lost = frozenset[int]() if kept else unsealed(leg)
    return [*given_back(leg.pieces, lost=lost).values(), *leg.answers]
