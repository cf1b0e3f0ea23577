"""Where a text is said to come from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall
from headroom.pipeline.origin import origin, spoken


def result(name: str, arguments: Any) -> Block:
    call = ToolCall("call_1", name, json.dumps(arguments))
    return Block(("messages", 0), 0, "tool", "tool_result", "", call=call)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": "ls -la"}, Origin("Tool", command="ls -la")),
        ({"cmd": "ls"}, Origin("Tool", command="ls")),
        ({"command": ["bash", "-lc", "ls"]}, Origin("Tool", command="bash -lc ls")),
        ({"file_path": "a.py", "offset": 3}, Origin("Tool", path="a.py")),
        ({"path": "src", "command": "view"}, Origin("Tool", command="view", path="src")),
        ({"command": 5}, Origin("Tool")),
        ([], Origin("Tool")),
        (None, Origin("Tool")),
    ],
)
def test_the_call_says_where_a_text_comes_from(arguments: Any, said: Origin) -> None:
    assert origin([result("Tool", arguments)], 0) == said


def said(text: str) -> Block:
    return Block(("messages", 1), 1, "assistant", "text", text)


def observed(text: str) -> Block:
    return Block(("messages", 2), 1, "user", "text", text, editable=True)


def test_an_agent_without_tools_speaks_its_command() -> None:
    blocks = [said("Let me look.\n\n```bash\nls -la src\n```"), observed("total 8")]

    assert origin(blocks, 1) == Origin(command="ls -la src")


def test_nothing_is_known_of_what_nobody_called() -> None:
    assert origin([observed("hello")], 0) == Origin()
    assert origin([said("hi"), observed("hello")], 1) == Origin()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("```\ncat a\n```\nand then\n```sh\ncat b\n```\n", "cat b"),
        ("```py\n\n```", ""),
        ("```bash\ncut off", ""),
        ("no code", ""),
        ("```\nls\n```" + " " * 20_000, ""),
    ],
)
def test_the_last_fenced_block_is_the_command(text: str, command: str) -> None:
    assert spoken(text) == Origin(command=command)


def test_a_text_without_its_call_comes_from_nowhere() -> None:
    unanswered = Block(("messages", 0), 0, "tool", "tool_result", "")
    damaged = Block(("x",), 0, "tool", "tool_result", "", call=ToolCall("1", "Tool", "{"))

    assert origin([unanswered], 0) == Origin()
    assert origin([damaged], 0) == Origin("Tool")


def test_a_call_may_be_spoken_as_tags() -> None:
    said = (
        "I look.\n<function=str_replace_editor>\n<parameter=command>view</parameter>\n"
        "<parameter=path>/a/b.py</parameter>\n</function>"
    )

    assert spoken(said) == Origin("str_replace_editor", "view", "/a/b.py")
