"""The causal passes, one by one."""

from __future__ import annotations

import json

import pytest

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall
from headroom.pipeline import Seen
from headroom.pipeline.causal import CAUSAL, NOWHERE, Before, Clean, Reencode, Repeat, passed
from headroom.pipeline.repeat import Source
from headroom.tokens import Counter

COLOURED = "\x1b[31mred\x1b[0m  \n" * 20
REPEATED = "\n".join(f"line {number} of what stands there already" for number in range(20))
ROWS = json.dumps([{"id": number, "state": "open"} for number in range(40)])
SOURCE = Source(label="result 1", text=REPEATED, sent=REPEATED)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def result(text: str, **arguments: str) -> Block:
    call = ToolCall("call_1", "Tool", json.dumps(arguments))
    return Block(("messages", 0), 0, "tool", "tool_result", text, call=call, editable=True)


def before(*, may_refer: bool = True, origin: Origin = NOWHERE) -> Before:
    seen = Seen()
    seen.add(text=REPEATED, sent=REPEATED)
    return Before(lambda: seen, lambda number: SOURCE, may_refer=may_refer, origin=origin)


def test_colours_of_a_terminal_leave_a_commands_output(counter: Counter) -> None:
    shorter = Clean().shorten(COLOURED, before(), counter)

    assert shorter is not None
    assert (shorter.text, shorter.by) == ("red\n" * 20, "clean")


def test_a_file_that_was_read_keeps_its_escapes(counter: Counter) -> None:
    read = before(origin=Origin("Read", path="colours.txt"))

    assert Clean().shorten(COLOURED, read, counter) is None


def test_what_stands_earlier_becomes_a_reference(counter: Counter) -> None:
    shorter = Repeat().shorten(REPEATED, before(), counter)

    assert shorter is not None
    assert shorter.by == "repeat"
    assert shorter.text.startswith("[the same text as ")
    assert "result 1: " in shorter.text


def test_nothing_is_referred_to_where_it_may_be_gone_nor_for_a_short_text(
    counter: Counter,
) -> None:
    assert Repeat().shorten(REPEATED, before(may_refer=False), counter) is None
    assert Repeat().shorten("line 1", before(), counter) is None


def test_an_index_is_not_built_for_a_text_that_is_too_short_to_refer(counter: Counter) -> None:
    def never() -> Seen:
        raise AssertionError("the index was built")

    waiting = Before(never, lambda number: SOURCE)

    assert Repeat().shorten("short", waiting, counter) is None


def test_a_text_is_written_in_the_encoding_of_its_kind(counter: Counter) -> None:
    shorter = Reencode().shorten(ROWS, before(), counter)

    assert shorter is not None
    assert shorter.by == "smart_crusher"
    assert counter.count(shorter.text) < counter.count(ROWS)
    assert Reencode().shorten("plain words " * 40, before(), counter) is None


def test_references_are_looked_for_before_and_after_writing_anew() -> None:
    assert [type(one) for one in CAUSAL] == [Clean, Repeat, Reencode, Repeat]


def test_passes_follow_one_another_and_say_who_changed_the_text(counter: Counter) -> None:
    text, by = passed(CAUSAL, COLOURED + REPEATED, before(), counter)

    assert by[0] == "clean"
    assert "repeat" in by
    assert len(text) < len(COLOURED + REPEATED)
    assert passed(CAUSAL, "fine", before(), counter) == ("fine", ())
