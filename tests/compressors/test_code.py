from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.code import Code
from headroom.compressors.syntax.grammars import brackets_query, loaded, parts_query
from headroom.compressors.words import words_of
from tests.compressors.code_samples import LANGUAGES, Language, errors, holds
from tests.compressors.golden import cases, read
from tests.contracts.test_compressors import HOSTILE, TEXTS
from tests.support.at_length import at_length

CODE = Code()
PAGE = Path(__file__).parents[2] / "docs" / "reductions" / "code.md"

every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.ending)

# What was asked in each case, and which share of the text may stay.
ASKED = {
    "code-c": ("leak in table_set", Origin("bash", "open table.c"), 0.6),
    "code-cpp": ("scaled", Origin("Bash", "cat src/image.cpp"), 0.6),
    "code-go": ("retry", Origin("shell", "nl queue.go"), 0.55),
    "code-java": ("toString", Origin("Read", path="/srv/trains/Timetable.java"), 0.5),
    "code-javascript": ("match allow 405", Origin("read", path="router.js"), 0.6),
    "code-python": ("parse_amount for JPY", Origin("view", path="/srv/shop/ledger.py"), 0.62),
    "code-rust": ("read_number 1.2.3", Origin("exec", "sed -n '1,120p' lexer.rs"), 0.6),
    "code-tsx": ("changeCount", Origin("Bash", "cat src/basket.tsx"), 0.5),
}


def folded(case: Path) -> Reduced | None:
    """What becomes of a case."""
    asked, origin, share = ASKED[case.stem]
    text = read(case)
    ask = Ask(origin, frozenset(words_of(asked)), int(share * len(text)))
    return CODE.reduce(text, ask)


def update() -> None:
    """Write what becomes of the cases today: `python -m tests.compressors.test_code`."""
    for case in cases("code"):
        reduced = folded(case)
        shown = reduced.before + reduced.after if reduced is not None else ""
        case.with_suffix(".out").write_bytes(shown.encode())


@pytest.mark.parametrize("case", cases("code"), ids=lambda path: path.stem)
def test_folds_look_as_they_did(case: Path) -> None:
    reduced = folded(case)

    assert reduced is not None
    assert reduced.before + reduced.after == read(case.with_suffix(".out"))


def test_the_page_shows_a_case_as_it_is() -> None:
    examples = PAGE.read_text("utf-8").split("```text\n")[1:]

    case = next(path for path in cases("code") if path.stem == "code-tsx")
    assert examples[0].startswith(read(case).rstrip("\n") + "\n```")
    assert examples[1].startswith(read(case.with_suffix(".out")).rstrip("\n") + "\n```")


def shown(language: Language, functions: int = 6) -> str:
    return language.file([tuple(range(8))] * functions)


def ask(language: Language, text: str, share: float = 0.4, words: str = "") -> Ask:
    origin = Origin(tool="Read", path=f"src/shapes.{language.ending}")
    return Ask(origin, frozenset(words_of(words)), int(share * len(text)))


@every_language
def test_what_stays_parses_and_has_about_the_length_that_was_asked_for(language: Language) -> None:
    text = shown(language)

    reduced = CODE.reduce(text, ask(language, text, 0.6))

    assert reduced is not None
    holds(text, reduced)
    path = f"shapes.{language.ending}"
    assert errors(path, text) == errors(path, reduced.before + reduced.after) == 0
    assert 0.4 < len(reduced.before) / len(text) < 0.75


@every_language
def test_the_function_that_the_task_names_stays_whole(language: Language) -> None:
    text = shown(language)
    start = text.index("shape_3")

    reduced = CODE.reduce(text, ask(language, text, 0.4, "why is shape_3 so slow"))

    assert reduced is not None
    function = text[start : text.index("shape_4")]
    assert function[: function.rindex("return")] in reduced.before


@every_language
def test_signatures_and_what_stands_above_them_stay(language: Language) -> None:
    text = shown(language)

    reduced = CODE.reduce(text, ask(language, text, 0.1))

    assert reduced is not None
    assert reduced.before.startswith(language.top)
    for number in range(6):
        assert f"shape_{number}" in reduced.before


PICKED = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=12), min_size=2, max_size=7)
NUMBERED = st.sampled_from([None, "{:6d}\t{}", "{:>6d}→{}", "{}:{}", "{:05d}| {}"])


@settings(max_examples=at_length(150), deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    picked=PICKED,
    window=st.tuples(st.floats(0, 0.5), st.floats(0.6, 1)),
    numbered=NUMBERED,
    ending=st.sampled_from(["\n", "\n", "\r\n"]),
    share=st.floats(0.1, 0.9),
    words=st.sampled_from(["", "shape_1", "width height 12"]),
)
def test_windows_of_any_code_lose_whole_parts_that_are_named(
    language: Language,
    picked: list[list[int]],
    window: tuple[float, float],
    numbered: str | None,
    ending: str,
    share: float,
    words: str,
) -> None:
    lines = list(enumerate(language.file(picked).split("\n"), 1))
    lines = lines[int(window[0] * len(lines)) : int(window[1] * len(lines))]
    text = ending.join(numbered.format(*line) if numbered else line[1] for line in lines)

    reduced = CODE.reduce(text, ask(language, text, share, words))

    if reduced is not None:
        path = f"shapes.{language.ending}"
        assert errors(path, reduced.before + reduced.after, like=text) <= errors(path, text)
        assert "\r" not in text or all(
            line.endswith("\r") for line in reduced.before.split("\n")[:-1]
        )
        if numbered is None:
            holds(text, reduced)


@pytest.mark.parametrize("name", ["argparse", "dataclasses", "inspect", "tarfile", "typing"])
def test_what_is_left_of_the_standard_library_is_python(name: str) -> None:
    path = Path(sysconfig.get_paths()["stdlib"]) / f"{name}.py"
    text = path.read_text("utf-8")

    reduced = CODE.reduce(text, Ask(Origin("Read", path=str(path)), room=16_000))

    assert reduced is not None
    holds(text, reduced)
    compile(reduced.before + reduced.after, path.name, "exec")


@pytest.mark.parametrize(
    "origin",
    [
        Origin("Read", path="/srv/shapes.py"),
        Origin("Bash", "cat shapes.py"),
        Origin("Bash", "cd /srv && sed -n '1,900p' src/shapes.py"),
        Origin("exec_command", "bash -lc 'nl -ba src/shapes.py | head -500'"),
        Origin("shell", "git show HEAD:src/shapes.py"),
        Origin("shell", "Get-Content src\\shapes.py"),
        Origin("write_stdin"),
    ],
    ids=lambda origin: origin.command or origin.path or origin.tool,
)
def test_code_is_known_by_its_path_its_command_or_what_it_is(origin: Origin) -> None:
    text = shown(LANGUAGES[0])

    assert CODE.reduce(text, Ask(origin, room=len(text) // 2)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"2026-11-21 10:00:{n % 60:02d} INFO served request {n}" for n in range(400)),
        "\n".join(f"src/shapes.py:{n}:    return shape_{n}(width)" for n in range(400)),
        "\n".join(f"- def is a word, and {n} is a number (see below)" for n in range(400)),
        "\n".join(f"<p>import {n} of it</p>" for n in range(400)),
        "x = [" + "1, " * 9_000 + "]",
    ],
    ids=["log", "search", "prose", "markup", "one line"],
)
@pytest.mark.parametrize("path", ["", "shapes.py"])
def test_what_is_no_code_is_left_alone(text: str, path: str) -> None:
    assert CODE.reduce(text, Ask(Origin("Bash", path=path), room=2_000)) is None


def test_code_that_has_room_is_left_alone() -> None:
    text = shown(LANGUAGES[0], 3)

    assert CODE.reduce(text, Ask(Origin(path="a.py"), room=len(text))) is None
    assert CODE.reduce(text, Ask(Origin(path="a.py"))) is None


def test_the_lines_of_two_files_are_not_confused() -> None:
    one = "\n".join(f"{n:6d}\t{line}" for n, line in enumerate(shown(LANGUAGES[0]).split("\n"), 1))
    text = f"{one}\n\n{one}\n"

    reduced = CODE.reduce(text, Ask(Origin("Bash", "cat -n a.py b.py"), room=len(text) // 4))

    assert reduced is not None
    assert reduced.before.count("left out") > 2
    assert reduced.gone_lines == ()


def test_without_the_grammars_nothing_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(LANGUAGES[0])
    monkeypatch.setitem(sys.modules, "tree_sitter_python", None)
    caches = (loaded, parts_query, brackets_query)
    for cache in caches:
        cache.cache_clear()

    reduced = CODE.reduce(text, Ask(Origin(path="a.py"), room=len(text) // 2))

    for cache in caches:
        cache.cache_clear()
    assert reduced is None


def test_grammars_are_imported_when_they_are_used() -> None:
    said = "import sys, headroom.compressors; print([m for m in sys.modules if 'tree_' in m])"

    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


@settings(max_examples=at_length(60), deadline=None)
@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_any_text_that_is_said_to_be_code_is_folded_or_left_alone(
    text: str, language: Language
) -> None:
    reduced = CODE.reduce(text, Ask(Origin(path=f"a.{language.ending}"), room=50))

    assert reduced is None or len(reduced.before + reduced.after) < len(text)


@pytest.mark.unmeasured
@pytest.mark.parametrize("kind", ["open brackets", "nested", "quotes", "deeper paths"])
@pytest.mark.parametrize("ending", ["py", "js", "rs", "h"])
def test_r1_time_is_linear_in_hostile_code(kind: str, ending: str) -> None:
    made = HOSTILE[kind](100_000)
    text = "\n".join(made[at : at + 80] for at in range(0, len(made), 80))
    begun = time.process_time()

    CODE.reduce(text, Ask(Origin(path=f"a.{ending}"), room=1_000))

    # Quadratic time would be minutes here; the bound is wide because machines differ.
    assert time.process_time() - begun < 8


if __name__ == "__main__":
    update()
