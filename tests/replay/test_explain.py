"""What became of a conversation is told block by block."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from headroom.api import Session as PlannedSession
from headroom.economics import UNCACHED
from headroom.marker import key_of
from headroom.pipeline.budget import Budget
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
    assert blocks[2].reason == "too small: nothing leaves below 400 tokens"
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


def code(number: int) -> str:
    """Of which much leaves at once, and more when nobody looks at it any more."""
    return "\n".join(f"def sow_{number}_{n}(bed): return bed + {n} * {number}" for n in range(300))


def test_what_left_and_what_tells_of_it_says_so(counter: Counter) -> None:
    budget = Budget(most_tokens=4_000, shortens_first=False)
    planned = PlannedSession(counter=counter, budget=budget, offer="always")

    blocks = explain(session(*map(code, range(8))), planned)

    told, gone = blocks[2], blocks[4]
    assert told.by == ("intelligent_cap",)
    assert told.later.startswith("since request ")
    assert told.later.endswith(" it says which turns left so that the rest fits")
    assert (gone.after, gone.tokens_after) == ("", 0)
    assert gone.later.startswith("left with its turn at request ")
    assert gone.later.endswith("; block 2 says so")
    assert gone.original == told.original != ""
    assert blocks[3].reason == blocks[4].reason == ""
    assert gone.later in as_json("notes", blocks)["blocks"][4]["later"]
    assert "left with its turn at request" in shown(as_table("notes", blocks)).replace("\n", " ")
    assert "after: 0 tokens" in shown(as_texts([gone]))


def test_what_was_shortened_once_more_says_when_and_why(counter: Counter) -> None:
    budget = Budget(costs=UNCACHED, rewrites=True)
    planned = PlannedSession(counter=counter, budget=budget, offer="always")

    blocks = explain(session(*map(code, range(7))), planned)

    assert blocks[2].by[-1] == "late"
    assert blocks[2].later == "shortened more at request 8, as nothing of it was cached any more"


def test_what_had_to_be_written_again_says_so(counter: Counter) -> None:
    budget = Budget(most_tokens=4_500, shortens_first=False, by_importance=False)
    planned = PlannedSession(counter=counter, budget=budget, offer="always")
    same = "".join(f"{n} beds were watered by can {n}\n" for n in range(60))

    blocks = explain(session(same, *map(code, range(4)), same, code(4), "fine"), planned)

    assert blocks[12].later.startswith("written again at request ")


def test_a_body_without_messages_has_no_blocks(counter: Counter) -> None:
    empty = session_from_body("empty", {"model": "m", "messages": []})

    assert explain(empty, PlannedSession(counter=counter)) == []
