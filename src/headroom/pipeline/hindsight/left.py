"""Turns that have left a conversation: what is kept of them, and what the marker says.

The first of them stays with its call, whose result says what has left; so roles and pairs stay
as providers ask for them.  All others are gone, message by message.
"""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence

from headroom.conversation import Block, Form
from headroom.marker import LONGEST_TOLD, Marker, key_of
from headroom.pipeline.hindsight.turns import Turn
from headroom.pipeline.origin import origin
from headroom.tokens import Counter

BY = "intelligent_cap"
ABOVE = "[left out with the above]"

MOST_TOOLS, MOST_FILES, MOST_ERRORS = 8, 12, 2
LONGEST_NAMED = 90

_UNTOLD = re.compile(r"[\[\]\s]+")
_ERROR = re.compile(r"[^\n]{0,200}(?:[Ee]rror|[Ee]xception|FAILED|panic)\b[^\n]{0,200}")


def forms_of_left(
    blocks: Sequence[Block],
    turns: Sequence[Turn],
    left: Sequence[Turn],
    counter: Counter,
    *,
    by_tool: bool,
) -> dict[int, Form]:
    """The forms of all blocks of the turns that leave; *turns* are all there are."""
    told_in = next((turn for turn in left if _answers(blocks, turn)), None)
    if told_in is None:
        return {}
    answers = _answers(blocks, told_in)
    home = answers[0]
    gone = [index for turn in left if turn is not told_in for index in turn.blocks]
    inside = sorted([*gone, *answers])
    text = record(blocks, inside)
    marker = _marker(blocks, turns, left, key_of(text), by_tool=by_tool)
    forms = {}
    for index in inside:
        tokens = counter.count(blocks[index].text)
        said = marker if index == home else ABOVE if index in answers else None
        after = counter.count(said) if said else 0
        original = key_of(text) if index == home else ""
        forms[index] = Form(said, (BY,), tokens, after, original, told_by=home)
    return forms


def record(blocks: Sequence[Block], members: Iterable[int]) -> str:
    """What is kept of these blocks, as text in which one can search."""
    return "\n".join(_recorded(blocks, members))


def members_by_home(forms: Mapping[int, Form]) -> dict[int, list[int]]:
    """By the block whose marker tells of them, the blocks that left."""
    found: dict[int, list[int]] = {}
    for index, form in sorted(forms.items()):
        if form.told_by >= 0:
            found.setdefault(form.told_by, []).append(index)
    return found


def _answers(blocks: Sequence[Block], turn: Turn) -> list[int]:
    """The texts that follow the assistant's own words in a turn, and can be replaced."""
    return [
        index
        for index in turn.blocks
        if blocks[index].role in ("tool", "user")
        and blocks[index].kind in ("tool_result", "text")
        and isinstance(blocks[index].path[-1], str)
    ]


def _recorded(blocks: Sequence[Block], members: Iterable[int]) -> Iterator[str]:
    turn = -1
    for index in members:
        block = blocks[index]
        if block.turn != turn:
            turn = block.turn
            yield f"=== turn {turn} ==="
        if block.kind == "tool_call" and block.call is not None:
            yield f"--- call {block.call.name} {block.call.arguments}"
        elif block.kind == "tool_result":
            name = block.call.name if block.call is not None else "a tool"
            yield f"--- result of {name}"
            yield block.text
        else:
            yield f"--- {block.role}"
            yield block.text


def _marker(
    blocks: Sequence[Block],
    turns: Sequence[Turn],
    left: Sequence[Turn],
    key: str,
    *,
    by_tool: bool,
) -> str:
    members = [index for turn in left for index in turn.blocks]
    told = "; ".join(filter(None, _told(blocks, members)))
    if not by_tool:
        told = f"{told[: LONGEST_TOLD - 70]}; GET /v1/retrieve/{key} of this proxy shows them"
    said = f" with their calls and results ({told[: LONGEST_TOLD - 40]})"
    return str(Marker(len(left), len(turns), "turns", said, key, by_tool=by_tool))


def _told(blocks: Sequence[Block], members: Sequence[int]) -> Iterator[str]:
    calls = [blocks[index] for index in members if blocks[index].kind == "tool_call"]
    tools = Tally(block.call.name for block in calls if block.call is not None)
    yield ", ".join(f"{_plain(name)} {count}×" for name, count in tools.most_common(MOST_TOOLS))
    files = dict.fromkeys(
        path
        for index in reversed(members)
        if blocks[index].kind == "tool_result" and (path := origin(blocks, index).path)
    )
    yield _listed("files", list(files), MOST_FILES)
    errors = dict.fromkeys(found for index in members if (found := _error(blocks[index])))
    yield _listed("errors", list(errors), MOST_ERRORS)


def _listed(what: str, names: Sequence[str], most: int) -> str:
    if not names:
        return ""
    shown = ", ".join(_plain(name) for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{what} {shown}{more}"


def _error(block: Block) -> str:
    if block.kind != "tool_result":
        return ""
    found = _ERROR.search(block.text[-20_000:])
    if found:
        return found[0].strip()
    return block.text.strip()[:LONGEST_NAMED] if block.is_error else ""


def _plain(text: str) -> str:
    shown = _UNTOLD.sub(" ", text).strip()
    return shown if len(shown) <= LONGEST_NAMED else f"{shown[: LONGEST_NAMED - 1]}…"
