from __future__ import annotations

import json
from typing import Any

from headroom.replay.claude_code import claude_code_sessions, is_claude_code
from tests.replay.examples import claude_code_lines


def _only(lines: list[dict[str, Any]]) -> Any:
    (session,) = claude_code_sessions("garden", lines)
    return session


def _prompt(uuid: str, parent: str | None, text: str) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    return {"type": "user", "uuid": uuid, "parentUuid": parent, "message": message}


def _reply(uuid: str, parent: str, text: str, **more: Any) -> dict[str, Any]:
    message = {
        "id": f"m-{uuid}",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [{"type": "text", "text": text}],
    }
    return {"type": "assistant", "uuid": uuid, "parentUuid": parent, "message": message, **more}


def _texts(body: bytes) -> list[str]:
    messages = json.loads(body)["messages"]
    return [block["text"] for message in messages for block in message["content"]]


def test_lines_of_one_message_are_one_turn_and_its_results_stand_together() -> None:
    session = _only(claude_code_lines())

    first, second = session.turns()

    assert [block["type"] for block in first.reply[0]["content"]] == [
        "text",
        "tool_use",
        "tool_use",
    ]
    results = json.loads(second.body)["messages"][-1]["content"]
    assert [block["tool_use_id"] for block in results] == ["toolu_1", "toolu_2"]


def test_the_providers_count_of_the_first_prompt_is_kept() -> None:
    assert _only(claude_code_lines()).reported_tokens == 9_004


def test_tools_are_derived_from_the_calls_and_the_same_on_every_turn() -> None:
    tools = [json.loads(turn.body)["tools"] for turn in _only(claude_code_lines()).turns()]

    assert [tool["name"] for tool in tools[0]] == ["Glob", "Read"]
    assert tools[0] == tools[1]


def test_an_edited_prompt_takes_back_what_came_after_it() -> None:
    lines = [
        _prompt("u1", None, "Plant carrots."),
        _reply("a1", "u1", "Done."),
        _prompt("u2", "a1", "Now water them."),
        _reply("a2", "u2", "Watered."),
        _prompt("u3", "a1", "Now weed."),
        _reply("a3", "u3", "Weeded."),
    ]

    bodies = [_texts(turn.body) for turn in _only(lines).turns()]

    assert bodies == [
        ["Plant carrots."],
        ["Plant carrots.", "Done.", "Now water them."],
        ["Plant carrots.", "Done.", "Now weed."],
    ]


def test_a_compaction_begins_the_history_anew() -> None:
    lines = [
        _prompt("u1", None, "Plant carrots."),
        _reply("a1", "u1", "Done."),
        {"type": "system", "subtype": "compact_boundary", "uuid": "b", "parentUuid": None},
        _prompt("u2", "b", "So far: carrots were planted."),
        _reply("a2", "u2", "I go on."),
    ]

    bodies = [_texts(turn.body) for turn in _only(lines).turns()]

    assert bodies == [["Plant carrots."], ["So far: carrots were planted."]]


def test_a_subagent_has_a_session_of_its_own() -> None:
    side = {"isSidechain": True}
    lines = [
        _prompt("u1", None, "Plant carrots."),
        {**_prompt("s1", None, "Find the spade."), **side},
        _reply("s2", "s1", "Found.", **side),
        _reply("a1", "u1", "Done."),
    ]

    main, subagent = claude_code_sessions("garden", lines)

    assert _texts(next(main.turns()).body) == ["Plant carrots."]
    assert _texts(next(subagent.turns()).body) == ["Find the spade."]
    assert subagent.name == "garden (subagent 1)"


def test_what_no_model_said_is_no_turn() -> None:
    synthetic = _reply("a1", "u1", "API Error")
    synthetic["message"]["model"] = "<synthetic>"

    assert list(claude_code_sessions("garden", [_prompt("u1", None, "Hello"), synthetic])) == []


def test_odd_lines_are_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"type": "user"},
        {"type": "assistant", "message": {"content": "text"}},
        {"type": "user", "message": {"content": 5}},
        {"type": "something new", "uuid": 7},
    ]

    assert _only([*odd, *claude_code_lines()]).turn_count == 2
    assert not is_claude_code(odd[0])
