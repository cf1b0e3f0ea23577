"""One member of a JSON file comes and goes, and every other byte stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.cli.json_member import member, with_member, without_member
from headroom.errors import SettingsError

PLACE = ("mcpServers", "headroom")
VALUE: dict[str, Any] = {"command": "headroom", "args": ["mcp", "serve"]}

INDENTED = b"""{
    "numStartups": 1e2,
    "mcpServers": {
        "github": {"command": "gh"}
    },
    "big": 12345678901234567890123
}
"""


def test_a_member_stands_as_the_file_is_written() -> None:
    assert with_member(INDENTED, PLACE, VALUE) == INDENTED.replace(
        b'"gh"}\n',
        b'"gh"},\n        "headroom": {\n            "command": "headroom",\n'
        b'            "args": [\n                "mcp",\n                "serve"\n            ]\n'
        b"        }\n",
    )


@pytest.mark.parametrize(
    "content",
    [
        INDENTED,
        INDENTED.replace(b"\n", b"\r\n"),
        b'{"a":1,"mcpServers":{"x":{}},"z":[1.0, -0.0]}',
        b'{"mcpServers":{"x":{}}}',
        b'\t{\n\t"a": "\\ud83d\\ude00"\n\t,"mcpServers": { "b": {} } }',
    ],
)
def test_what_was_put_there_is_taken_away_byte_for_byte(content: bytes) -> None:
    changed = with_member(content, PLACE, VALUE)

    assert member(changed, PLACE) == VALUE
    assert without_member(changed, PLACE) == content


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"{\n}", b'{"a": 1}', b'{\n  "a": 1\n}\n'])
def test_the_object_around_it_is_made_where_there_is_none(content: bytes) -> None:
    changed = with_member(content, PLACE, VALUE)

    told = json.loads(changed)
    assert told.pop("mcpServers") == {"headroom": VALUE}
    assert told == json.loads(content.strip() or b"{}")
    assert json.loads(without_member(changed, PLACE)) == {**told, "mcpServers": {}}


def test_what_stood_there_is_replaced() -> None:
    changed = with_member(INDENTED, ("mcpServers", "github"), VALUE)

    assert json.loads(changed)["mcpServers"] == {"github": VALUE}
    assert changed.startswith(INDENTED[:40])


def test_the_first_of_several_leaves_alone() -> None:
    content = b'{"mcpServers": {"headroom": {}, "other": {}}}'

    assert without_member(content, PLACE) == b'{"mcpServers": {"other": {}}}'


def test_what_is_not_ours_stays() -> None:
    content = with_member(INDENTED, PLACE, VALUE)

    assert without_member(content, PLACE, lambda value: value["command"] == "other") == content
    assert without_member(INDENTED, PLACE) == INDENTED
    assert without_member(b"", PLACE) == b""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"a": 1 /* mine */}', "no JSON"),
        (b'{"mcpServers": []}', "'mcpServers' is no object"),
        (b"\xff{}", "no JSON"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_touched(content: bytes, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        with_member(content, PLACE, VALUE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(
    rest=st.dictionaries(st.sampled_from(["a", "headroom", "z"]), JSON),
    servers=st.dictionaries(st.sampled_from(["a", "b"]), JSON, min_size=1),
    indent=st.sampled_from([None, 1, 2, "\t"]),
)
def test_any_file_comes_back(rest: Any, servers: Any, indent: Any) -> None:
    content = json.dumps({**rest, "mcpServers": servers, "last": rest}, indent=indent).encode()

    assert without_member(with_member(content, PLACE, VALUE), PLACE) == content
