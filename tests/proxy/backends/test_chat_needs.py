"""Each thing that a body of `/v1/chat/completions` asks for is found, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.proxy.backends.chat_needs import chat_needs


def found(**members: Any) -> list[tuple[str, str]]:
    return [(need.name, need.place) for need in chat_needs({"messages": [], **members})]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"stream": True, "stream_options": {"include_usage": True}}, []),
        ({"n": 1, "parallel_tool_calls": True, "store": False}, []),
        ({"n": 2}, [("n", "n")]),
        ({"tools": [{"type": "custom"}]}, [("tool.custom", "tools.0")]),
        ({"tool_choice": "auto"}, [("tool_choice.auto", "tool_choice")]),
        ({"response_format": {"type": "text"}}, []),
        ({"api_base": "http://elsewhere"}, [("api_base", "api_base")]),
    ],
)
def test_it_is_found_with_its_place(
    members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(**members) == expected


def test_parts_and_calls_of_messages_are_found() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://a/b", "detail": "low"}}
    said = [
        {"role": "user", "content": [image, {"type": "hologram"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"type": "custom"}]},
    ]

    assert found(messages=said) == [
        ("role.user", "messages.0.role"),
        ("user.image.url", "messages.0.content.0"),
        ("image.detail", "messages.0.content.0"),
        ("user.hologram", "messages.0.content.1"),
        ("role.assistant", "messages.1.role"),
        ("call.custom", "messages.1.tool_calls.0"),
    ]
