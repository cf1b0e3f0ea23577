"""Text that already stands earlier in the conversation becomes an exact reference to it.

A reference names the earlier text by its number and, when it is first named, by the call that
made it, says at which of its lines the repeated text begins ("its 31st line": a line 31 may be
that of a file), and quotes the first and the last line, so that it can be found by reading and
undone by a program.  Only text that is really visible there is
referred to: what the earlier block was sent as, not what it once was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from headroom.compressors.lines import ordinal, quoted_ends
from headroom.conversation import Block, ToolCall
from headroom.pipeline.seen import SHORTEST_RUN_CHARACTERS, Seen, unpacked

LONGEST_RUN_LOOKED_AT_AGAIN = 64
DESCRIBED_CHARACTERS = 60

_WORDS = re.compile(r"[^\W_]{2} [^\W_]{2}")
_LABEL = r"((?:result|user text|assistant text|call) \d{1,9})"
_REFERENCE = re.compile(
    rf"\[(\d{{1,9}}) lines? as above in {_LABEL}[^\n]{{0,200}}? "
    r"from its (\d{1,9})(?:st|nd|rd|th) line: [^\n]{0,200}\]"
)
_WHOLE = re.compile(rf"\[the same text as above in {_LABEL}[^\n]{{0,200}}: [^\n]{{0,200}}\]")
_BEGINNING = rf"\[(?:\d{{1,9}} lines? as above in|the same text as above in) {_LABEL}"
_LOOKS_LIKE_OURS = re.compile(rf"^{_BEGINNING}", re.M)
_ANYWHERE = re.compile(_BEGINNING)


@dataclass(frozen=True, slots=True)
class Source:
    """An earlier text that can be referred to: what it was, and what was sent for it.

    *label* is how a reference names it, `result 7`; *description* adds what made it.
    """

    label: str
    text: str
    sent: str
    description: str = ""


SourceOf = Callable[[int], Source]
"""The earlier text of this number, counted from 0 over all texts of the conversation."""


@dataclass(frozen=True, slots=True)
class _Run:
    """*length* lines of the new text from *start* stand at *line* of text *number*."""

    start: int
    length: int
    number: int
    line: int


def refer(text: str, seen: Seen, source_of: SourceOf) -> str | None:
    """*text* with what already stands earlier replaced by references, or None if nothing does.

    `resolve(refer(text))` is *text*.
    """
    if len(text) < SHORTEST_RUN_CHARACTERS or _LOOKS_LIKE_OURS.search(text):
        return None
    number = seen.whole(text)
    if number is not None and source_of(number).text == text:
        return _whole_reference(text, source_of(number))
    lines = text.split("\n")
    runs = _find_runs(lines, seen, source_of)
    if not runs:
        return None
    return _written(lines, runs, source_of)


def resolve(text: str, labelled: Callable[[str], Source]) -> str:
    """The text that `refer` was given; *labelled* gives the source of a label.

    Raises ValueError when a reference leads nowhere.
    """
    whole = _WHOLE.fullmatch(text)
    if whole:
        return labelled(whole[1]).text
    lines = []
    for line in text.split("\n"):
        reference = _REFERENCE.fullmatch(line)
        if reference is None:
            lines.append(line)
            continue
        length, first = int(reference[1]), int(reference[3])
        there = labelled(reference[2]).sent.split("\n")[first - 1 : first - 1 + length]
        if len(there) != length:
            raise ValueError(f"{reference[2]} has no {length} lines from line {first}")
        lines.extend(there)
    return "\n".join(lines)


def referred(text: str) -> Iterator[str]:
    """The labels of all that a text that was sent refers to, or looks as if it did."""
    return (found[1] for found in _ANYWHERE.finditer(text))


def _find_runs(lines: Sequence[str], seen: Seen, source_of: SourceOf) -> list[_Run]:
    split: dict[int, list[str]] = {}

    def lines_of(number: int) -> list[str]:
        if number not in split:
            split[number] = source_of(number).sent.split("\n")
        return split[number]

    runs: list[_Run] = []
    position = free_from = 0
    while position < len(lines):
        run = _longest_run(lines, position, free_from, seen, lines_of)
        if run is None:
            position += 1
            continue
        long_enough = _characters(lines, run) >= SHORTEST_RUN_CHARACTERS
        if long_enough:
            runs.append(run)
            free_from = run.start + run.length
        # A long run that is not worth it is stepped over too, so that time stays linear.
        step_over = long_enough or run.length > LONGEST_RUN_LOOKED_AT_AGAIN
        position = max(position + 1, run.start + run.length if step_over else 0)
    return runs


def _longest_run(
    lines: Sequence[str],
    position: int,
    free_from: int,
    seen: Seen,
    lines_of: Callable[[int], list[str]],
) -> _Run | None:
    best: _Run | None = None
    for place in seen.places(lines[position]):
        number, line = unpacked(place)
        there = lines_of(number)
        length = _common(lines, position, there, line)
        if length == 0:
            continue
        back = _common_back(lines, position, free_from, there, line)
        if best is None or length + back > best.length:
            best = _Run(position - back, length + back, number, line - back)
    return best


def _common(lines: Sequence[str], position: int, there: Sequence[str], line: int) -> int:
    length = 0
    limit = min(len(lines) - position, len(there) - line)
    while length < limit and lines[position + length] == there[line + length]:
        length += 1
    return length


def _common_back(
    lines: Sequence[str], position: int, free_from: int, there: Sequence[str], line: int
) -> int:
    back = 0
    limit = min(position - free_from, line)
    while back < limit and lines[position - back - 1] == there[line - back - 1]:
        back += 1
    return back


def _characters(lines: Sequence[str], run: _Run) -> int:
    return sum(len(line) + 1 for line in lines[run.start : run.start + run.length])


def _written(lines: Sequence[str], runs: Sequence[_Run], source_of: SourceOf) -> str:
    parts: list[str] = []
    named: set[int] = set()
    position = 0
    for run in runs:
        parts.extend(lines[position : run.start])
        position = run.start + run.length
        source = source_of(run.number)
        name = source.label if run.number in named else source.label + source.description
        named.add(run.number)
        parts.append(_reference(lines[run.start : position], run, name))
    parts.extend(lines[position:])
    return "\n".join(parts)


def _reference(lines: Sequence[str], run: _Run, name: str) -> str:
    noun = "line" if run.length == 1 else "lines"
    return (
        f"[{run.length} {noun} as above in {name} from its {ordinal(run.line + 1)} line: "
        f"{quoted_ends(lines)}]"
    )


def _whole_reference(text: str, source: Source) -> str:
    # What wraps an output (`<output>`, `[ok]`) says nothing; its sentences tell which it is.
    lines = text.split("\n")
    telling = [line for line in lines if line[:1] != "<" and _WORDS.search(line)] or lines
    quoted = quoted_ends(telling)
    return f"[the same text as above in {source.label}{source.description}: {quoted}]"


def described(block: Block) -> str:
    """The call behind a block in a few words, ` (Read src/app.py)`, or nothing."""
    if block.call is None:
        return ""
    subject = block.call.argument(
        "file_path", "path", "filePath", "command", "cmd", "pattern", "query", "url", "uri"
    ) or _first_text(block.call)
    said = " ".join(f"{block.call.name} {subject}".split())
    if len(said) > DESCRIBED_CHARACTERS:
        said = said[:DESCRIBED_CHARACTERS] + "…"
    return f" ({said})" if said else ""


def _first_text(call: ToolCall) -> str:
    """The first argument that is text, for tools whose arguments have other names."""
    values = call.values().values()
    return next((value for value in values if isinstance(value, str) and value), "")
