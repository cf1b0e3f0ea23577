"""Shapes that make careless code slow: of about so many characters each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

Shape = Callable[[int], str]


def repeated(piece: str) -> Shape:
    """The same piece over and over."""
    return lambda size: piece * (size // len(piece))


def numbered(line: str, length: int) -> Shape:
    """Lines with a growing number in them; *length* is about how long one is."""
    return lambda size: "\n".join(line.replace("#", str(n)) for n in range(size // length))


def _growing(size: int) -> str:
    return "\n".join("x" * n for n in range(int((2 * size) ** 0.5)))


def _deeper(size: int) -> str:
    return "\n".join("a/" * n + "b" for n in range(int(size**0.5)))


def _indented(size: int) -> str:
    return "\n".join(" " * n + "x" for n in range(int((2 * size) ** 0.5)))


def _columns(size: int) -> str:
    return json.dumps([{f"k{n}": n} for n in range(size // 16)])


def _wide(size: int) -> str:
    return json.dumps([{f"k{n}": n for n in range(size // 32)}] * 3)


def _nested(size: int) -> str:
    return "[" * (size // 2) + "]" * (size // 2)


def _one_word(size: int) -> str:
    return "word" * (size // 4)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "one word": _one_word,
        "empty lines": repeated("\n"),
        "short lines": repeated("a\n"),
        "blanks": repeated(" "),
        "tabs": repeated("\t"),
        "returns": repeated("\r"),
        "[": repeated("["),
        "{": repeated("{"),
        '{"a":': repeated('{"a":'),
        "[…]": _nested,
        "<": repeated("<"),
        "<!--": repeated("<!--"),
        "<div>": repeated("<div>"),
        "<a href='": repeated("<a href='"),
        '"': repeated('"'),
        "\\": repeated("\\"),
        "9": repeated("9"),
        "a:": repeated("a:"),
        "a/": repeated("a/"),
        "a,": repeated("a,"),
        "|": repeated("|"),
        "| a ": repeated("| a "),
        "-": repeated("-"),
        "=": repeated("="),
        "#": repeated("#"),
        "```": repeated("```\n"),
        "@@": repeated("@@ -1,1 +1,1 @@\n"),
        "+": repeated("+\n"),
        "diff --git": repeated("diff --git a/x b/x\n"),
        "colours": repeated("\x1b[31m"),
        "accents": repeated("e\u0301"),
        "emoji": repeated("🙂"),
        "one line": repeated("the same line of text\n"),
        "two lines": repeated("the one line here\nthe other line\n"),
        "growing lines": _growing,
        "growing indents": _indented,
        "deeper paths": _deeper,
        "sentences": repeated("It was so. "),
        "(": repeated("("),
        "def": repeated("def f():\n"),
        "wide JSON rows": _wide,
        "JSON columns": _columns,
        "JSON lines": repeated('{"a":1}\n'),
        "paths": numbered("src/#/x.py", 13),
        "searches": numbered("src/a.py:#:x = #", 20),
        "stamps": numbered("2026-03-14T10:00:00Z INFO # of #", 36),
        "rows": numbered("#,a,#,b", 12),
        "table rows": numbered("| # | a | # |", 18),
        "listing": numbered("-rw-r--r-- 1 a b # Mar 14 10:00 #.txt", 42),
        "numbers": numbered("     #\tx", 11),
        "headings": numbered("## #\n", 9),
        "traces": numbered('  File "a.py", line #, in f', 32),
    }
)
