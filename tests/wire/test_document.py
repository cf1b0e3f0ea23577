"""A body is read without leaving its bytes, and edited by splicing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Edit, Path
from headroom.errors import UnreadableBody
from headroom.wire.document import MOST_ELEMENTS, MOST_MEMBERS, Document
from tests.wire.spelling import (
    Number,
    bodies,
    loads,
    replaced,
    spell,
    spellers,
    strings,
    texts,
    unhurried,
)


def edit(*path: str | int, text: str = "new") -> Edit:
    return Edit(path, text, by="test")


def nested(levels: int) -> bytes:
    """A body whose arrays and objects nest in *levels*, the body itself included."""
    return b'{"messages": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


ODD_MESSAGES = {
    "lone surrogate": b'{"role":"user","content":"a\\ud800b"}',
    "lone low surrogate": b'{"role":"user","content":"\\uDC00"}',
    "NaN": b'{"role":"user","n":NaN}',
    "Infinity": b'{"role":"user","n":[Infinity, -Infinity]}',
    "1e999": b'{"role":"user","n":-1e999}',
    "5000 digits": b'{"role":"user","n":' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"role":"user","content":"\xff\xc3"}',
    "not UTF-8 in a key": b'{"\xff":1}',
    "a surrogate as UTF-8": b'{"content":"\xed\xa0\x80"}',
}
MENDED = b'{"role": "user", "content": [{"type":"text","text":"short"}]}'
LONG = MENDED.replace(b"short", b"a \\u00e9 NaN \\\\ud800 long text")


def body_with(odd: bytes) -> bytes:
    return b'{ "messages": [' + odd + b" ,\n" + LONG + b'],"x":1.10}'


# What is read.


def test_a_member_is_there_also_where_it_stands_twice_or_says_nothing() -> None:
    document = Document.read(b'{"a": null, "b": 1, "b": 2}')

    assert [document.has(name) for name in "abc"] == [True, True, False]


def test_elements_are_the_exact_bytes_with_their_values() -> None:
    document = Document.read(b'{"messages" : [ {"a" : 1e2} , "\\u00e9" ] }')

    elements = document.elements("messages")

    assert [element.raw for element in elements] == [b'{"a" : 1e2}', b'"\\u00e9"']
    assert [element.value for element in elements] == [{"a": 100.0}, "é"]
    assert all(element.exact for element in elements)


def test_a_member_is_found_by_an_escaped_name_too() -> None:
    document = Document.read(b'{"mod\\u0065l": "m", "input": "text"}')

    assert document.get("model") == "m"
    assert document.get("missing") is None
    assert document.elements("input") == ()


def test_what_is_read_once_is_the_same_object_the_second_time() -> None:
    document = Document.read(b'{"messages": [{}], "system": []}')

    assert document.elements("messages")[0].value is document.elements("messages")[0].value
    assert document.get("system") is document.get("system")


def test_equal_bytes_have_equal_digests() -> None:
    first, second, third = Document.read(b'{"m": [{"a":1}, {"a":1}, {"a": 1}]}').elements("m")

    assert first.digest == second.digest
    assert first.digest != third.digest
    assert len(first.digest) == 16


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[1]", b'"x"', b"null", b"{} {}", b'{"a":1,}', b'{"a":01}', b'{"a" 1}',
        b'{"a":"\x00"}', b'{"a":"\n"}', b'{"a":"\\x"}', b'{"a":1NaN}', b'{"a":NaNcy}', b"{'a':1}",
        b'{"a":"\\ud800', b'{"a":[NaN}', b'\xff\xfe{\x00}\x00', b'{"a":"\\ud800","b":tru}',
    ],
)  # fmt: skip
def test_what_no_reader_accepts_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        Document.read(body)


@unhurried
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ud8NaN1e+-. ', max_size=60))
def test_any_bytes_are_read_or_refused_and_never_crash(body: bytes | str) -> None:
    whole = body if isinstance(body, bytes) else body.encode()

    for candidate in (whole, b'{"messages":[' + whole + b"]}", b'{"messages":["' + whole + b'"]}'):
        try:
            document = Document.read(candidate)
        except UnreadableBody:
            continue
        for element in document.elements("messages"):
            assert element.raw in candidate
            assert json.loads(element.raw) == element.value if element.exact else True


# A2: what is not edited is not touched.


def test_A2_without_edits_the_very_same_bytes_go_out() -> None:
    body = b' { "messages":[ ] ,"n" : 1.10} '

    assert Document.read(body).rewrite([]) is body


@unhurried
@given(bodies, spellers)
def test_A2_reading_keeps_every_byte_of_any_spelling(
    value: dict[str, Any], speller: random.Random
) -> None:
    body = spell(value, speller).encode("utf-8", "surrogatepass")
    document = Document.read(body)

    assert document.rewrite([]) is body
    for name, member in value.items():
        if isinstance(member, list):
            raws = [element.raw for element in document.elements(name)]
            assert [loads(raw) for raw in raws] == [_pairs(each) for each in member]
            at = 0
            for raw in raws:
                at = body.index(raw, at) + len(raw)


@unhurried
@given(st.data())
def test_A2_an_edited_body_is_the_edit_made_on_the_parsed_form(data: st.DataObject) -> None:
    value = data.draw(bodies)
    body = spell(value, data.draw(spellers)).encode("utf-8", "surrogatepass")
    parsed = loads(body)
    paths = strings(parsed)
    chosen = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    edits = [Edit(path, data.draw(texts), "test") for path in chosen]

    edited = Document.read(body).rewrite(edits)

    for each in edits:
        parsed = replaced(parsed, each.path, each.text)
    assert loads(edited) == parsed


@unhurried
@given(st.data())
def test_A2_bytes_outside_an_edit_are_equal(data: st.DataObject) -> None:
    value = data.draw(bodies)
    body = spell(value, data.draw(spellers)).encode("utf-8", "surrogatepass")
    paths = strings(loads(body))
    marks = [f"mark {index} here" for index in range(len(paths))]
    edits = [Edit(path, mark, "test") for path, mark in zip(paths, marks, strict=True)]

    edited = Document.read(body).rewrite(data.draw(st.permutations(edits)))

    at = 0
    for mark in marks:
        before, _, edited = edited.partition(json.dumps(mark).encode())
        assert body.startswith(before, at)
        at += len(before)
        at += _string_length(body, at)
    assert body[at:] == edited


def test_A2_only_the_edited_strings_differ() -> None:
    body = (
        b'{"model" : "m", "n": 1.10, "messages": [ {"role":"user", "content":"a\\/b"} ,'
        b' {"content":[{"type":"text" , "text":"\\u00e9\\ud83d\\ude00 \\" long"}],"z":1e2}]}\n'
    )

    edited = Document.read(body).rewrite([edit("messages", 1, "content", 0, "text", text='é"')])

    assert edited == body.replace(b'\\u00e9\\ud83d\\ude00 \\" long', 'é\\"'.encode())


def test_A2_edits_may_come_in_any_order_and_at_any_depth() -> None:
    body = b'{"input":[{"output":"one"},{"output":[["two"]]},"three"],"instructions":"four"}'
    edits = [
        edit("instructions", text="4"),
        edit("input", 2, text="3"),
        edit("input", 1, "output", 0, 0, text="2"),
        edit("input", 0, "output", text="1"),
    ]

    edited = Document.read(body).rewrite(edits)

    assert json.loads(edited) == {
        "input": [{"output": "1"}, {"output": [["2"]]}, "3"],
        "instructions": "4",
    }
    assert edited == Document.read(body).rewrite(edits[::-1])


def test_A2_an_edit_in_one_copy_of_equal_messages_leaves_the_other() -> None:
    body = b'{"messages":[{"content":"same"},{"content":"same"}]}'

    edited = Document.read(body).rewrite([edit("messages", 1, "content")])

    assert edited == b'{"messages":[{"content":"same"},{"content":"new"}]}'


def test_two_edits_of_one_path_are_a_mistake_of_the_caller() -> None:
    document = Document.read(b'{"input":"text"}')

    with pytest.raises(ValueError, match="same path"):
        document.rewrite([edit("input", text="a"), edit("input", text="b")])


@pytest.mark.parametrize(
    "path",
    [
        (), ("missing",), ("n",), ("messages",), ("messages", 5), ("messages", -1),
        ("messages", "0"), ("messages", 0), ("messages", 0, 0), ("messages", 0, "content", 0),
        ("messages", 0, "content", "x"), ("n", "x"), ("messages", 0, "missing"),
    ],
)  # fmt: skip
def test_a_path_that_leads_to_no_string_is_refused(path: Path) -> None:
    document = Document.read(b'{"messages":[{"content":"text"}],"n":1}')

    with pytest.raises(UnreadableBody):
        document.rewrite([edit(*path)])


def test_one_path_inside_another_is_refused() -> None:
    document = Document.read(b'{"messages":[{"content":"text"}]}')

    with pytest.raises(UnreadableBody):
        document.rewrite([edit("messages", 0, "content"), edit("messages", 0, "content", 0)])


# A3: numbers keep their digits, unknown fields survive.


@pytest.mark.parametrize("number", ["1" * 23, "1e2", "1E+2", "-0.0", "1.10", "1e-400", "9" * 4000])
def test_A3_numbers_keep_their_spelling_around_an_edit(number: str) -> None:
    body = f'{{"n": {number}, "messages": [{{"n":{number},"content":"x"}}], "m":{number}}}'

    edited = Document.read(body.encode()).rewrite([edit("messages", 0, "content")])

    assert edited == body.replace('"x"', '"new"').encode()


def test_A3_unknown_fields_and_their_order_survive_an_edit() -> None:
    body = b'{"future":{"b":[],"a":{}},"messages":[{"zz":null,"content":"x","aa":true}],"1":2}'

    edited = Document.read(body).rewrite([edit("messages", 0, "content")])

    assert edited == body.replace(b'"x"', b'"new"')


# A4: inputs on which readers disagree.


@pytest.mark.parametrize("odd", ODD_MESSAGES.values(), ids=ODD_MESSAGES.keys())
def test_A4_an_odd_message_is_inexact_and_its_neighbours_are_edited(odd: bytes) -> None:
    body = body_with(odd)
    document = Document.read(body)

    edited = document.rewrite([edit("messages", 1, "content", 0, "text", text="short")])

    assert document.rewrite([]) is body
    assert [element.exact for element in document.elements("messages")] == [False, True]
    assert [element.raw for element in document.elements("messages")] == [odd, LONG]
    assert document.elements("messages")[0].value is not None
    assert edited == b'{ "messages": [' + odd + b" ,\n" + MENDED + b'],"x":1.10}'


@pytest.mark.parametrize("odd", ODD_MESSAGES.values(), ids=ODD_MESSAGES.keys())
def test_A4_an_odd_string_is_never_mended(odd: bytes) -> None:
    document = Document.read(body_with(odd))

    with pytest.raises(UnreadableBody):
        document.rewrite([edit("messages", 0, "content")])


def test_A4_a_pair_of_surrogates_and_escaped_backslashes_are_not_odd() -> None:
    body = b'{"m":["\\ud83d\\ude00", "\\\\ud800", "NaN \\" NaN", "\\\\\\ud83d\\ude00", "\\ud800"]}'

    elements = Document.read(body).elements("m")

    assert [element.exact for element in elements] == [True, True, True, True, False]
    assert elements[3].value == "\\😀"


def test_A4_a_byte_order_mark_stays_where_it_is() -> None:
    body = b'\xef\xbb\xbf{"input":"x"}'
    document = Document.read(body)

    assert document.rewrite([]) is body
    assert document.rewrite([edit("input")]) == b'\xef\xbb\xbf{"input":"new"}'


def test_A4_duplicate_keys_off_the_way_are_untouched() -> None:
    body = b'{"n":12,"messages":[{"a":1,"a":2},{"m":{"b":1,"b":1},"content":"x"}],"n":1,"n":1}'
    document = Document.read(body)

    edited = document.rewrite([edit("messages", 1, "content")])

    assert edited == body.replace(b'"x"', b'"new"')
    assert document.get("n") is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages":[{"content":"a"}],"messages":[{"content":"b"}]}',
        b'{"messages":[{"content":"a"}],"mess\\u0061ges":[{"content":"a"}]}',
        b'{"messages":[{"content":"a","content":"b"}]}',
        b'{"messages":[{"content":"a \\" }, ","cont\\u0065nt":"b"}]}',
    ],
)
def test_A4_duplicate_keys_on_the_way_to_an_edit_are_refused(body: bytes) -> None:
    document = Document.read(body)

    assert document.rewrite([]) is body
    with pytest.raises(UnreadableBody):
        document.rewrite([edit("messages", 0, "content")])


def test_A4_a_member_that_stands_twice_is_not_read() -> None:
    document = Document.read(b'{"messages":[1],"messages":[2],"model":"a","model":"a"}')

    assert document.elements("messages") == ()
    assert document.get("model") is None


# A5: depth is bounded without recursion.


@pytest.mark.parametrize("levels", [2, 100, 256])
def test_A5_allowed_depth_is_read(levels: int) -> None:
    body = nested(levels)

    assert Document.read(body).rewrite([]) is body


@pytest.mark.parametrize("levels", [257, 300, 5_000, 100_000])
def test_A5_deeper_structure_is_unreadable(levels: int) -> None:
    for body in (
        nested(levels),
        b'{"a":' * levels + b"1" + b"}" * levels,
        b'{"messages":[{"n":1e999,"x":' + b'[{"a":' * levels + b"1" + b"}]" * levels + b"}]}",
        b'{"messages":' + b"[" * levels,
        b'{"x":"\\ud800","messages":' + b"[" * levels + b"]" * levels + b"}",
    ):
        with pytest.raises(UnreadableBody):
            Document.read(body)


@pytest.mark.parametrize("brackets", [100, 5_000, 100_000])
def test_A5_depth_inside_a_string_is_just_text(brackets: int) -> None:
    text = "[" * brackets + '{"\\"' * brackets
    body = json.dumps({"messages": [{"content": text}, {"content": "x"}]}).encode()
    document = Document.read(body)

    edited = document.rewrite([edit("messages", 1, "content")])

    assert document.elements("messages")[0].value == {"content": text}
    assert edited == body.replace(b'"x"', b'"new"')


def test_A5_many_shallow_brackets_are_not_deep() -> None:
    flat = b'{"messages":[[' + b",".join([b"[[],{}]"] * 20_000) + b"]]}"

    assert len(Document.read(flat).elements("messages")[0].value) == 20_000


def test_more_elements_or_members_than_any_provider_takes_are_unreadable() -> None:
    members = ",".join(f'"{index}":1' for index in range(MOST_MEMBERS + 1))

    for body in (b'{"m":[' + b"1," * MOST_ELEMENTS + b"1]}", f"{{{members}}}".encode()):
        with pytest.raises(UnreadableBody):
            Document.read(body)


# Helpers.


def _pairs(value: Any) -> Any:
    return loads(spell(value, random.Random(0)).encode("utf-8", "surrogatepass"))


def _string_length(body: bytes, start: int) -> int:
    text = body[start:].decode("utf-8", "surrogatepass")
    _, end = json.JSONDecoder().raw_decode(text)
    return len(text[:end].encode("utf-8", "surrogatepass"))


def test_the_speller_spells_what_it_is_given() -> None:
    value: dict[str, Any] = {"é": [Number("1.10"), "a/b", None, {}]}

    assert json.loads(spell(value, random.Random(1))) == {"é": [1.1, "a/b", None, {}]}


def test_more_values_than_memory_is_fit_for_are_unreadable() -> None:
    with pytest.raises(UnreadableBody, match="values"):
        Document.read(b'{"messages":[[' + b"0," * 1_000_000 + b"0]]}")
