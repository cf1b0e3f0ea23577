from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.replay.gemini_cli import gemini_cli_sessions, is_gemini_cli
from headroom.replay.session import Session
from tests.replay.examples import LISTING, gemini_body, gemini_cli_lines

CONTEXT = {"text": "<session_context>"}


def _only(lines: list[dict[str, Any]]) -> Session:
    (session,) = gemini_cli_sessions("garden", lines)
    return session


def _asked(session: Session) -> list[list[dict[str, Any]]]:
    return [json.loads(turn.body)["contents"] for turn in session.turns()]


def _user(key: str, text: str) -> dict[str, Any]:
    return {"id": key, "type": "user", "content": [{"text": text}]}


def _model(key: str, text: str) -> dict[str, Any]:
    return {"id": key, "type": "gemini", "content": text, "model": "gemini-2.5-pro"}


def test_messages_become_the_requests_that_were_sent() -> None:
    session = _only(gemini_cli_lines())
    question, called, answered, said = gemini_body()["contents"]

    first, second = _asked(session)

    # What the user says in a row is one; thoughts are not sent, and their signatures not recorded.
    assert first == [{"role": "user", "parts": [CONTEXT, *question["parts"]]}]
    call = called["parts"][1]["functionCall"]
    assert second == [*first, {"role": "model", "parts": [{"functionCall": call}]}, answered]
    assert list(session.turns())[1].reply == (said,)
    assert (session.model, session.reported_tokens) == ("gemini-3.1-pro-preview", 12_000)


def test_tools_are_derived_from_the_calls() -> None:
    (tool,) = _only(gemini_cli_lines()).head["tools"]

    assert tool["functionDeclarations"] == [
        {"name": "look", "parameters": {"type": "OBJECT", "properties": {"command": {}}}}
    ]


@pytest.mark.parametrize("as_text", [True, False])
def test_results_that_stand_with_their_calls_only_are_sent_once(*, as_text: bool) -> None:
    head, _, question, _, _, called, _, said, _ = gemini_cli_lines()
    if as_text:
        called["toolCalls"][0]["result"] = LISTING

    session = _only([{**head, "messages": [question, called, said]}])

    assert _asked(session)[1][2] == gemini_body()["contents"][2]


def test_calls_in_the_content_are_not_made_twice() -> None:
    *before, _, called, answered, said, _ = gemini_cli_lines()
    part = {"functionCall": {"id": "look__call_1", "name": "look", "args": {}}}
    called["content"] = [part]

    (_, second) = _asked(_only([*before, called, answered, said]))

    assert [len(content["parts"]) for content in second] == [2, 1, 1]


def test_bytes_of_a_file_go_on_beside_the_result_that_names_them() -> None:
    lines = gemini_cli_lines()
    audio = {"inlineData": {"mimeType": "audio/mpeg", "data": "SUQz"}}
    lines[6]["content"][0]["functionResponse"]["response"]["__binary_injection__"] = [audio]
    thought = {"text": "Binary content received.", "thought": True}
    lines[7:7] = [
        {"id": "b1", "type": "gemini", "content": [thought]},
        {"id": "b2", "type": "info", "content": [audio]},
    ]

    (_, second) = _asked(_only(lines))

    assert second[2]["parts"] == [*gemini_body()["contents"][2]["parts"], audio]


def test_a_prompt_that_is_taken_back_leaves_with_all_behind_it() -> None:
    lines = [*gemini_cli_lines(), {"$rewindTo": "u2"}, _user("u3", "No."), _model("m3", "Well.")]

    session = _only(lines)

    asked = _asked(session)
    assert (len(asked), len(session.threads)) == (3, 2)
    # The turn that stays was counted before.
    assert asked[2][-1]["parts"][-1] == {"text": "No."}
    assert LISTING not in json.dumps(asked[2])


def test_a_rewind_to_what_is_not_known_takes_everything_back() -> None:
    lines = [*gemini_cli_lines(), {"$rewindTo": "x"}, _user("u3", "Anew."), _model("m3", "Yes.")]

    assert _asked(_only(lines))[2] == [{"role": "user", "parts": [{"text": "Anew."}]}]


def test_a_compaction_begins_the_history_anew() -> None:
    replaced = [_user("z", "In short: carrots."), _model("y", "Got it.")]
    lines = [
        *gemini_cli_lines(),
        {"$set": {"messages": replaced}},
        _user("u3", "And now?"),
        _model("m3", "Sow."),
    ]

    asked = _asked(_only(lines))

    assert len(asked) == 3
    assert [content["role"] for content in asked[2]] == ["user", "model", "user"]
    assert asked[2][0]["parts"] == [{"text": "In short: carrots."}]


def test_a_file_without_an_answer_holds_no_session() -> None:
    assert list(gemini_cli_sessions("garden", gemini_cli_lines()[:4])) == []


def test_odd_lines_are_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {"id": "o1"},
        {"id": "o2", "type": [], "content": 5},
        {"id": "o3", "type": "gemini", "content": None, "toolCalls": 5},
        {"id": "o4", "type": "gemini", "toolCalls": [5, {"id": [], "name": None, "result": 5}]},
        {"id": "o5", "type": "user", "content": [5, "", {"functionResponse": 5}]},
        {"$set": 5},
        {"$set": {"messages": 5}},
        {"$rewindTo": 5},
    ]

    assert len(_asked(_only([*gemini_cli_lines(), *odd]))) >= 2


def test_lines_of_other_files_are_not_ours() -> None:
    assert is_gemini_cli(gemini_cli_lines()[0])
    assert not is_gemini_cli({"sessionId": "s", "type": "user", "message": {}})
    assert not is_gemini_cli({"sessionId": 5, "projectHash": 5})
