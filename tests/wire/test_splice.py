"""Changes are spliced in: the parsed form is as if made on it, all other bytes stay."""

from __future__ import annotations

import pytest
from hypothesis import given

from headroom.conversation import Change, Edit, Insert, Path, Put, Remove, Replace, Split
from headroom.errors import UnreadableBody
from headroom.wire.document import Document
from headroom.wire.rewritten import Rewritten
from tests.wire.changed import EmptyPart, bodies, changed, json, leaves, plan, seeds
from tests.wire.spelling import loads, unhurried


def rewritten(body: bytes, *changes: Change) -> bytes:
    return Document.read(body).rewrite(changes)


# Laws.


@unhurried
@given(bodies, seeds)
def test_a_changed_body_is_the_changes_made_on_the_parsed_form(
    value: dict[str, object], seed: int
) -> None:
    body = json(value, seed)
    changes = plan(loads(body), seed)
    try:
        expected = changed(loads(body), changes)
    except EmptyPart:
        with pytest.raises(UnreadableBody, match="empty"):
            rewritten(body, *changes)
        return

    edited = rewritten(body, *changes)

    assert loads(edited) == expected


@unhurried
@given(bodies, seeds)
def test_a_changed_body_is_the_same_bytes_with_and_without_memory(
    value: dict[str, object], seed: int
) -> None:
    body = json(value, seed)
    changes = plan(loads(body), seed)
    memory = Rewritten()
    try:
        edited = rewritten(body, *changes)
    except UnreadableBody:
        return

    assert Document.read(body).rewrite(changes, memory) == edited
    assert Document.read(body).rewrite(changes, memory) == edited


@unhurried
@given(bodies, leaves, seeds)
def test_what_is_added_and_removed_again_leaves_the_same_bytes(
    value: dict[str, object], new: object, seed: int
) -> None:
    body, added = json(value, seed), json(new, seed).strip()
    adding: list[Change] = [Put((), "new", added)]
    removing: list[Change] = [Remove(("new",))]
    for name, member in value.items():
        if isinstance(member, list):
            index = seed % (len(member) + 1)
            adding.append(Insert((name,), index, added))
            removing.append(Remove((name, index)))

    longer = rewritten(body, *adding)

    assert rewritten(longer, *removing) == body


@unhurried
@given(bodies, seeds)
def test_values_replaced_by_themselves_leave_the_same_bytes(
    value: dict[str, object], seed: int
) -> None:
    body = json(value, seed)
    document = Document.read(body)
    members = {name: document.member(name) for name in value}

    changes: list[Change] = [Replace((name,), each.raw) for name, each in members.items() if each]

    assert len(changes) == len(value)
    assert document.rewrite(changes) == body


# Each change, once.


def test_values_are_inserted_before_an_element_and_keep_their_order() -> None:
    body = b'{"tools": [ {"a":1} , {"b":2} ]}'

    edited = rewritten(body, Insert(("tools",), 1, b"8,9"), Insert(("tools",), 1, b"10"))

    assert edited == b'{"tools": [ {"a":1} , 8,9,10,{"b":2} ]}'


def test_a_value_is_appended_to_a_list() -> None:
    body = b'{"tools": [ {"a":1} ]}'

    assert rewritten(body, Insert(("tools",), 1, b"9")) == b'{"tools": [ {"a":1},9 ]}'


@pytest.mark.parametrize("body", [b'{"tools":[]}', b'{"tools":[ \n]}'])
def test_values_are_inserted_into_an_empty_list(body: bytes) -> None:
    changes = Insert(("tools",), 0, b"8"), Insert(("tools",), 0, b"9")

    assert rewritten(body, *changes) == body.replace(b"[", b"[8,9")


def test_a_member_is_put_last_into_the_body_or_an_object() -> None:
    body = b' {"messages": [ {"role": "user" } , {}]\n} '

    edited = rewritten(
        body,
        Put((), "tools", b"[1]"),
        Put(("messages", 0), 'né"', b"2"),
        Put(("messages", 1), "x", b"3"),
    )

    assert edited == (
        ' {"messages": [ {"role": "user","né\\"":2 } , {"x":3}],"tools":[1]\n} '.encode()
    )


def test_any_value_is_replaced() -> None:
    body = b'{"index" : 1.0, "delta": {"text": [NaN]}}'

    edited = rewritten(body, Replace(("index",), b"3"), Replace(("delta", "text"), b'{"a":1}'))

    assert edited == b'{"index" : 3, "delta": {"text": {"a":1}}}'


def test_the_body_itself_is_replaced_between_its_spaces() -> None:
    assert rewritten(b' {"a": 1}\n', Replace((), b"{}")) == b" {}\n"


@pytest.mark.parametrize(
    ("indices", "left"),
    [
        ([0], b"[ 2  , 3 ]"),
        ([1], b"[ 1 , 3 ]"),
        ([2], b"[ 1 , 2 ]"),
        ([1, 2], b"[ 1 ]"),
        ([0, 1], b"[ 3 ]"),
        ([0, 2], b"[ 2 ]"),
        ([0, 1, 2], b"[  ]"),
    ],
)
def test_elements_are_removed_with_their_commas(indices: list[int], left: bytes) -> None:
    body = b'{"input": [ 1 , 2  , 3 ]}'

    edited = rewritten(body, *(Remove(("input", index)) for index in indices))

    assert edited == b'{"input": ' + left + b"}"


def test_members_are_removed_with_their_names_and_commas() -> None:
    body = b'{ "a" : 1 , "tool_choice": {"x":[]} , "stream":true }'

    assert rewritten(body, Remove(("a",))) == b'{ "tool_choice": {"x":[]} , "stream":true }'
    assert rewritten(body, Remove(("tool_choice",))) == b'{ "a" : 1 , "stream":true }'
    assert rewritten(body, Remove(("stream",))) == b'{ "a" : 1 , "tool_choice": {"x":[]} }'


def test_an_element_is_split_where_its_list_is() -> None:
    body = b'{"messages":[{"role":"assistant","content":[1,2],"x":1}]}'

    edited = rewritten(body, Split(("messages", 0, "content"), 1, b'{"role":"user"}'))

    assert edited == (
        b'{"messages":[{"role":"assistant","content":[1],"x":1},{"role":"user"},'
        b'{"role":"assistant","content":[2],"x":1}]}'
    )


def test_the_second_part_of_a_split_may_begin_with_something_new() -> None:
    body = b'{"m":[{"c":[ 1 , 2 , 3 ]}]}'
    path = ("m", 0, "c")

    edited = rewritten(
        body, Split(path, 1, b'"first"', b"10,11"), Insert(path, 2, b"12"), Split(path, 2, b"9")
    )

    assert edited == b'{"m":[{"c":[ 1]},"first",{"c":[10,11,2,12]},9,{"c":[3 ]}]}'


# Changes together.


def test_what_is_inserted_where_a_list_is_split_goes_before_the_split() -> None:
    body = b'{"m":[{"c":[ 1 , 2 , 3 ] }]}'
    path = ("m", 0, "c")

    edited = rewritten(
        body,
        Split(path, 2, b'"second"'),
        Split(path, 0, b'"first"'),
        Insert(path, 0, b"10"),
        Insert(path, 2, b"11,12"),
        Insert(path, 3, b"13"),
    )

    assert edited == (b'{"m":[{"c":[ 10] },"first",{"c":[1 , 2,11,12] },"second",{"c":[3,13 ] }]}')


def test_both_parts_of_an_element_have_its_other_members_as_they_are_changed() -> None:
    body = b'{"m":[{"role":"old","gone":0,"c":[1,2]}]}'

    edited = rewritten(
        body,
        Split(("m", 0, "c"), 1, b"9"),
        Edit(("m", 0, "role"), "new", "test"),
        Remove(("m", 0, "gone")),
        Put(("m", 0), "z", b"3"),
        Replace(("m", 0, "c", 1), b"20"),
    )

    assert edited == b'{"m":[{"role":"new","c":[1],"z":3},9,{"role":"new","c":[20],"z":3}]}'


def test_a_list_inside_a_split_list_is_split_too() -> None:
    body = b'{"m":[{"c":[{"c":[1,2]},3]}]}'

    edited = rewritten(body, Split(("m", 0, "c"), 1, b"9"), Split(("m", 0, "c", 0, "c"), 1, b"8"))

    assert edited == b'{"m":[{"c":[{"c":[1]},8,{"c":[2]}]},9,{"c":[3]}]}'


def test_a_list_is_split_inside_a_member_that_the_split_around_it_repeats() -> None:
    body = b'{"m":[{"a":[{"b":[1,2]}],"c":[3,4]}]}'

    edited = rewritten(body, Split(("m", 0, "c"), 1, b"9"), Split(("m", 0, "a", 0, "b"), 1, b"8"))

    members = b'"a":[{"b":[1]},8,{"b":[2]}]'
    assert edited == b'{"m":[{' + members + b',"c":[3]},9,{' + members + b',"c":[4]}]}'


def test_neighbours_of_what_is_split_are_inserted_removed_and_edited() -> None:
    body = b'{"m":[{"c":[1,2]},{"c":"old"},"gone"]}'

    edited = rewritten(
        body,
        Insert(("m",), 0, b'"before"'),
        Insert(("m",), 1, b'"after"'),
        Split(("m", 0, "c"), 1, b"9"),
        Edit(("m", 1, "c"), "new", "test"),
        Remove(("m", 2)),
    )

    assert edited == b'{"m":["before",{"c":[1]},9,{"c":[2]},"after",{"c":"new"}]}'


def test_a_pretty_body_keeps_its_spaces_around_the_changes() -> None:
    body = b'{\n  "m": [\n    {\n      "c": [\n        1,\n        "two"\n      ]\n    }\n  ]\n}\n'

    edited = rewritten(body, Insert(("m", 0, "c"), 1, b"9"), Edit(("m", 0, "c", 1), "2", "test"))

    assert edited == body.replace(b'"two"', b'9,"2"')


# Odd bodies.


def test_odd_values_beside_the_changes_keep_their_bytes() -> None:
    odd = b'{"n":-1e999,"s":"\\ud800","r":"\xff","c":[ NaN ]}'
    body = b'\xef\xbb\xbf{"m":[' + odd + b' ,{"c":["\\ud800",1]}]}'

    edited = rewritten(
        body,
        Insert(("m",), 1, b"8"),
        Split(("m", 1, "c"), 1, b"9"),
        Insert(("m", 0, "c"), 1, b"7"),
    )

    assert edited == (
        b'\xef\xbb\xbf{"m":['
        + odd.replace(b"NaN", b"NaN,7")
        + b' ,8,{"c":["\\ud800"]},9,{"c":[1]}]}'
    )


def test_names_that_stand_twice_off_the_way_are_kept() -> None:
    body = b'{"n":1,"m":[{"a":1,"a":2,"c":[1,2]}],"n":12}'

    edited = rewritten(body, Split(("m", 0, "c"), 1, b"9"), Put((), "z", b"0"))

    assert edited == (b'{"n":1,"m":[{"a":1,"a":2,"c":[1]},9,{"a":1,"a":2,"c":[2]}],"n":12,"z":0}')


@pytest.mark.parametrize(
    "change",
    [
        Remove(("n",)),
        Replace(("n",), b"1"),
        Put((), "n", b"1"),
        Insert(("n",), 0, b"1"),
        Put(("m", 0), "a", b"1"),
        Split(("m", 0, "a"), 0, b"1"),
    ],
)
def test_names_that_stand_twice_on_the_way_are_refused(change: Change) -> None:
    with pytest.raises(UnreadableBody):
        rewritten(b'{"n":[1],"m":[{"a":[1],"a":[1]}],"n":[2]}', change)


# Refusals.


@pytest.mark.parametrize(
    "change",
    [
        Insert(("list",), 3, b"1"),
        Insert(("list",), -1, b"1"),
        Insert(("object",), 0, b"1"),
        Insert(("text",), 0, b"1"),
        Insert(("missing",), 0, b"1"),
        Insert((), 0, b"1"),
        Put((), "text", b"1"),
        Put(("list",), "a", b"1"),
        Put(("text",), "a", b"1"),
        Put(("list", 0), "c", b"1"),
        Replace(("missing",), b"1"),
        Replace(("list", 2), b"1"),
        Remove(()),
        Remove(("missing",)),
        Remove(("list", 2)),
        Remove(("list", "0")),
        Remove(("text", 0)),
        Split(("list",), 1, b"1"),
        Split(("list", 1), 1, b"1"),
        Split(("object", "c"), 1, b"1"),
        Split(("list", 0, "c"), 2, b"1"),
        Split(("list", 0, "c"), 0, b"1"),
        Split(("list", 0, "c"), -1, b"1"),
        Split(("list", 0, "x"), 0, b"1"),
        Split(("list", 0), 0, b"1"),
    ],
)
def test_a_change_that_cannot_be_followed_is_refused(change: Change) -> None:
    body = b'{"list":[{"c":[1,2],"x":""},[1,2]],"object":{"c":[1,2]},"text":"text"}'

    for memory in (None, Rewritten()):
        with pytest.raises(UnreadableBody):
            Document.read(body).rewrite([change], memory)


def test_a_split_that_leaves_a_part_empty_is_refused() -> None:
    body = b'{"m":[{"c":[1,2]}]}'
    path: Path = ("m", 0, "c")

    for index in (0, 1):
        with pytest.raises(UnreadableBody, match="empty"):
            rewritten(body, Split(path, 1, b"9"), Remove((*path, index)))


@pytest.mark.parametrize(
    "changes",
    [
        (Replace(("m",), b"1"), Replace(("m",), b"2")),
        (Replace(("m", 0, "s"), b"1"), Edit(("m", 0, "s"), "2", "test")),
        (Replace(("m",), b"1"), Edit(("m", 0, "s"), "2", "test")),
        (Replace(("m", 0), b"1"), Edit(("m", 0, "s"), "2", "test")),
        (Replace(("m", 0, "c"), b"1"), Insert(("m", 0, "c"), 0, b"2")),
        (Replace(("m", 0), b"1"), Put(("m", 0), "new", b"2")),
        (Replace((), b"{}"), Put((), "new", b"2")),
        (Remove(("m", 0)), Remove(("m", 0))),
        (Remove(("m", 0)), Edit(("m", 0, "s"), "2", "test")),
        (Remove(("m",)), Edit(("m", 0, "s"), "2", "test")),
        (Remove(("m",)), Insert(("m",), 0, b"2")),
        (Remove(("m", 0, "c")), Split(("m", 0, "c"), 1, b"2")),
        (Remove(("m", 0, "s")), Replace(("m", 0, "s"), b"2")),
        (Put((), "new", b"1"), Put((), "new", b"2")),
        (Split(("m", 0, "c"), 1, b"1"), Split(("m", 0, "c"), 1, b"2")),
        (Split(("m", 0, "c"), 1, b"1"), Split(("m", 0, "d"), 1, b"2")),
    ],
)
def test_changes_at_odds_with_one_another_are_a_mistake_of_the_caller(
    changes: tuple[Change, ...],
) -> None:
    document = Document.read(b'{"m":[{"c":[1,2],"d":[3,4],"s":"text"}]}')

    for memory in (None, Rewritten()):
        for ordered in (changes, changes[::-1]):
            with pytest.raises(ValueError, match=r"change|put|split"):
                document.rewrite(ordered, memory)
