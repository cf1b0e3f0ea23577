"""Items of the Responses API: which are calls of ours, which wait for the client, which speak.

An item that a reply has brought is given back as it came.  Source: PROVIDERS 7.2, and the types
of the SDK 3.52.0, 2026-11.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from headroom.conversation import Leg, Remove
from headroom.errors import UnreadableBody
from headroom.formats.base import CallMade
from headroom.formats.replies import read_json, text_at
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.wire.document import Document

UNANSWERED = "[no answer: the call was cut off]"

# What the client has to run, or to say yes or no to.  All other calls (web and file search, code
# interpreter, pictures, hosted MCP) are run by the provider, and done when the reply ends.
_FOR_THE_CLIENT = frozenset(
    (
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
        "computer_call",
        "mcp_approval_request",
    )
)

# What a client shows as an answer, beside its calls.
_ANSWERS = frozenset(("message", "image_generation_call"))

_CUT = frozenset(("incomplete", "in_progress"))


def is_ours(item: Mapping[str, Any]) -> bool:
    """Whether this item calls our own tool."""
    # A namespace is of the client's making, whatever its tools are named.
    return (
        item.get("type") == "function_call"
        and item.get("name") == TOOL
        and not item.get("namespace")
    )


def is_reasoning(item: Mapping[str, Any]) -> bool:
    """Whether this is a reasoning item."""
    return item.get("type") == "reasoning"


def is_result(item: Any) -> bool:
    """Whether this item answers a call."""
    kind = text_at(item, "type") if isinstance(item, dict) else ""
    return kind.endswith("_output") or kind == "mcp_approval_response"


def speaks(item: Mapping[str, Any]) -> bool:
    """Whether this item of a reply is something to a client; reasoning alone is not."""
    return item.get("type") in _ANSWERS or _is_for_the_client(item)


def wait_for_the_client(items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of these items is to be answered by the client, and not by us."""
    # A shell of the provider's own brings its output in the same reply.
    done = {text_at(item, "call_id") for item in items if is_result(item)} - {""}
    return any(
        _is_for_the_client(item) and not is_ours(item) and item.get("call_id") not in done
        for item in items
    )


def items_of(pieces: Iterable[str]) -> list[dict[str, Any]]:
    """What these JSON texts say, an empty object for each that is none."""
    items = (read_json(piece.encode()) for piece in pieces)
    return [item if isinstance(item, dict) else {} for item in items]


def leg_of(pieces: Sequence[str]) -> Leg:
    """The leg that has said these items.

    Its hidden calls have an answer from the beginning, that they have none, for those to which
    none comes (see `calls_in`): behind a reasoning item a call cannot be left out later, nor
    from a history that the provider keeps, and there is no call without an answer (400).
    """
    items = items_of(pieces)
    hidden = tuple(n for n, item in enumerate(items) if is_ours(item))
    return answered(Leg(tuple(pieces), hidden), {})


def answered(leg: Leg, answers: Mapping[str, str]) -> Leg:
    """The leg with these answers, by the ids of its calls."""
    ids = (text_at(item, "call_id") for item in items_of(leg.pieces[n] for n in leg.hidden))
    told = tuple(_result(call_id, answers.get(call_id, UNANSWERED)) for call_id in ids)
    return Leg(leg.pieces, leg.hidden, told)


def calls_in(leg: Leg) -> tuple[CallMade, ...]:
    """The calls of ours in a leg that was completed, but for those that were cut."""
    items = items_of(leg.pieces[n] for n in leg.hidden)
    return tuple(_call(item) for item in items if item.get("status") not in _CUT)


def given_back(pieces: Sequence[str], *, lost: Collection[int]) -> dict[int, str]:
    """These items as a request holds them, by their numbers, without those that are *lost*.

    What stands behind a lost reasoning item has no id: by the id the provider would know it,
    and refuse it without its reasoning item (400).
    """
    given: dict[int, str] = {}
    is_behind = False
    for n, item in enumerate(items_of(pieces)):
        if n in lost:
            is_behind = True
            continue
        is_behind = is_behind and not is_reasoning(item)
        given[n] = _without_id(pieces[n]) if is_behind and "id" in item else pieces[n]
    return given


def _is_for_the_client(item: Mapping[str, Any]) -> bool:
    kind = item.get("type")
    if kind == "tool_search_call":
        return item.get("execution") == "client"
    return kind in _FOR_THE_CLIENT


def _call(item: Mapping[str, Any]) -> CallMade:
    arguments = text_at(item, "arguments")
    is_whole = isinstance(read_json(arguments.encode()), dict)
    return CallMade(text_at(item, "call_id"), TOOL, arguments if is_whole else "{}")


def _result(call_id: str, text: str) -> str:
    return encoded({"type": "function_call_output", "call_id": call_id, "output": text})


def _without_id(piece: str) -> str:
    try:
        return Document.read(piece.encode()).rewrite([Remove(("id",))]).decode()
    except UnreadableBody:
        return piece
