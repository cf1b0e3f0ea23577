"""What every registered compressor holds to, on any text."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors import COMPRESSORS
from headroom.compressors.base import Compressor, Origin
from tests.support.at_length import at_length

every_compressor = pytest.mark.parametrize(
    "compressor", COMPRESSORS, ids=lambda compressor: compressor.name
)

ORIGINS = st.sampled_from(
    [
        Origin(),
        Origin(tool="Bash", command="grep -rn def src"),
        Origin(tool="Bash", command="find . -type f"),
        Origin(tool="Bash", command="ls -la"),
        Origin(tool="Bash", command="tree src"),
        Origin(tool="Bash", command="git status --short"),
        Origin(tool="Bash", command="cat -n src/app.py"),
        Origin(tool="Read", path="src/app.py"),
        Origin(tool="Grep"),
    ]
)

# Texts of each kind, mixed from a few words so that there is something to fold.
PATHS = st.builds(
    lambda parts, end: "/".join([*parts, end]),
    st.lists(st.sampled_from(["src", "app", "tests", ".", "a b", "…"]), min_size=1, max_size=4),
    st.sampled_from(["x.py", "y.py", "README", "", "12", "a:b"]),
)
WORDS = st.sampled_from(["def run():", "return 1", "", " ", "×2", "[1 lines", "=", "\t", "é", "]"])
CELLS = st.sampled_from([None, True, 0, 1, -0.5, 1e300, "", "open", "a,b", "a\nb", "=", "x" * 40])
SEARCHES = st.builds(
    lambda path, number, mark, word: f"{path}{mark}{number}{mark}{word}",
    PATHS,
    st.integers(1, 999),
    st.sampled_from([":", ":", "-"]),
    WORDS,
)
LOGS = st.builds(
    lambda second, level, word: f"2026-11-21T10:00:{second:02d}Z {level} {word}",
    st.integers(0, 59),
    st.sampled_from(["INFO", "ERROR"]),
    WORDS,
)
NUMBERED = st.builds(lambda n, w: f"{n:6d}\t{w}", st.integers(1, 40), WORDS)
LISTED = st.builds(
    lambda size, name: f"-rw-r--r-- 1 me me {size} Nov 21 10:00 {name}", st.integers(0, 9999), PATHS
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["id", "state", "a.b", "", "é"]), CELLS, max_size=4),
    max_size=30,
)
JSON = st.one_of(
    ROWS.map(json.dumps),
    ROWS.map(lambda rows: json.dumps(rows, indent=2)),
    ROWS.map(lambda rows: "\n".join(json.dumps(row) for row in rows)),
    ROWS.map(lambda rows: json.dumps({"items": rows, "next": None}, ensure_ascii=False)),
)
LINES = st.one_of(PATHS, SEARCHES, LOGS, NUMBERED, LISTED, WORDS)


def _joined(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lines of one kind, some of them in runs, with the ends that texts have."""
    runs = st.lists(st.tuples(lines, st.integers(1, 5)), max_size=40)
    return st.builds(
        lambda runs, ending, last: ending.join([x for x, n in runs for _ in range(n)]) + last,
        runs,
        st.sampled_from(["\n", "\n", "\n", "\r\n"]),
        st.sampled_from(["", "\n", "\r", "\n\n", "\x85", "\u2028"]),
    )


FILES = st.builds(
    lambda first, words, mark: "\n".join(
        f"{first + n:6d}{mark}{word}" for n, word in enumerate(words)
    ),
    st.integers(1, 99_990),
    st.lists(WORDS, min_size=20, max_size=60),
    st.sampled_from(["\t", "→", "  "]),
)
OF_A_KIND = st.one_of(*map(_joined, (PATHS, SEARCHES, LOGS, NUMBERED, LISTED)), FILES, JSON)
MIXED = st.one_of(
    _joined(LINES),
    st.lists(OF_A_KIND, max_size=4).map("\n".join),
    st.lists(OF_A_KIND, max_size=3).map(json.dumps),
)
TEXTS = st.one_of(OF_A_KIND, OF_A_KIND, MIXED, st.text(max_size=400))


def holds(compressor: Compressor, text: str, origin: Origin) -> str | None:
    """Encode, and check that it can be undone and is the same every time."""
    encoded = compressor.encode(text, origin)
    if encoded is not None:
        assert compressor.decode(encoded) == text
        assert compressor.encode(text, origin) == encoded
    return encoded


def test_names_and_strategies_are_told_apart() -> None:
    assert len({compressor.name for compressor in COMPRESSORS}) == len(COMPRESSORS)
    assert all(compressor.strategy.isidentifier() for compressor in COMPRESSORS)


@every_compressor
@pytest.mark.parametrize("text", ["", " ", "\n", "\x00", "\ufeff", "a"])
def test_next_to_nothing_is_left_alone(compressor: Compressor, text: str) -> None:
    assert compressor.encode(text, Origin()) is None


@every_compressor
@settings(max_examples=at_length(80), deadline=None)
@given(text=TEXTS, origin=ORIGINS)
def test_any_text_comes_back_and_becomes_the_same_every_time(
    compressor: Compressor, text: str, origin: Origin
) -> None:
    holds(compressor, text, origin)


@every_compressor
@settings(max_examples=40, deadline=None)
@given(text=TEXTS, origin=ORIGINS)
def test_the_notation_of_any_of_them_is_text_like_any_other(
    compressor: Compressor, text: str, origin: Origin
) -> None:
    for other in COMPRESSORS:
        encoded = other.encode(text, origin)
        if encoded is None:
            continue
        holds(compressor, encoded, origin)
        holds(compressor, f"{text}\n{encoded}\n{text}", origin)
        holds(compressor, json.dumps([{"text": encoded, "n": n} for n in range(5)]), origin)


@every_compressor
@settings(max_examples=40, deadline=None)
@given(text=st.one_of(TEXTS, st.text(max_size=300)))
def test_what_it_did_not_write_is_refused_with_a_reason(compressor: Compressor, text: str) -> None:
    try:
        decoded = compressor.decode(text)
    except ValueError as error:
        assert str(error)
    else:
        # By chance in its own notation; then it is a text like any other.
        holds(compressor, decoded, Origin())


@every_compressor
@settings(max_examples=at_length(80), deadline=None)
@given(
    text=OF_A_KIND,
    at=st.integers(0, 10_000),
    instead=st.sampled_from(["", "9", "[", "\n", "…", "×", ","]),
)
def test_damage_is_refused_or_read_but_never_a_crash(
    compressor: Compressor, text: str, at: int, instead: str
) -> None:
    encoded = compressor.encode(text, Origin())
    if encoded is None:
        return
    at %= len(encoded)

    try:
        assert isinstance(compressor.decode(encoded[:at] + instead + encoded[at + 1 :]), str)
    except ValueError as error:
        assert str(error)


HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda n: "a" * n,
    "blanks": lambda n: " " * n,
    "line ends": lambda n: "\n" * n,
    "returns": lambda n: "\r" * n,
    "open brackets": lambda n: "[" * n,
    "open braces": lambda n: '{"a":' * (n // 5),
    "nested": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "quotes": lambda n: '"' * n,
    "backslashes": lambda n: "\\" * n,
    "digits": lambda n: "9" * n,
    "colons": lambda n: "a:" * (n // 2),
    "slashes": lambda n: "a/" * (n // 2),
    "dashes": lambda n: "x-1-" * (n // 4),
    "the same line": lambda n: "the same line\n" * (n // 14),
    "two lines": lambda n: "the one line here\nthe other line\n" * (n // 33),
    "growing lines": lambda n: "\n".join("x" * m for m in range(int((2 * n) ** 0.5))),
    "deeper paths": lambda n: "\n".join("a/" * m + "b" for m in range(int(n**0.5))),
    "many paths": lambda n: "\n".join(f"{m % 97}/{m % 89}/{m}" for m in range(n // 12)),
    "searches": lambda n: "\n".join(f"src/{m % 50}.py:{m}:x = {m}" for m in range(n // 20)),
    "logs": lambda n: "\n".join(f"10:00:{m % 60:02d} INFO {m % 7}" for m in range(n // 16)),
    "columns": lambda n: json.dumps([{f"k{m}": m} for m in range(n // 16)]),
    "wide rows": lambda n: json.dumps([{f"k{m}": m for m in range(n // 32)}] * 3),
    "deep rows": lambda n: json.dumps([[{"a": [m]}] for m in range(n // 14)]),
    "json lines": lambda n: '{"a":1}\n' * (n // 8),
    "strings": lambda n: json.dumps(["\n" * 20] * (n // 44)),
    "listing": lambda n: "\n".join(f"-rw-r--r-- 1 a b {m} {m}.txt" for m in range(n // 28)),
    "tree": lambda n: "\n".join("│   " * (m % 30) + f"├── {m}" for m in range(n // 70)),
    "numbered": lambda n: "\n".join(f"{m:6d}\tx" for m in range(n // 9)),
    "cells": lambda n: "a,b,c\n" + f'{"x" * (n // 6)}"y,1\n' * 6,
    "heads": lambda n: "alpha  beta  gamma\n" * (n // 19),
    "rules": lambda n: "-----+-----\n a | b\nx\n" * (n // 21),
}
SMALL, LARGE = 8_000, 64_000


def seconds(compressor: Compressor, text: str) -> float:
    """CPU time for the way there and back; the better of two, as other work only adds.

    Without the collector, whose time grows with what other tests have left behind.
    """
    measured = []
    gc.disable()
    try:
        for _ in range(2):
            before = time.process_time()
            holds(compressor, text, Origin())
            measured.append(time.process_time() - before)
    finally:
        gc.enable()
    return min(measured)


@pytest.mark.unmeasured
@every_compressor
@pytest.mark.parametrize("shape", HOSTILE)
def test_R1_eight_times_the_text_takes_about_eight_times_the_time(
    compressor: Compressor, shape: str
) -> None:
    small = seconds(compressor, HOSTILE[shape](SMALL))
    large = seconds(compressor, HOSTILE[shape](LARGE))

    # Quadratic time would be 64 times as much; 50 ms are below what can be told apart.
    assert large < max(small * 30, 0.05)
