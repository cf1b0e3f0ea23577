"""References to text that already stands earlier."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Block, ToolCall
from headroom.pipeline.repeat import Source, SourceOf, described, refer, referred, resolve
from headroom.pipeline.seen import Seen

FILE = "\n".join(f"def function_{n}(argument):\n    return argument + {n}" for n in range(40))


def index_of(*results: str) -> tuple[Seen, SourceOf]:
    seen = Seen()
    for result in results:
        seen.add(text=result, sent=result)

    def source_of(number: int) -> Source:
        text = results[number]
        return Source(f"result {number + 1}", text, text, f" (Read {number}.py)")

    return seen, source_of


def resolved(short: str, source_of: SourceOf) -> str:
    return resolve(short, lambda label: source_of(int(label.removeprefix("result ")) - 1))


def test_a_text_that_stood_earlier_whole_becomes_one_reference() -> None:
    seen, source_of = index_of("other\n" * 50, FILE)

    short = refer(FILE, seen, source_of)

    assert short == (
        '[the same text as above in result 2 (Read 1.py): "def function_0(argument):" … '
        '"return argument + 39"]'
    )
    assert resolved(short, source_of) == FILE


def test_what_wraps_an_output_does_not_stand_for_it() -> None:
    wrapped = "\n".join(["<output>", *(f"step {n} went well" for n in range(20)), "</output>"])
    seen, source_of = index_of(wrapped)

    short = refer(wrapped, seen, source_of)

    assert short is not None
    assert short.endswith('"step 0 went well" … "step 19 went well"]')


def test_a_range_of_lines_is_referred_to_and_what_is_new_stands_as_it_is() -> None:
    seen, source_of = index_of(FILE)
    lines = FILE.split("\n")
    changed = "\n".join([*lines[:20], "def new(): ...", *lines[30:], "# end"])

    short = refer(changed, seen, source_of)

    assert short is not None
    assert "def new(): ..." in short.split("\n")
    assert '[20 lines as above in result 1 (Read 0.py) from its 1st line: "def function_0' in short
    assert '[50 lines as above in result 1 from its 31st line: "def function_15' in short
    assert short.endswith("\n# end")
    assert resolved(short, source_of) == changed


def test_the_earlier_text_is_referred_to_as_it_was_sent_not_as_it_was() -> None:
    seen = Seen()
    seen.add(text=FILE, sent="a table of functions")

    def source_of(number: int) -> Source:
        return Source("result 1", FILE, "a table of functions")

    assert refer(FILE[:-1], seen, source_of) is None
    whole = refer(FILE, seen, source_of)
    assert whole is not None
    assert resolved(whole, source_of) == FILE


def test_short_lines_and_short_runs_are_left_alone() -> None:
    seen, source_of = index_of("}\n" * 200 + "a line that is long enough")

    assert refer("}\n" * 150 + "something else entirely here", seen, source_of) is None
    assert refer("a line that is long enough\n" + "x" * 300, seen, source_of) is None


def test_a_text_that_already_looks_like_a_reference_is_left_alone() -> None:
    seen, source_of = index_of(FILE)
    forged = '[9 lines as above in result 1 from its 1st line: "a"]\n' + FILE

    assert refer(forged, seen, source_of) is None


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    _, source_of = index_of("one line")

    with pytest.raises(ValueError, match="no 9 lines"):
        resolved('[9 lines as above in result 1 from its 1st line: "a"]', source_of)


def test_many_equal_lines_take_linear_time() -> None:
    seen, source_of = index_of("the same line again\n" * 50_000)
    text = ("the same line again\n" * 3 + "different\n") * 20_000

    refer(text, seen, source_of)


LINES = st.lists(
    st.sampled_from(
        [
            "",
            "}",
            "import os, sys, json",
            "a" * 50,
            "return value_of_the_thing",
            "x\r",
            "\u2028",
            "ü",
        ]
    ),
    max_size=60,
).map("\n".join)


@given(st.lists(LINES, min_size=1, max_size=4), LINES)
def test_resolving_a_reference_gives_the_text_back(results: Sequence[str], text: str) -> None:
    seen, source_of = index_of(*results)

    short = refer(text, seen, source_of)

    assert short is None or resolved(short, source_of) == text


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (None, ""),
        (ToolCall("1", "Read", '{"file_path":"src/app.py"}'), " (Read src/app.py)"),
        (ToolCall("1", "Bash", '{"command":"ls\\n-l"}'), " (Bash ls -l)"),
        (ToolCall("1", "Do", "not json"), " (Do)"),
        (ToolCall("1", "Click", '{"times":2,"bid":"a17"}'), " (Click a17)"),
        (ToolCall("1", "Run", '{"command":"' + "x" * 99 + '"}'), f" (Run {'x' * 56}…)"),
    ],
)
def test_a_call_is_described_in_a_few_words(call: ToolCall | None, said: str) -> None:
    block = Block(("messages", 0), 0, "tool", "tool_result", "text", call=call)

    assert described(block) == said


def test_what_a_text_refers_to_is_found_wherever_it_stands() -> None:
    seen, source_of = index_of(FILE, "other\n" * 90)
    lines = FILE.split("\n")
    part = refer("\n".join(["new", *lines[:30], "more", *lines[40:]]), seen, source_of)
    whole = refer("other\n" * 90, seen, source_of)

    assert list(referred(part or "")) == ["result 1", "result 1"]
    assert list(referred(f"cut: {whole}\n[3 of 9 lines left out]")) == ["result 2"]
    assert list(referred("as above in result 3")) == []
