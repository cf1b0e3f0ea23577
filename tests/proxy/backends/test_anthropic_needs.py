"""Each thing that a body of `/v1/messages` asks for is found, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.proxy.backends.anthropic_needs import KEEPS_ALL, anthropic_needs


def found(**members: Any) -> list[tuple[str, str]]:
    return [(need.name, need.place) for need in anthropic_needs({"messages": [], **members})]


def said(*blocks: Any, role: str = "user") -> list[Any]:
    return [{"role": role, "content": list(blocks)}]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"model": "m", "max_tokens": 1, "stream": True}, []),
        ({"top_k": 3, "top_p": None}, [("top_k", "top_k")]),
        ({"service_tier": "auto"}, []),
        ({"context_management": KEEPS_ALL}, []),
        ({"context_management": {"edits": []}}, [("context_management", "context_management")]),
        ({"tools": [{"type": "bash_1", "name": "b"}]}, [("tool.bash_1", "tools.0")]),
        ({"thinking": {"type": "adaptive"}}, [("thinking=adaptive", "thinking")]),
        ({"output_config": {"effort": "low"}}, [("output_config.effort", "output_config.effort")]),
        (
            {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
            [
                ("tool_choice.any", "tool_choice"),
                (
                    "tool_choice.disable_parallel_tool_use",
                    "tool_choice.disable_parallel_tool_use",
                ),
            ],
        ),
        ({"system": "s"}, [("system", "system")]),
        ({"messages": [{"role": "user", "content": "words"}]}, []),
        (
            {"messages": said({"type": "image", "source": {"type": "url"}})},
            [("user.image.url", "messages.0.content.0")],
        ),
        (
            {"messages": said({"type": "thinking", "thinking": "t"}, role="assistant")},
            [("thinking.unsigned", "messages.0.content.0")],
        ),
        (
            {"messages": said({"type": "thinking", "signature": "s"}, role="assistant")},
            [("assistant.thinking", "messages.0.content.0")],
        ),
    ],
)
def test_it_is_found_with_its_place(
    members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(**members) == expected


def test_what_stands_in_a_result_is_found_there() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "hologram"}]}

    assert found(messages=said(result))[-1] == (
        "tool_result.hologram",
        "messages.0.content.0.content.0",
    )
