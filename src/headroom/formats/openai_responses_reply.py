"""The response object of the Responses API, as an event bears it or as a whole reply.

To the client it is one reply: without our tool, with the items of all legs, and the output of
all of them counted.  The input side is that of the last leg, by which agents measure their
window.  *at* is where the object stands: `("response",)` in an event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from headroom.conversation import Change, Path, Put, Remove, Replace
from headroom.errors import UnreadableBody
from headroom.formats.replies import member, number, objects
from headroom.formats.turns import NOTHING_SAID, encoded, listed
from headroom.marker import TOOL
from headroom.wire.document import Document

FAILED = frozenset(("failed", "cancelled"))
"""How a reply ends that says what went wrong instead of saying nothing."""

_DETAILS = "output_tokens_details"
_REASONING = "reasoning_tokens"


class Spent(NamedTuple):
    """What the legs before the last have put out, in tokens."""

    output: int = 0
    reasoning: int = 0

    def and_of(self, usage: Mapping[str, Any]) -> Spent:
        """With the output of one leg more."""
        reasoning = number(member(usage, _DETAILS), _REASONING)
        return Spent(self.output + number(usage, "output_tokens"), self.reasoning + reasoning)


def without_our_tool(response: Mapping[str, Any], at: Path) -> list[Change]:
    """What takes our tool out of those that the provider repeats."""
    tools = response.get("tools")
    if not isinstance(tools, list):
        return []
    ours = {"type": "function", "name": TOOL}
    return [
        Remove((*at, "tools", n))
        for n, tool in enumerate(tools)
        if isinstance(tool, dict) and ours.items() <= tool.items()
    ]


def going_on_from(response: Mapping[str, Any], at: Path, previous: Any) -> list[Change]:
    """What makes the response say that it goes on from *previous*, where it names another."""
    named = response.get("previous_response_id")
    if not named or named == previous:
        return []
    return [Replace((*at, "previous_response_id"), encoded(previous).encode())]


def as_one(
    response: Mapping[str, Any],
    at: Path,
    *,
    said: Sequence[str],
    first: Mapping[str, Any],
    spent: Spent,
) -> list[Change]:
    """What makes the response of the last leg that of the whole turn.

    *said* are the items that the client has; *first* are members that it knows from the first
    leg, None where there was none.
    """
    changes = [_put(at, response, "output", listed(said))]
    for name, value in first.items():
        if value is None and response.get(name) is not None:
            changes.append(Replace((*at, name), b"null"))
        elif response.get(name) != value:
            changes.append(_put(at, response, name, encoded(value)))
    return [*changes, *_counted(member(response, "usage"), (*at, "usage"), spent)]


def nothing_said(reply_id: str) -> dict[str, Any]:
    """The message of a turn that would have said nothing at all."""
    made = hashlib.sha256(reply_id.encode()).hexdigest()[:48]
    part = {"type": "output_text", "text": NOTHING_SAID, "annotations": [], "logprobs": []}
    return {
        "id": f"msg_{made}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }


def saying(message: Mapping[str, Any], index: int) -> list[dict[str, Any]]:
    """The events that bring a message of one text, the item *index* of the reply."""
    part = objects(message["content"])[0]
    item = {"item_id": message["id"], "output_index": index, "content_index": 0}
    text = {**item, "logprobs": []}
    added = {**message, "status": "in_progress", "content": []}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": added},
        {"type": "response.content_part.added", **item, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **text, "delta": part["text"]},
        {"type": "response.output_text.done", **text, "text": part["text"]},
        {"type": "response.content_part.done", **item, "part": part},
        {"type": "response.output_item.done", "output_index": index, "item": message},
    ]


def output_of(response: bytes) -> tuple[str, ...]:
    """The items of a response as they stand in it; none where it cannot be read."""
    try:
        output = Document.read(response).elements("output")
    except UnreadableBody:
        return ()
    return tuple(item.raw.decode("utf-8", "replace") for item in output)


def changed(json: bytes, changes: Sequence[Change]) -> bytes:
    """The JSON object with these changes; as it came where it cannot be changed safely."""
    if not changes:
        return json
    try:
        return Document.read(json).rewrite(changes)
    except UnreadableBody:
        return json


def _counted(usage: Mapping[str, Any], at: Path, spent: Spent) -> list[Change]:
    if not usage or not spent.output:
        return []
    output = spent.output + number(usage, "output_tokens")
    changes = [_put(at, usage, "output_tokens", str(output))]
    if "total_tokens" in usage:
        total = number(usage, "input_tokens") + output
        changes.append(_put(at, usage, "total_tokens", str(total)))
    details = member(usage, _DETAILS)
    if _REASONING in details:
        reasoning = spent.reasoning + number(details, _REASONING)
        changes.append(_put((*at, _DETAILS), details, _REASONING, str(reasoning)))
    return changes


def _put(at: Path, holder: Mapping[str, Any], name: str, json: str) -> Change:
    if name in holder:
        return Replace((*at, name), json.encode())
    return Put(at, name, json.encode())
