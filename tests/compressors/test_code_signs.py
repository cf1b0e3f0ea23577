from __future__ import annotations

import pytest

from headroom.compressors.code_signs import by_path, by_signs
from tests.compressors.code_samples import LANGUAGES, Language

every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.ending)


@every_language
def test_a_file_is_known_by_its_ending(language: Language) -> None:
    (grammar, *_) = by_path(f"/srv/a b/shape.{language.ending.upper()}")

    assert language.ending in grammar.endings


@pytest.mark.parametrize("path", ["", "README.md", "shape", "shape.python", ".py.bak", "a.txt"])
def test_other_files_are_not_code(path: str) -> None:
    assert by_path(path) == ()


def test_a_header_may_be_c_or_cpp() -> None:
    assert [grammar.name for grammar in by_path("shape.h")] == ["c", "cpp"]


@every_language
def test_code_without_a_path_is_known_by_what_hardly_stands_elsewhere(language: Language) -> None:
    text = language.file([tuple(range(8))] * 8)

    found = by_signs(text)

    known = {"ts": "tsx"}.get(language.ending, by_path(f"a.{language.ending}")[0].name)
    assert known in {grammar.name for grammar in found}


def test_prose_and_logs_do_not_look_like_code() -> None:
    prose = "Let x be a number. Import taxes are due; a class of its own.\n" * 50
    log = "2026-11-21 INFO function served (const 12)\n" * 50

    assert by_signs(prose) == ()
    assert by_signs(log) == ()
