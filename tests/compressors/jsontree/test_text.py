"""JSON kept as it was spelled."""

from __future__ import annotations

import pytest

from headroom.compressors.jsontree.text import DEPTH, Array, Forest, Object, is_embedded


def test_scalars_keep_their_spelling() -> None:
    root = Forest().parse('["a\\u00e9", 1e2, -0.0, null]')

    assert isinstance(root, Array)
    assert root.items == ('"a\\u00e9"', "1e2", "-0.0", "null")


def test_equal_parts_are_one_object() -> None:
    root = Forest().parse('[{"a": [1]}, {"a": [1]}, {"a": [2]}]')

    assert isinstance(root, Array)
    assert root.items[0] is root.items[1]
    assert root.items[0] is not root.items[2]


def test_a_key_that_comes_twice_is_kept_twice() -> None:
    root = Forest().parse('{"a": 1, "a": 2}')

    assert isinstance(root, Object)
    assert (root.keys, root.values) == (('"a"', '"a"'), ("1", "2"))


@pytest.mark.parametrize("text", ["", "1", '"a"', "[1] [2]", "[1", "[1}", "{1: 2}", "[yes]", '["a'])
def test_what_is_not_one_array_or_object_is_none(text: str) -> None:
    assert Forest().parse(text) is None


def test_nesting_beyond_the_bound_is_none() -> None:
    assert Forest().parse("[" * DEPTH + "]" * DEPTH) is not None
    assert Forest().parse("[" * (DEPTH + 1) + "]" * (DEPTH + 1)) is None


def test_long_strings_that_look_like_documents_are_offered_to_the_reader() -> None:
    inside = '"[' + "1," * 30 + '1]"'
    forest = Forest(lambda _: Object(("json[]",), ("null",)))

    root = forest.parse(f'["[]", {inside}]')

    assert isinstance(root, Array)
    assert root.items[0] == '"[]"'
    assert isinstance(root.items[1], Object)
    assert is_embedded(root.items[1])
