"""Needs are told by name, by place and in words."""

from __future__ import annotations

from typing import Any

from headroom.proxy.backends.needs import LONGEST_WORD, Need, block, field, mappings, members


def test_a_block_is_named_by_where_it_stands() -> None:
    need = block("tool_result", "hologram", "messages.0.content.1")

    assert need == Need(
        "tool_result.hologram", "messages.0.content.1", "hologram blocks in tool result content"
    )


def test_what_is_empty_asks_for_nothing() -> None:
    value: dict[str, Any] = {"type": "text", "citations": None, "is_error": False, "beam": 1}

    assert [need.name for need in members("text", value, frozenset({"type"}), "here")] == [
        "text.beam"
    ]


def test_a_cache_mark_is_one_wherever_it_stands() -> None:
    found = list(members("text", {"cache_control": {}}, frozenset(), "system.0"))

    assert [(need.name, need.place) for need in found] == [
        ("cache_control", "system.0.cache_control")
    ]


def test_a_callers_own_word_is_not_said_back_at_length() -> None:
    assert len(field("x" * 1000).place) == LONGEST_WORD


def test_what_is_no_list_of_objects_holds_none() -> None:
    assert list(mappings("text")) == []
    assert list(mappings([1, {"a": 1}])) == [(1, {"a": 1})]
