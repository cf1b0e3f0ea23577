"""What is one turn, and which turns may leave a conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.conversation import Block, Conversation
from headroom.pipeline.hindsight.turns import free_to_leave, has_task, is_said, turns_of
from tests.pipeline.hindsight.laws import read
from tests.pipeline.hindsight.made_up import PICTURE

Json = dict[str, Any]


def conversation(dialect: str, *said: Json, **members: Any) -> Conversation:
    member = "input" if dialect == "openai_responses" else "messages"
    return read(dialect, json.dumps({"model": "m", member: said, **members}).encode())


def free(made: Conversation, *, woven: tuple[int, ...] = (), protected: str = "") -> list[int]:
    def protects(index: int) -> bool:
        call = made.blocks[index].call
        return call is not None and call.name == protected

    turns = free_to_leave(made.blocks, turns_of(made.blocks), woven=woven, protects=protects)
    return [turn.number for turn in turns]


def user(content: Any) -> Json:
    return {"role": "user", "content": content}


def calls(*keys: str, name: str = "Bash") -> Json:
    uses = [{"type": "tool_use", "id": key, "name": name, "input": {}} for key in keys]
    return {"role": "assistant", "content": uses}


def results(*keys: str, content: Any = "fine") -> Json:
    return user([{"type": "tool_result", "tool_use_id": key, "content": content} for key in keys])


THREE = (user("look"), calls("a"), results("a"), calls("b", "c"), results("b", "c"), calls("d"))


def test_a_turn_is_what_the_assistant_says_and_all_that_follows() -> None:
    turns = turns_of(conversation("anthropic", *THREE, results("d")).blocks)

    assert [(turn.number, turn.blocks, turn.messages) for turn in turns] == [
        (1, range(1, 3), range(1, 3)),
        (2, range(3, 7), range(3, 5)),
        (3, range(7, 9), range(5, 7)),
    ]


def test_messages_that_say_nothing_belong_to_the_turn_around_them() -> None:
    empty = results("a", content=[])
    said = conversation("anthropic", user("look"), calls("a"), empty, *THREE[3:], results("d"))

    assert [turn.messages for turn in turns_of(said.blocks)] == [range(1, 5), range(5, 7)]


def test_of_items_each_is_a_message() -> None:
    made = conversation(
        "openai_responses",
        {"type": "message", "role": "user", "content": "look"},
        {"type": "reasoning", "summary": [], "encrypted_content": "x"},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "fine"},
        {"type": "message", "role": "assistant", "content": "done"},
    )

    assert [turn.messages for turn in turns_of(made.blocks)] == [range(1, 4), range(4, 5)]


@pytest.mark.parametrize("said", ["hello", []])
def test_a_history_that_is_no_list_has_no_turns(said: Any) -> None:
    body = json.dumps({"model": "m", "input": said, "previous_response_id": "r"}).encode()

    assert turns_of(read("openai_responses", body).blocks) == ()


def test_all_turns_behind_the_task_may_leave() -> None:
    assert free(conversation("anthropic", *THREE, results("d"))) == [1, 2, 3]


def test_the_first_task_stays_wherever_it_stands() -> None:
    greeting = {"role": "assistant", "content": "Hello!"}

    assert free(conversation("openai_chat", greeting, *THREE[:1], greeting, user("go on"))) == [2]


def test_turns_with_hidden_legs_stay() -> None:
    assert free(conversation("anthropic", *THREE, results("d")), woven=(3,)) == [1, 3]


def test_turns_with_results_that_are_protected_stay() -> None:
    made = conversation(
        "anthropic", user("look"), calls("a", name="Skill"), results("a"), calls("b"), results("b")
    )

    assert free(made, protected="Skill") == [2]


@pytest.mark.parametrize(
    "piece",
    [
        {"type": "image", "source": {"type": "base64", "data": PICTURE}},
        {"type": "tool_reference", "tool_name": "mcp__tickets__get"},
    ],
)
def test_what_cannot_be_kept_as_text_stays(piece: Json) -> None:
    seen = results("a", content=[{"type": "text", "text": "see"}, piece])

    assert free(conversation("anthropic", user("look"), calls("a"), seen, *THREE[3:])) == [2, 3]


def test_what_could_not_be_decoded_stays() -> None:
    said = json.dumps({"model": "m", "messages": [*THREE, results("d", content="BROKEN")]})
    body = said.replace("BROKEN", "a \\ud800 b").encode()

    made = read("anthropic", body)

    assert free(made) == [1, 2]


def test_long_signatures_do_not_keep_a_turn() -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": PICTURE}
    said = {"role": "assistant", "content": [thinking, *calls("a")["content"]]}

    assert free(conversation("anthropic", user("look"), said, results("a"))) == [1]


def test_turns_with_the_providers_own_books_stay_however_long_these_are() -> None:
    compaction = {"type": "compaction", "content": "what was said before " * 300}
    said = {"role": "assistant", "content": [compaction, *calls("a")["content"]]}

    assert free(conversation("anthropic", user("look"), said, results("a"), *THREE[3:])) == [2, 3]


def test_turns_with_words_of_the_system_stay() -> None:
    rule = {"role": "system", "content": "be quick"}

    made = conversation("anthropic", user("look"), calls("a"), results("a"), rule, *THREE[3:])

    assert free(made) == [2, 3]


def test_a_call_that_is_answered_in_another_turn_ties_both() -> None:
    made = conversation(
        "openai_responses",
        {"role": "user", "content": "look"},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "fine"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "fine"},
        {"type": "message", "role": "assistant", "content": "wait"},
        {"type": "function_call_output", "call_id": "b", "output": "late"},
    )

    assert free(made) == [2]


def test_ids_that_come_again_in_each_turn_tie_nothing() -> None:
    made = conversation(
        "anthropic", user("look"), calls("a"), results("a"), calls("a"), results("a")
    )

    assert free(made) == [1, 2]


def test_nothing_leaves_where_items_stand_for_others_that_only_the_provider_has() -> None:
    made = conversation(
        "openai_responses",
        {"role": "user", "content": "look"},
        {"type": "item_reference", "id": "rs_1"},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "fine"},
    )

    assert free(made) == []


def test_a_task_is_what_a_user_says_in_a_message_of_its_own() -> None:
    beside = results("a")
    beside["content"].append({"type": "text", "text": "a reminder"})
    blocks = conversation("anthropic", user("look"), calls("a"), beside, *THREE[3:5]).blocks
    later = conversation("openai_chat", user("look"), {"role": "assistant", "content": "x"}).blocks

    assert [has_task(blocks, turn) for turn in turns_of(blocks)] == [False, False]
    asked = (*later, Block(("messages", 2, "content"), 1, "user", "text", "and now?"))
    assert has_task(asked, turns_of(asked)[0])


def test_what_an_agent_without_tools_observes_is_not_said_by_a_user() -> None:
    observed = Block(("messages", 2, "content"), 1, "user", "text", "3 files", editable=True)

    assert not is_said(observed)
