"""Messages that were rewritten before are not written anew, and nothing changes by that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Change, Edit, Insert, Put, Remove, Replace, Split
from headroom.errors import UnreadableBody
from headroom.wire.document import Document
from headroom.wire.rewritten import Rewritten, inner

TEXTS = st.text(max_size=20)


def body(texts: list[str], *, indent: int | None = None) -> bytes:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": text}, {"n": 1}], "x": text}
        for text in texts
    ]
    return json.dumps({"system": "s", "messages": messages, "end": 1}, indent=indent).encode()


KEY = ((("x",), "B"), (("content", 0, "text"), "B!"))
"""What the edits of "B" are, inside their message."""


def edits(changes: dict[int, str]) -> list[Edit]:
    made = []
    for index, text in changes.items():
        made.append(Edit(("messages", index, "x"), text, "test"))
        made.append(Edit(("messages", index, "content", 0, "text"), text + "!", "test"))
    return made


@given(
    st.lists(TEXTS, min_size=1, max_size=6),
    st.lists(st.dictionaries(st.integers(0, 5), TEXTS, max_size=6), max_size=4),
)
def test_a_body_is_rewritten_the_same_with_and_without_memory(
    texts: list[str], rounds: list[dict[int, str]]
) -> None:
    rewritten = Rewritten()
    document = Document.read(body(texts, indent=1))

    for changes in rounds:
        wanted = edits({index: text for index, text in changes.items() if index < len(texts)})

        assert document.rewrite(wanted, rewritten) == document.rewrite(wanted)
        assert document.rewrite(wanted, rewritten) == document.rewrite(wanted)


def test_messages_are_remembered_whatever_else_is_changed() -> None:
    rewritten = Rewritten()
    document = Document.read(body(["a", "b"]))
    raw = document.elements("messages")[1].raw

    document.rewrite(
        [Put((), "tools", b"[1]"), Remove(("messages", 0)), *edits({1: "B"})], rewritten
    )

    assert rewritten.get(raw, KEY) is not None


def test_a_remembered_message_stands_in_for_its_changes() -> None:
    rewritten = Rewritten()
    document = Document.read(body(["a", "b"]))
    rewritten.put(document.elements("messages")[1].raw, KEY, b'"remembered"')

    edited = document.rewrite([Insert(("messages",), 2, b"9"), *edits({1: "B"})], rewritten)

    assert json.loads(edited)["messages"][1:] == ["remembered", 9]


def test_no_two_kinds_of_change_are_taken_for_one_another() -> None:
    changes: list[Change] = [
        Edit(("m", 1, "x"), "1", "test"),
        Replace(("m", 1, "x"), b"1"),
        Remove(("m", 1, "x")),
        Insert(("m", 1, "x"), 1, b"1"),
        Split(("m", 1, "x"), 1, b"1"),
        Put(("m", 1, "x"), "1", b"1"),
    ]

    assert len({inner(change, 2) for change in changes}) == len(changes)
    assert {inner(change, 2)[0] for change in changes} == {("x",)}


def test_top_level_strings_are_edited_beside_messages() -> None:
    document = Document.read(body(["a", "b"]))
    wanted = [Edit(("system",), "new", "test"), *edits({1: "B"})]

    assert document.rewrite(wanted, Rewritten()) == document.rewrite(wanted)


@pytest.mark.parametrize(
    "path", [("messages", 9, "x"), ("messages", 0, "content"), ("nothing", 0), ("messages", 0, "y")]
)
def test_a_path_that_leads_to_no_string_is_refused(path: tuple[str | int, ...]) -> None:
    document = Document.read(body(["a"]))

    with pytest.raises(UnreadableBody):
        document.rewrite([Edit(path, "b", "test")], Rewritten())


def test_a_message_with_a_key_that_stands_twice_on_the_way_is_refused() -> None:
    document = Document.read(b'{"messages":[{"x":"a","x":"b"}]}')

    with pytest.raises(UnreadableBody):
        document.rewrite([Edit(("messages", 0, "x"), "c", "test")], Rewritten())


def test_what_was_unseen_for_longest_leaves() -> None:
    rewritten = Rewritten(limit_bytes=3_000)
    change = ((("x",), "new"),)
    rewritten.put(b"a" * 400, change, b"A" * 400)
    rewritten.put(b"b" * 400, change, b"B" * 400)
    assert rewritten.get(b"a" * 400, change) == b"A" * 400

    rewritten.put(b"c" * 400, change, b"C" * 400)

    assert rewritten.get(b"b" * 400, change) is None
    assert rewritten.get(b"a" * 400, change) == b"A" * 400
    assert rewritten.get(b"a" * 400, ((("x",), "other"),)) is None


def test_a_message_that_stands_in_a_body_twice_takes_its_room_once() -> None:
    changes = {0: "new", 1: "new"}
    rewritten = Rewritten(limit_bytes=1000)
    document = Document.read(body(["same", "same"]))
    for turn in range(20):
        Document.read(body([f"other {turn}"])).rewrite(edits({0: "x"}), rewritten)
        Document.read(body([f"{turn}", f"{turn}"])).rewrite(edits(changes), rewritten)

    document.rewrite(edits(changes), rewritten)

    raw = document.elements("messages")[0].raw
    assert rewritten.get(raw, ((("x",), "new"), (("content", 0, "text"), "new!"))) is not None
