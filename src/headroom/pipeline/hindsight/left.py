"""Turns that have left a conversation: what is kept of them, and what the marker says.

The first of them that shows something stays with its words and calls, and what it shows says
what has left; so roles and pairs stay as providers ask for them.  All others are gone, message
by message.
"""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence

from headroom.compressors.excerpt import SEVERAL_TEXTS
from headroom.conversation import Block, Form
from headroom.marker import LONGEST_TOLD, Marker, key_of
from headroom.pipeline.hindsight.named import named_in
from headroom.pipeline.hindsight.turns import Turn, is_said
from headroom.pipeline.origin import origin
from headroom.pipeline.repeat import described
from headroom.tokens import Counter

BY_IMPORTANCE, BY_AGE = "intelligent_cap", "window_cap"
"""What the original calls the two ways in which turns leave."""
ABOVE = "[left out with the above]"
NAMED = "Named there: "
BUT_FOR = ", but for the words and calls right above"

MOST_TOOLS, MOST_FILES, MOST_TASKS, MOST_ERRORS = 8, 12, 3, 2
LONGEST_NAMED = 90
LOOKED_AT = 20_000
"""Characters at the end of a result in which errors are looked for."""

_UNTOLD = re.compile(r"[\[\]\s]+")
# As most programs write them: `TypeError: …`, `error[E0308]: …`, `ERROR …`, `FAILED tests/…`.
_ERROR = re.compile(
    r"(?:\b[Ee]rror|Error|Exception|\b[Ff]atal|\bpanic)(?:\[\w{1,20}\])?:|\b(?:ERROR|FAILED|FATAL)\b"
)


def forms_of_left(
    blocks: Sequence[Block],
    turns: Sequence[Turn],
    left: Sequence[Turn],
    counter: Counter,
    *,
    by_tool: bool,
    by: str = BY_IMPORTANCE,
    room: int = 0,
) -> dict[int, Form]:
    """The forms of all blocks of the turns that leave; *turns* are all there are.

    None, where not one of those that leave shows something in whose place a marker can stand.
    What tells of them names what they showed, in *room* characters.
    """
    told_in = next((turn for turn in left if shown_in(blocks, turn)), None)
    if told_in is None:
        return {}
    shown = shown_in(blocks, told_in)
    home = shown[0]
    gone = [index for turn in left if turn is not told_in for index in turn.blocks]
    inside = sorted([*gone, *shown])
    text = record(blocks, inside)
    marker = _marker(blocks, inside, len(left), len(turns), key_of(text), by_tool=by_tool)
    names = named_in(blocks, inside, room=room) if room else ""
    marker = f"{marker}\n{NAMED}{names}" if names else marker
    forms = {}
    for index in inside:
        tokens = counter.count(blocks[index].text)
        said = marker if index == home else ABOVE if index in shown else None
        after = counter.count(said) if said else 0
        original = key_of(text) if index == home else ""
        forms[index] = Form(said, (by,), tokens, after, original, told_by=home)
    return forms


def shown_in(blocks: Sequence[Block], turn: Turn) -> list[int]:
    """The texts in whose place something else can stand: of tools, else of users."""
    texts = [at for at in turn.blocks if isinstance(blocks[at].path[-1], str)]
    results = [at for at in texts if blocks[at].kind == "tool_result" and blocks[at].editable]
    return results or [
        at
        for at in texts
        if blocks[at].role == "user" and blocks[at].kind == "text" and blocks[at].text.strip()
    ]


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


def _recorded(blocks: Sequence[Block], members: Iterable[int]) -> Iterator[str]:
    turn = -1
    for index in members:
        block = blocks[index]
        if block.turn != turn:
            turn = block.turn
            yield f"{SEVERAL_TEXTS}{turn} ==="
        if block.kind == "tool_call" and block.call is not None:
            yield f"--- call {block.call.name} {block.call.arguments}"
        elif block.kind == "tool_result":
            failed = ", an error" if block.is_error else ""
            yield f"--- result{described(block)}{failed}"
            yield block.text
        else:
            yield f"--- {block.role}"
            yield block.text


def _marker(
    blocks: Sequence[Block], members: Sequence[int], gone: int, of: int, key: str, *, by_tool: bool
) -> str:
    way = "" if by_tool else f"; GET /v1/retrieve/{key} of this proxy shows them"
    about = "; ".join(filter(None, _about(blocks, members)))
    room = LONGEST_TOLD - len(BUT_FOR) - len(way) - len(": ")
    told = f"{BUT_FOR}: {_cut(about, room)}{way}" if about else f"{BUT_FOR}{way}"
    return str(Marker(gone, of, "turns", told, key, by_tool=by_tool))


def _about(blocks: Sequence[Block], members: Sequence[int]) -> Iterator[str]:
    answered = dict.fromkeys(_answered(blocks, at) for at in members)
    tools = Tally(name for name, *_ in answered if name)
    yield ", ".join(f"{_plain(name)} {count}×" for name, count in tools.most_common(MOST_TOOLS))
    shown = [at for at in reversed(members) if blocks[at].kind == "tool_result"]
    yield _listed("files", (origin(blocks, at).path for at in shown), MOST_FILES)
    tasks = (f'"{_plain(blocks[at].text)}"' for at in members if is_said(blocks[at]))
    yield _listed("said by the user", tasks, MOST_TASKS)
    errors = (_error(blocks[at]) for at in shown)
    yield _listed("errors", errors, MOST_ERRORS)


def _answered(blocks: Sequence[Block], at: int) -> tuple[str, int, str]:
    """Which tool gave this text, if one did, and in answer to which call of which turn."""
    block = blocks[at]
    if block.call is not None and block.kind == "tool_result":
        return block.call.name, block.turn, block.call.id
    return (origin(blocks, at).tool, block.turn, str(at)) if block.editable else ("", 0, "")


def _listed(what: str, names: Iterable[str], most: int) -> str:
    different = list(dict.fromkeys(_plain(name) for name in names if name))
    if not different:
        return ""
    more = f" and {len(different) - most} more" if len(different) > most else ""
    return f"{what} {', '.join(different[:most])}{more}"


def _error(block: Block) -> str:
    """The line that tells of the first error in a result, if there is one."""
    text = block.text[-LOOKED_AT:]
    found = _ERROR.search(text)
    if found is None:
        return block.text.strip()[:LONGEST_NAMED] if block.is_error else ""
    start = text.rfind("\n", max(found.start() - LONGEST_NAMED, 0), found.start()) + 1
    line = text[max(start, found.start() - LONGEST_NAMED) :][: 2 * LONGEST_NAMED]
    return line.split("\n", 1)[0]


def _plain(text: str) -> str:
    return _cut(_UNTOLD.sub(" ", text[: 4 * LONGEST_NAMED]).strip(), LONGEST_NAMED)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
