"""What is kept whole, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall
from headroom.pipeline.whole import names_one, why_whole


def result(text: str = "plain", *, is_error: bool = False, **arguments: Any) -> Block:
    call = ToolCall("c", "Tool", json.dumps(arguments))
    path = ("messages", 0)
    return Block(path, 1, "tool", "tool_result", text, call, editable=True, is_error=is_error)


def test_an_error_is_kept_whole() -> None:
    assert why_whole(result(is_error=True), Origin()) == "an error"


@pytest.mark.parametrize(
    "text",
    [
        "Exit code: 2\nWall time: 1 s\nOutput:\nboom",
        "boom\nProcess exited with code 1",
        "<returncode>127</returncode>\n<output>",
        '{"output":"boom","metadata":{"exit_code":1}}',
        "x" * 9_000 + "\nexit status 3",
    ],
)
def test_a_command_that_failed_is_an_error(text: str) -> None:
    assert why_whole(result(text), Origin(command="make")) == "an error"


@pytest.mark.parametrize("text", ["Exit code: 0\nfine", "<returncode>0</returncode>", "exit codes"])
def test_a_command_that_went_well_is_none(text: str) -> None:
    assert not why_whole(result(text), Origin(command="make"))


@pytest.mark.parametrize(
    "origin",
    [
        Origin(path="/home/me/.agents/skills/ship/SKILL.md"),
        Origin(command="cat AGENTS.md"),
        Origin(tool="Read", path="CLAUDE.md"),
    ],
)
def test_instructions_are_followed_to_the_letter(origin: Origin) -> None:
    assert why_whole(result(), origin) == "instructions"


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("sed -n '1,100p' a.py", {}),
        ("cat a.py | head -50", {}),
        ("tail -n 20 log", {}),
        ("Get-Content a.py -First 20", {}),
        ("", {"offset": 100, "limit": 80}),
        ("view", {"view_range": [10, 60]}),
    ],
)
def test_a_small_range_is_kept_whole(command: str, arguments: dict[str, Any]) -> None:
    why = why_whole(result(**arguments), Origin(command=command))

    assert why == "a small range was asked for"


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("sed -n '1,2000p' a.py", {}),
        ("cat a.py", {}),
        ("", {"limit": 2_000}),
        ("view", {"view_range": [10, -1]}),
        ("view", {"view_range": ["a", "b"]}),
    ],
)
def test_a_large_range_is_not(command: str, arguments: dict[str, Any]) -> None:
    assert not why_whole(result(**arguments), Origin(command=command))


def test_a_drawing_is_copied_unless_it_is_huge() -> None:
    origin = Origin(command="cat icons/*.svg")

    assert why_whole(result("<svg/>"), origin) == "a drawing"
    assert not why_whole(result("x" * 64_000), origin)


@pytest.mark.parametrize("arguments", [{"id": 5}, {"nodeId": "4:2"}, {"query": "pool"}])
def test_a_call_may_name_what_it_wants(arguments: dict[str, Any]) -> None:
    assert names_one(result(**arguments).call)


@pytest.mark.parametrize("arguments", [{}, {"id": ""}, {"ids": ["a"]}, {"idle": 1}, {"id": None}])
def test_or_it_does_not(arguments: dict[str, Any]) -> None:
    assert not names_one(result(**arguments).call)
