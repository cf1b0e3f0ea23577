"""The words by which a text is judged stand before it."""

from __future__ import annotations

import dataclasses

from headroom.conversation import Block, ToolCall
from headroom.pipeline.task import RECENT_BLOCKS, asked_words, tasks_before


def task(text: str) -> Block:
    return Block(("messages", 99, "content"), 0, "user", "text", text)


def said(text: str) -> Block:
    return Block(("messages", 1), 1, "assistant", "text", text)


def called(arguments: str) -> Block:
    return Block(("messages", 1), 1, "assistant", "tool_call", "", ToolCall("c", "Bash", arguments))


def result(text: str = "") -> Block:
    call = ToolCall("call", "shell", '{"command": "list"}')
    return Block(("messages", 2), 1, "tool", "tool_result", text, call, editable=True)


def test_words_are_those_of_the_last_task_before_and_of_the_call() -> None:
    later = dataclasses.replace(task("Later words"), turn=2)
    blocks = (task("First words"), task("Find 5123"), result(), later)

    assert asked_words(blocks, 2) == {"find", "5123", "command", "list"}


def test_what_the_assistant_said_and_called_lately_counts_too() -> None:
    blocks = (task("Mend it"), said("The pool leaks."), called('{"path": "src/pool.py"}'), result())

    assert {"pool", "leaks", "src/pool.py"} <= asked_words(blocks, 3)


def test_what_was_said_long_ago_does_not_count() -> None:
    blocks = (task("Mend it"), said("The pool leaks."), *[result()] * RECENT_BLOCKS, result())

    assert "pool" not in asked_words(blocks, len(blocks) - 1)


def test_errors_that_were_seen_count_and_other_output_does_not() -> None:
    seen = result("all is well\nKeyError: 'shape_id'\nbye")

    assert "shape_id" in asked_words((seen, result()), 1)
    assert "well" not in asked_words((seen, result()), 1)


def test_where_the_task_is_told_is_found_once_for_all_blocks() -> None:
    observed = dataclasses.replace(task("an observation"), editable=True)
    blocks = (said("hello"), task("Find 5123"), result(), observed, result(), task("Stop"))

    before = tasks_before(blocks)

    assert before == [-1, -1, 1, 1, 1, 1, 5]
    for at, index in enumerate(before[:-1]):
        assert asked_words(blocks, at, task=index) == asked_words(blocks, at)
