"""What became of a conversation is told block by block."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from headroom.api import Session as PlannedSession
from headroom.marker import key_of
from headroom.replay.explain import as_json, as_table, as_texts, explain
from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session
from headroom.tokens import Counter

NOTES = "".join(f"{n} goes over the lazy dog and comes back for {n}\n" for n in range(400))


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def session(*results: str) -> Session:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Read my notes."}]
    for number, text in enumerate(results):
        call = {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": "shell", "arguments": '{"command": "cat notes"}'},
        }
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": text})
    return session_from_body("notes", {"model": "gpt-5", "messages": messages})


def shown(renderable: Any) -> str:
    written = io.StringIO()
    Console(width=120, file=written).print(renderable)
    return written.getvalue()


def test_each_block_says_what_it_became_by_whom_or_why_not(counter: Counter) -> None:
    blocks = explain(session("Exit code: 1", NOTES, "short"), PlannedSession(counter=counter))

    assert [block.what for block in blocks[::2]] == ["user", *["result (shell cat notes)"] * 3]
    assert blocks[0].reason == "never touched"
    assert blocks[2].reason == "nothing to gain"
    long = blocks[4]
    assert (long.by, long.original) == (("prose",), key_of(NOTES))
    assert long.tokens_after < long.tokens_before
    assert (long.before, long.after[:30]) == (NOTES, NOTES[:30])


def test_a_request_that_nobody_answered_is_told_too(counter: Counter) -> None:
    blocks = explain(session(NOTES), PlannedSession(counter=counter))

    assert blocks[-1].original


def test_a_failed_command_says_why_it_was_kept(counter: Counter) -> None:
    failed = f"Exit code: 2\n{NOTES}"

    blocks = explain(session(failed), PlannedSession(counter=counter))

    assert blocks[-1].reason == "kept whole: an error"


def test_the_table_has_a_line_for_each_block_and_the_sum(counter: Counter) -> None:
    blocks = explain(session(NOTES), PlannedSession(counter=counter))

    text = shown(as_table("notes", blocks))

    assert "result (shell cat notes), other" in text
    assert "5,200" in text
    assert "tokens of messages become" in text


def test_the_texts_stand_before_and_after(counter: Counter) -> None:
    blocks = explain(session(NOTES), PlannedSession(counter=counter))

    text = shown(as_texts(blocks))

    assert "399 goes over the lazy dog" in text
    assert "Original kept" in text


def test_everything_is_json_too(counter: Counter) -> None:
    blocks = explain(session(NOTES), PlannedSession(counter=counter))

    told = json.loads(json.dumps(as_json("notes", blocks)))

    assert told["session"] == "notes"
    assert told["blocks"][2]["before"] == NOTES
    assert told["tokens_after"] < told["tokens_before"]


def test_a_body_without_messages_has_no_blocks(counter: Counter) -> None:
    empty = session_from_body("empty", {"model": "m", "messages": []})

    assert explain(empty, PlannedSession(counter=counter)) == []
