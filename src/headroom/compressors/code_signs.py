"""In which language code is written: by the name of its file, else by what stands in it."""

from __future__ import annotations

import re
from types import MappingProxyType

from headroom.compressors.code_grammars import (
    CPP,
    GO,
    GRAMMARS,
    JAVA,
    JAVASCRIPT,
    PYTHON,
    RUST,
    TSX,
    C,
    Grammar,
)

FEWEST_SIGNS = 6
LINES_PER_SIGN = 25

_ENDING = re.compile(r"\.([A-Za-z+]{1,4})$")
_BY_ENDING = MappingProxyType(
    {
        ending: tuple(grammar for grammar in GRAMMARS if ending in grammar.endings)
        for ending in sorted({ending for grammar in GRAMMARS for ending in grammar.endings})
    }
)


def _lines(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.MULTILINE)


# Lines that hardly stand in anything but code of that language, and which grammars to try.
_SIGNS = (
    (
        _lines(
            r"^ {0,12}(?:async )?def \w{1,80}\(",
            r"^ {0,8}class \w{1,80}(?:\(.{0,80}\))?:$",
            r"^from [\w.]{1,80} import ",
            r"^import [\w.]{1,80}(?: as \w{1,40})?$",
        ),
        (PYTHON,),
    ),
    (
        _lines(
            r"^(?:import|export) .{1,200}['\"];?$",
            r"^export (?:default|async|const|function|class) ",
            r"^\s{0,12}(?:const|let|var) .{1,80} = ",
            r"^(?:async )?function \w{1,80}\(",
            r"require\(['\"]",
        ),
        (JAVASCRIPT, TSX),
    ),
    (
        _lines(
            r"^package \w{1,60}$",
            r"^func (?:\(\w{1,40} .{1,60}\) )?\w{1,80}\(",
            r"^\t\w{1,60} := ",
        ),
        (GO,),
    ),
    (
        _lines(
            r"^\s{0,12}(?:pub(?:\(\w{1,20}\))? )?(?:fn \w{1,80}[(<]|impl[ <]|struct \w{1,80})",
            r"^\s{0,12}(?:pub )?(?:use [\w:]{1,120}|mod \w{1,80}[;{ ])",
            r"^\s{0,12}let (?:mut )?\w{1,60}(?:: .{1,60})? = ",
        ),
        (RUST,),
    ),
    (
        _lines(
            r"^package [\w.]{1,120};",
            r"^import (?:static )?[\w.]{3,160}(?:\.\*)?;",
            r"^\s{0,12}(?:public|private|protected) (?:static |final |abstract )*\w",
        ),
        (JAVA,),
    ),
    (
        _lines(
            r"^#\s{0,4}include [<\"]",
            r"^#\s{0,4}define ",
            r"^(?:static|inline|extern|typedef|struct|enum|union) \w",
        ),
        (C, CPP),
    ),
    (
        _lines(
            r"^\s{0,4}(?:namespace|template|using|class)\b",
            r"^\s{0,8}(?:public|private|protected):",
            r"\bstd::\w",
        ),
        (CPP,),
    ),
)


def by_path(path: str) -> tuple[Grammar, ...]:
    """The grammars of files with such a name; none for other files."""
    found = _ENDING.search(path)
    return _BY_ENDING.get(found[1].lower(), ()) if found else ()


def by_signs(sample: str) -> tuple[Grammar, ...]:
    """The grammars of the language that this looks like, if it looks like code at all."""
    counted = [(sum(1 for _ in sign.finditer(sample)), grammars) for sign, grammars in _SIGNS]
    most, grammars = max(counted, key=lambda each: each[0])
    least = max(FEWEST_SIGNS, sample.count("\n") // LINES_PER_SIGN)
    return grammars if most >= least else ()
