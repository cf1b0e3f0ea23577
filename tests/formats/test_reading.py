from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import Facts, ToolCall
from headroom.formats.anthropic import Anthropic
from headroom.formats.reading import (
    MOST_BLOCKS,
    MOST_VALUES,
    Fixed,
    Reading,
    canonical,
    canonical_arguments,
    is_ours,
    is_retrieval,
    lifetime_s,
    opaque_text,
    read_fixed,
)
from headroom.wire.document import Document

MARK = {"cache_control": {"type": "ephemeral"}}
PLACE = ("messages", 0)


def test_the_canonical_text_has_sorted_names_and_no_cache_marks() -> None:
    value = {"type": "x", "b": 1, "a": {"d": 1, "c": 2}, **MARK}

    assert canonical(value) == '{"a":{"c":2,"d":1},"b":1,"type":"x"}'


def test_the_canonical_text_of_a_message_has_no_marks_on_its_parts() -> None:
    value: dict[str, Any] = {"content": [{"text": "a", **MARK}, 5], "prompt_cache_breakpoint": {}}

    assert canonical(value) == '{"content":[{"text":"a"},5]}'
    assert value["content"][0].keys() == {"text", "cache_control"}


def test_a_mark_deep_in_what_was_said_is_content() -> None:
    assert canonical({"input": MARK}) == '{"input":{"cache_control":{"type":"ephemeral"}}}'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{"b": 1, "a": 12345678901234567890123}', '{"a":12345678901234567890123,"b":1}'),
        ("", "{}"),
        (" ", "{}"),
        (None, "{}"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ("not json", "not json"),
        (r'{"a": "\ud800"}', r'{"a": "\ud800"}'),
    ],
)
def test_arguments_are_written_one_way(written: Any, expected: str) -> None:
    assert canonical_arguments(written) == expected


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("headroom_retrieve", True),
        ("mcp__headroom__headroom_retrieve", True),
        ("mcp_headroom_headroom_retrieve", True),
        ("headroom_headroom_retrieve", True),
        ("mcp__headroom_retrieve", False),
        ("headroom_retrieve_all", False),
        ("my_headroom_retrieve", False),
        ("Bash", False),
    ],
)
def test_a_retrieval_is_known_by_its_name(tool: str, expected: bool) -> None:
    assert is_retrieval(tool) is expected
    assert is_ours(tool) is expected


@pytest.mark.parametrize("tool", ["headroom_compress", "mcp__headroom__headroom_compress"])
def test_what_was_made_shorter_already_is_ours_and_no_retrieval(tool: str) -> None:
    assert is_ours(tool)
    assert not is_retrieval(tool)


def test_tools_and_system_are_told_element_by_element() -> None:
    body = b'{"tools": [{"name" : "a"}, {"name":"b"}], "system": "Be brief.", "other": {"b":1}}'

    fixed = read_fixed(Document.read(body), "tools", "system", "other", "missing")

    assert fixed == Fixed(('{"name" : "a"}', '{"name":"b"}', "Be brief.", '{"b":1}'), marked=False)


def test_a_later_call_with_the_same_id_is_the_one_that_is_answered() -> None:
    reading = Reading(declares_tools=True)
    for name in ("first", "second"):
        reading.make_call(PLACE, ToolCall("id", name), {})

    assert reading.call_answered("id") == ToolCall("id", "second")
    assert reading.call_answered(["id"]) is None


def test_what_is_not_read_exactly_is_not_editable() -> None:
    reading = Reading(declares_tools=True)
    reading.exact = False

    reading.answer(PLACE, "text", None)

    assert not reading.blocks[0].editable


def test_a_call_in_sight_turns_observations_off_from_there_on() -> None:
    reading = Reading(declares_tools=False)
    reading.say(PLACE, "assistant", "Hello.")
    reading.say(PLACE, "user", "before")
    reading.make_call(PLACE, ToolCall("id", "Bash"), {})
    reading.say(PLACE, "user", "after")

    assert [block.text for block in reading.blocks if block.editable] == ["before"]


def test_the_facts_of_the_top_level_and_of_the_messages_come_together() -> None:
    reading = Reading(declares_tools=False)
    reading.think(("messages", 0), {"type": "thinking"})
    reading.see_marks({"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}})
    document = Document.read(msgspec.json.encode({"model": "m"}))

    conversation = reading.conversation(document, Fixed((), marked=False), Facts(may_forget=True))

    assert conversation.facts == Facts(
        cache_marks=True, cache_ttl_s=43_200, thinks_until=1, may_forget=True
    )
    assert conversation.facts.thinking


def test_a_message_of_too_many_values_is_not_looked_into() -> None:
    parts = [{"type": "text", "text": "a, b"}] * MOST_VALUES
    told = {"role": "user", "content": "a, b" * MOST_VALUES}
    document = Document.read(msgspec.json.encode({"messages": [{"content": parts}, told]}))

    odd, plain = Anthropic().read(document).blocks

    assert (odd.kind, odd.editable, odd.path) == ("opaque", False, ("messages", 0))
    assert plain.kind == "text"


def test_after_very_many_blocks_messages_are_not_looked_into() -> None:
    parts = [{"type": "text", "text": "a"}] * 5_000
    messages = [{"role": "user", "content": parts}] * (MOST_BLOCKS // 5_000 + 2)

    blocks = Anthropic().read(Document.read(msgspec.json.encode({"messages": messages}))).blocks

    assert len(blocks) == MOST_BLOCKS + 2
    assert {block.kind for block in blocks[MOST_BLOCKS:]} == {"opaque"}


def test_pictures_and_files_are_named_by_their_digest_and_told_apart() -> None:
    def picture(data: str) -> dict[str, object]:
        source = {"type": "base64", "media_type": "image/png", "data": data}
        return {"type": "image", "source": source, "title": "a plan of the house"}

    one, other = opaque_text(picture("A" * 9_000)), opaque_text(picture("A" * 8_999 + "B"))

    assert len(one) < 300
    assert "a plan of the house" in one
    assert one != other
    assert one == opaque_text({**picture("A" * 9_000), "cache_control": {"type": "ephemeral"}})


def test_long_text_that_is_not_understood_stays_as_it_is() -> None:
    unknown = {"type": "new_block", "said": ["some words\n" * 900]}

    assert opaque_text(unknown) == canonical(unknown)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("5m", 300), ("30m", 1_800), ("1h", 3_600), ("12h", 43_200), ("24h", 86_400), (None, 0)],
)
def test_lifetimes_in_a_cache_are_seconds(said: object, seconds: float) -> None:
    assert lifetime_s(said) == seconds
    assert lifetime_s(["5m"]) == lifetime_s("in_memory") == 0
