"""Text that already stands earlier in the conversation becomes an exact reference to it.

A reference names the earlier text by its number and by the call that made it, says at which
of its lines the repeated text begins, and quotes the first and the last line, so that it can
be found by reading and undone by a program.  Only text that is really visible there is
referred to: what the earlier block was sent as, not what it once was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from headroom.conversation import Block

# A run shorter than this costs more as a reference than as text.
SHORTEST_RUN_CHARACTERS = 160
# Lines shorter than this ("}", "---", blanks) stand everywhere; they never begin a run.
SHORTEST_KEY_CHARACTERS = 8
PLACES_PER_LINE = 4
LONGEST_RUN_LOOKED_AT_AGAIN = 64
LINE_BITS = 24
LINES_PER_STEP = 2_000
QUOTED_CHARACTERS = 40
DESCRIBED_CHARACTERS = 60

_LABEL = r"((?:result|user text|assistant text|call) \d{1,9})"
_REFERENCE = re.compile(
    rf"\[(\d{{1,9}}) lines? as in {_LABEL}[^\n]{{0,200}}? from its line (\d{{1,9}}): "
    r"[^\n]{0,200}\]"
)
_WHOLE = re.compile(rf"\[the same text as {_LABEL}[^\n]{{0,200}}: [^\n]{{0,200}}\]")
_LOOKS_LIKE_OURS = re.compile(rf"^\[(?:\d{{1,9}} lines? as in|the same text as) {_LABEL}", re.M)


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


class Seen:
    """An index of the lines that a conversation has sent so far, by number of the text.

    It holds hashes, not text, and only ever grows; one belongs to one conversation up to one
    block.  *texts* is how many texts it covers.
    """

    __slots__ = ("_places", "_whole", "texts")

    def __init__(self) -> None:
        self._places: dict[int, list[int]] = {}
        self._whole: dict[int, int] = {}
        self.texts = 0

    def __len__(self) -> int:
        return len(self._places)

    def add(self, *, text: str, sent: str) -> None:
        """Take in the next text: *text* as the client sent it, *sent* as it goes out."""
        for _ in self.adding(text=text, sent=sent):
            pass

    def adding(self, *, text: str, sent: str) -> Iterator[None]:
        """The same in short steps, for those who must not work long at a time."""
        number = self.texts
        if len(text) >= SHORTEST_RUN_CHARACTERS:
            self._whole.setdefault(hash(text), number)
        for position, line in enumerate(sent.split("\n")):
            if position % LINES_PER_STEP == LINES_PER_STEP - 1:
                yield
            if len(line) < SHORTEST_KEY_CHARACTERS:
                continue
            places = self._places.setdefault(hash(line), [])
            if len(places) < PLACES_PER_LINE:
                places.append(number << LINE_BITS | position)
        self.texts += 1

    def whole(self, text: str) -> int | None:
        """The number of an earlier text that may be this whole text."""
        return self._whole.get(hash(text))

    def places(self, line: str) -> Sequence[int]:
        """Where this line may stand: number of the text and line, packed."""
        if len(line) < SHORTEST_KEY_CHARACTERS:
            return ()
        return self._places.get(hash(line), ())


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
        number, line = place >> LINE_BITS, place & ((1 << LINE_BITS) - 1)
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
    position = 0
    for run in runs:
        parts.extend(lines[position : run.start])
        position = run.start + run.length
        parts.append(_reference(lines[run.start : position], run, source_of(run.number)))
    parts.extend(lines[position:])
    return "\n".join(parts)


def _reference(lines: Sequence[str], run: _Run, source: Source) -> str:
    noun = "line" if run.length == 1 else "lines"
    return (
        f"[{run.length} {noun} as in {source.label}{source.description} "
        f"from its line {run.line + 1}: {_quoted(lines)}]"
    )


def _whole_reference(text: str, source: Source) -> str:
    quoted = _quoted(text.split("\n"))
    return f"[the same text as {source.label}{source.description}: {quoted}]"


def _quoted(lines: Sequence[str]) -> str:
    """The first and the last line that say something, shortened."""
    telling = [line for line in (*lines[:8], *lines[-8:]) if line.strip()] or [""]
    first, last = _shortened(telling[0]), _shortened(telling[-1])
    return f'"{first}"' if first == last else f'"{first}" … "{last}"'


def _shortened(line: str) -> str:
    stripped = line.strip()
    return stripped if len(stripped) <= QUOTED_CHARACTERS else stripped[:QUOTED_CHARACTERS] + "…"


def described(block: Block) -> str:
    """The call behind a block in a few words, ` (Read src/app.py)`, or nothing."""
    if block.call is None:
        return ""
    subject = block.call.argument(
        "file_path", "path", "filePath", "command", "cmd", "pattern", "query", "url", "uri"
    )
    said = " ".join(f"{block.call.name} {subject}".split())
    if len(said) > DESCRIBED_CHARACTERS:
        said = said[:DESCRIBED_CHARACTERS] + "…"
    return f" ({said})" if said else ""
