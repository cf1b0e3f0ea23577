"""What forms do to the body, and what of it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.conversation import Form, Known, Plan
from headroom.pipeline import plan, with_effects
from headroom.pipeline.budget import Budget
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.pipeline.hindsight.laws import problem, read
from tests.pipeline.hindsight.scenes import Words, lines, longs, talk
from tests.pipeline.requests import call, conversation, result, task

LONG = lines(60)
WINDOW = Budget(most_tokens=2_800, filled_after=0.7, shortens_first=False, by_importance=False)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def test_a_plan_that_lets_turns_leave_says_which_messages_and_keeps_them() -> None:
    talked = talk(*longs(10))
    known = Known(19, {}, tokens_before=2_714, tokens_after=2_714, counted=True)

    made = plan(talked, known, counter=Words(), passes=(), means="tool", budget=WINDOW)

    # The first of five stays with its call, and says of the others that they have left.
    assert made.removals == tuple(("messages", message) for message in range(3, 11))
    assert [edit.path for edit in made.edits] == [("messages", 2, "content", 0, "content")]
    [(key, original)] = made.originals.items()
    assert key in made.edits[0].text
    assert (original.tokens, original.units, original.units_kept) == (5 * 300 + 4, 5, 0)
    assert all(text in original.text for text in longs(5))
    assert made.rewrite is not None
    assert made.rewrite.turns == 5
    assert made.rewrite.tokens == made.tokens_saved == 1_504 - Words().count(made.edits[0].text)
    assert made.transforms == ("window_cap:5",)


def test_messages_that_say_nothing_leave_with_their_turn(counter: Counter) -> None:
    def calls(key: str) -> dict[str, Any]:
        used = {"type": "tool_use", "id": key, "name": "Bash", "input": {}}
        return {"role": "assistant", "content": [used]}

    def answer(key: str, content: Any) -> dict[str, Any]:
        answered = {"type": "tool_result", "tool_use_id": key, "content": content}
        return {"role": "user", "content": [answered]}

    said: list[dict[str, Any]] = [{"role": "user", "content": "look"}]
    for n in range(6):
        said += [calls(f"a{n}"), answer(f"a{n}", LONG), calls(f"b{n}"), answer(f"b{n}", [])]
    body = json.dumps({"model": "m", "messages": said}).encode()

    made = plan(
        read("anthropic", body),
        Known(),
        counter=counter,
        passes=(),
        means="tool",
        budget=Budget(most_tokens=1_500, filled_after=0.7, shortens_first=False),
    )

    assert made.removals
    sent = json.loads(Document.read(body).rewrite(made.changes))["messages"]
    assert [each["role"] for each in sent] == ["user", *["assistant", "user"] * (len(sent) // 2)]
    assert problem("anthropic", json.dumps({**json.loads(body), "max_tokens": 9}).encode()) == ""


def test_each_form_is_an_edit_at_the_path_of_its_block_and_one_without_text_is_none() -> None:
    asked = conversation(task(), call(1), result(1), call(3), result(3))
    forms = {2: Form("short", ("clean", "log"), 90, 1), 4: Form(None, (), 90, 90)}

    made = with_effects(Plan(), asked, forms)

    assert [(one.path, one.text, one.by) for one in made.edits] == [
        (("messages", 2, "content"), "short", "clean+log")
    ]
    assert (made.removals, made.originals) == ((), {})
