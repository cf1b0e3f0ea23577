"""Bodies and streams as they stand on the page: marked as a diff, long strings cut short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from scripts.hidden_legs.play import Event

WIDTH = 112
LONGEST_STRING = 120
SHOWN_BEGIN, SHOWN_END = 32, 68
CONTEXT = 3
"""Lines that are shown beside marked ones."""
ALL = 1_000


def text(value: str) -> str:
    """A text as it is."""
    return _fenced("text", value.split("\n"))


def events(stream: Sequence[Event], mark: str) -> str:
    """A stream, with *mark* before what is not passed on, or did not come, as it stands here."""
    lines: list[str] = []
    for event in stream:
        sign = " " if event.as_it_came else mark
        lines += [f"{sign}{line}" if line else "" for line in event.raw.decode().split("\n")[:-1]]
    return _fenced("diff", lines)


def changed(before: bytes, after: bytes, *, context: int = CONTEXT) -> str:
    """*after*, with `+` before what is not in *before*, and what left it with `-`.

    Beside what is marked stand at most *context* lines that are not.
    """
    return _fenced("diff", _diff(before, after, context, added="+", same=" "))


def added(before: bytes, after: bytes) -> str:
    """What *after* has beyond *before*, unmarked, and where it stands."""
    return _fenced("json", _diff(before, after, CONTEXT, added="", same=""))


def _diff(before: bytes, after: bytes, context: int, *, added: str, same: str) -> list[str]:
    old, new = _laid_out(before), _laid_out(after)
    lines: list[str] = []
    for kind, i, j, k, n in _runs(old, new):
        if kind == "equal":
            kept = [f"{same}{line}" for line in new[k:n]]
            lines += _clipped(kept, context, first=k == 0, last=n == len(new))
        else:
            lines += [*(f"-{line}" for line in old[i:j]), *(f"{added}{line}" for line in new[k:n])]
    return lines


Run = tuple[str, int, int, int, int]


def _runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """What is equal and what is not, as `SequenceMatcher` says it, from bracket to bracket."""
    # A comma comes and goes with what stands behind it.
    bare_old, bare = ([line.removesuffix(",") for line in each] for each in (old, new))
    runs: list[Run] = list(SequenceMatcher(None, bare_old, bare, autojunk=False).get_opcodes())
    for at in range(1, len(runs) - 1):
        _, i, _, k, n = runs[at]
        if runs[at][0] != "insert" or runs[at - 1][0] != "equal" or runs[at + 1][0] != "equal":
            continue
        # Where the same lines could be said to be new a little later, they are the same.
        later = 0
        while bare[k + later] == bare[n + later] and not bare[k + later].endswith(("{", "[")):
            later += 1
        before, after = runs[at - 1], runs[at + 1]
        runs[at - 1] = ("equal", before[1], before[2] + later, before[3], k + later)
        runs[at] = ("insert", i + later, i + later, k + later, n + later)
        runs[at + 1] = ("equal", after[1] + later, after[2], n + later, after[4])
    return runs


def _clipped(lines: list[str], context: int, *, first: bool, last: bool) -> list[str]:
    # The first and the last brace of the body say where one is.
    head, tail = (1 if first else context), (1 if last else context)
    if len(lines) <= head + tail + 1:
        return lines
    indent = len(lines[head]) - len(lines[head].lstrip())
    return [*lines[:head], f"{' ' * indent}…", *lines[len(lines) - tail :]]


def _laid_out(value: bytes) -> list[str]:
    return list(_lines(_short(msgspec.json.decode(value)), "", ""))


def _lines(value: Any, indent: str, name: str) -> Iterator[str]:
    """One line where it fits, else one for each member."""
    whole = f"{indent}{name}{_spaced(value)}"
    if (indent and len(whole) <= WIDTH) or not isinstance(value, dict | list):
        yield whole
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield f"{indent}{name}{opening}"
    for number, (key, each) in enumerate(_members(value), 1):
        lines = list(_lines(each, f"{indent}  ", key))
        lines[-1] += "," if number < len(value) else ""
        yield from lines
    yield f"{indent}{closing}"


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"{_spaced(key)}: ", each) for key, each in value.items()]
    return [("", each) for each in value]


def _spaced(value: Any) -> str:
    """JSON on one line, with blanks where people write them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_spaced(k)}: {_spaced(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_spaced, value)) + "]"
    return msgspec.json.encode(value).decode()


def _short(value: Any) -> Any:
    """The same with long strings cut in the middle."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, str) and len(value) > LONGEST_STRING:
        return f"{value[:SHOWN_BEGIN]} … {value[-SHOWN_END:]}"
    return value


def _fenced(kind: str, lines: Sequence[str]) -> str:
    return "\n".join([f"```{kind}", "\n".join(lines).rstrip("\n"), "```"])
