"""R2: every regular expression of the package takes linear time, whatever it is given."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import headroom

# Up to so many repetitions a quantifier is a constant.
BOUNDED = 4_096
SMALL, LARGE = 2_000, 16_000
PUMPS = (
    "a",
    "A",
    "0",
    " ",
    "\t",
    "/",
    "-",
    ".",
    ":",
    "[",
    '"',
    "\\",
    "\n",
    "\r",
    "é",
    "a ",
    "0:",
    "a/",
    "  a",
)


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern that a module or class of the package holds, by its name."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in pkgutil.walk_packages(headroom.__path__, "headroom."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for owner, each in ((name, value), *_members(name, value)):
                if isinstance(each, re.Pattern):
                    found[f"{module.name}.{owner}"] = each
    return found


def _members(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, type):
        for member, inner in vars(value).items():
            yield f"{name}.{member}", inner
    if isinstance(value, dict | tuple | list):
        inner_values = value.values() if isinstance(value, dict) else value
        for place, inner in enumerate(inner_values):
            yield f"{name}[{place}]", inner


def nested(tokens: Any, *, repeated: bool = False) -> bool:
    """Whether an unbounded repetition stands, able to backtrack, inside another one."""
    for kind, argument in tokens:
        if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            _, most, inner = argument
            unbounded = most > BOUNDED
            if (unbounded and repeated) or nested(inner, repeated=repeated or unbounded):
                return True
        if any(nested(inner, repeated=repeated) for inner in _inside(kind, argument)):
            return True
    return False


def _inside(kind: Any, argument: Any) -> list[Any]:
    """The parts of a group or of a choice, which are repeated as often as it is."""
    if kind is constants.SUBPATTERN:
        return [argument[3]]
    return list(argument[1]) if kind is constants.BRANCH else []


def refers_back(tokens: Any) -> bool:
    """Whether a group is asked for again: matching that can take exponential time."""
    kinds = (constants.GROUPREF, constants.GROUPREF_EXISTS)
    for kind, argument in tokens:
        repeats = kind in (constants.MAX_REPEAT, constants.MIN_REPEAT)
        inside = [argument[2]] if repeats else _inside(kind, argument)
        if kind in kinds or any(refers_back(inner) for inner in inside):
            return True
    return False


def is_searched_for(name: str) -> bool:
    """Whether the pattern looks for its beginning itself, instead of being told where."""
    module, _, variable = name.rpartition(".")
    while not hasattr(sys.modules.get(module), "__file__"):
        module, _, variable = module.rpartition(".")
    source = Path(str(sys.modules[module].__file__)).read_text("utf-8")
    used = re.escape(variable.partition("[")[0])
    return bool(re.search(rf"{used}(?:\[[^\]\n]*\])?\.(?!match|fullmatch|pattern|flags)\w", source))


ALL = patterns()


def test_R2_the_package_has_patterns_to_look_at() -> None:
    assert len(ALL) > 20


@pytest.mark.parametrize("name", sorted(ALL))
def test_R2_no_pattern_repeats_a_repetition_or_refers_back(name: str) -> None:
    parsed = parser.parse(ALL[name].pattern, ALL[name].flags & ~re.DEBUG)

    assert not nested(parsed)
    assert not refers_back(parsed)


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", sorted(ALL))
def test_R2_eight_times_the_text_takes_about_eight_times_the_time(name: str) -> None:
    pattern = ALL[name]
    for pump in PUMPS:
        small, large = (
            seconds(pattern, pump * (size // len(pump)), anywhere=is_searched_for(name))
            for size in (SMALL, LARGE)
        )

        # Quadratic time would be 64 times as much; 10 ms are below what can be told apart.
        assert large < max(small * 30, 0.01), f"{pump!r} pumps {pattern.pattern!r}"


def seconds(pattern: re.Pattern[Any], text: str, *, anywhere: bool) -> float:
    """CPU time of one look through the text; the better of two, as other work only adds."""
    subject: Any = text + "\0" if isinstance(pattern.pattern, str) else (text + "\0").encode()
    best = float("inf")
    for _ in range(2):
        started = time.thread_time()
        pattern.match(subject)
        pattern.fullmatch(subject)
        if anywhere:
            deque(pattern.finditer(subject), maxlen=0)
        best = min(best, time.thread_time() - started)
    return best
