from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.anthropic_usage import added, counted
from headroom.wire.document import Document


def told(reply: dict[str, Any], last: dict[str, Any], spent: dict[str, Any]) -> Any:
    """The usage in *reply* once it is that of the whole turn."""
    document = Document.read(msgspec.json.encode(reply))
    return msgspec.json.decode(document.rewrite(counted(reply, last, spent))).get("usage")


def test_the_output_side_is_added_up_and_nothing_else() -> None:
    one = {
        "output_tokens": 5,
        "input_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 2},
        "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    }
    more = {"output_tokens": 6, "output_tokens_details": {"thinking_tokens": 3, "new": 4}}

    assert added(one, more) == {
        "output_tokens": 11,
        "output_tokens_details": {"thinking_tokens": 5, "new": 4},
        "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    }


@pytest.mark.parametrize(
    "odd", [{}, {"output_tokens": None}, {"output_tokens": "5"}, {"server_tool_use": {"a": 0}}]
)
def test_what_counts_nothing_adds_nothing(odd: dict[str, Any]) -> None:
    assert added(odd, odd) == {}


def test_what_stands_beside_the_counts_is_that_of_the_later() -> None:
    usage = {"server_tool_use": {"a": 1, "note": "x"}}

    assert added(usage, {"server_tool_use": {"note": "y"}}) == {
        "server_tool_use": {"a": 1, "note": "y"}
    }


def test_numbers_that_the_last_event_lacks_are_put_into_it() -> None:
    last = {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2}
    reply = {"usage": {"output_tokens": 2, "cache_read_input_tokens": None}}

    assert told(reply, last, {"output_tokens": 5, "server_tool_use": {"a": 1}}) == {
        "output_tokens": 7,
        "cache_read_input_tokens": 4,
        "input_tokens": 3,
        "server_tool_use": {"a": 1},
    }


@pytest.mark.parametrize("reply", [{}, {"usage": None}, {"usage": {}}])
def test_usage_that_is_not_there_is_put_in_whole(reply: dict[str, Any]) -> None:
    assert told(reply, {"input_tokens": 3}, {"output_tokens": 5}) == {
        "input_tokens": 3,
        "output_tokens": 5,
    }


def test_where_nothing_is_known_nothing_is_told() -> None:
    assert counted({"usage": {"output_tokens": 3}}, {"output_tokens": 3}, {}) == []
    assert counted({}, {}, {}) == []
