from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.formats.turns import NOTHING_SAID
from headroom.marker import TOOL
from tests.formats.gemini_turns import (
    BASH,
    CAT,
    OTHER_OURS,
    OURS,
    STREAM,
    WHOLE,
    calls_in,
    chunks_in,
    objects_in,
    parts_in,
    play,
    play_replies,
    reply_to,
    text_in,
    usage_in,
)
from tests.formats.streams import gemini_chunk, gemini_stream
from tests.support.at_length import at_length
from tests.upstream.memory import Memory
from tests.upstream.script import Script, Think, say

either = pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])


@given(
    chunks=st.lists(
        st.sampled_from(
            [
                gemini_chunk({"text": "Löok"}),
                gemini_chunk({"functionCall": {"name": "bash", "args": {}}}, reason="STOP"),
                gemini_chunk({"text": "", "thoughtSignature": "s"}, usageMetadata={}),
                {"promptFeedback": {"blockReason": "SAFETY"}},
                {"candidates": [{"content": None}]},
                {"candidates": "odd"},
                {"error": {"code": 503, "message": "Overloaded."}},
            ]
        ),
        max_size=5,
    ),
    size=st.integers(1, 40),
)
@settings(max_examples=at_length(100), deadline=None)
def test_a_stream_without_a_call_of_ours_is_not_touched(
    chunks: list[dict[str, Any]], size: int
) -> None:
    stream = gemini_stream(*chunks) + b"data: rest"

    assert play_replies(stream, streaming=True, size=size).told == stream


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{ "candidates" : [ ] }', b"not JSON"])
def test_a_reply_without_a_call_of_ours_is_not_touched(reply: bytes) -> None:
    assert play_replies(reply, streaming=False).told == reply


def test_a_later_leg_whose_prompt_is_blocked_has_come_to_its_end() -> None:
    begun = reply_to(STREAM, say("Let me see. ", OURS), Memory())
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}}
    played = play_replies(begun, gemini_stream(blocked), streaming=True)

    assert not played.turn.is_cut
    assert TOOL.encode() not in played.told
    told = chunks_in(played.told)
    assert told[-1]["promptFeedback"] == {"blockReason": "SAFETY"}
    assert "candidates" not in told[-1]


@either
def test_a_turn_with_a_call_of_ours_is_one_reply_of_all_its_legs(streaming: bool) -> None:
    played = play(say("Let me see. ", OURS), say("There are two."), streaming=streaming)

    assert text_in(played.told) == "Let me see. There are two."
    assert TOOL.encode() not in played.told
    assert len({each["responseId"] for each in objects_in(played.told)}) == 1
    ends = [each["candidates"][0].get("finishReason") for each in objects_in(played.told)]
    assert [reason for reason in ends if reason] == ["STOP"]
    assert ends[-1] == "STOP"


@either
def test_the_provider_is_told_what_it_called_and_what_came_of_it(streaming: bool) -> None:
    played = play(
        say(Think("Hm."), "Let me see. ", OURS, OTHER_OURS), say("Two."), streaming=streaming
    )

    asked, answered = msgspec.json.decode(played.sent[1])["contents"][1:]
    assert asked["role"] == "model"
    thought, said, *calls = asked["parts"]
    assert thought == {"text": "Hm.", "thought": True}
    assert said == {"text": "Let me see. "}
    assert [call["functionCall"]["id"] for call in calls] == [OURS.id, OTHER_OURS.id]
    assert all(call["thoughtSignature"] for call in calls)
    assert answered == {
        "role": "user",
        "parts": [
            {
                "functionResponse": {
                    "id": each.id,
                    "name": TOOL,
                    "response": {"output": f"original of {each.id}"},
                }
            }
            for each in (OURS, OTHER_OURS)
        ],
    }


@either
def test_a_call_without_an_id_is_answered_without_one(streaming: bool) -> None:
    called = {"functionCall": {"name": TOOL, "args": {"hash": "a"}}}
    first = gemini_chunk(called, called, reason="STOP")
    last = gemini_chunk({"text": "Two."}, reason="STOP")
    replies = [gemini_stream(each) for each in (first, last)]
    if not streaming:
        replies = [msgspec.json.encode(each) for each in (first, last)]

    played = play_replies(*replies, streaming=streaming)

    answers = msgspec.json.decode(played.sent[1])["contents"][-1]["parts"]
    assert [each["functionResponse"] for each in answers] == [
        {"name": TOOL, "response": {"output": f"original of call {n}"}} for n in (0, 1)
    ]


@either
def test_the_clients_calls_are_passed_on_without_ours(streaming: bool) -> None:
    played = play(say("Look. ", OURS, BASH, OTHER_OURS, CAT), streaming=streaming)

    assert not played.turn.goes_on
    assert calls_in(played.told) == [BASH.id, CAT.id]
    assert text_in(played.told) == "Look. "
    assert len(played.turn.legs) == 1


@either
def test_several_rounds_run_on(streaming: bool) -> None:
    played = play(say("a ", OURS), say("b ", OTHER_OURS), say("c", BASH), streaming=streaming)

    assert text_in(played.told) == "a b c"
    assert calls_in(played.told) == [BASH.id]
    assert len(played.turn.legs) == 3


@pytest.mark.parametrize(
    "scripts",
    [(say("a ", OURS), say("b", BASH)), (say(OURS, BASH),), (say(OURS), say("c"))],
    ids=["two legs", "both", "silent"],
)
def test_chunking_at_every_byte_gives_the_same_stream(scripts: tuple[Script, ...]) -> None:
    at_once = play(*scripts, streaming=True).told

    assert all(play(*scripts, streaming=True, size=n).told == at_once for n in (1, 2, 7))


@either
def test_the_usage_counts_what_all_legs_wrote_and_the_last_prompt(streaming: bool) -> None:
    memory = Memory()
    target = STREAM if streaming else WHOLE
    replies = [reply_to(target, each, memory) for each in (say("Let me. ", OURS), say("Two."))]
    alone = [usage_in(each) for each in replies]

    told = usage_in(play_replies(*replies, streaming=streaming).told)

    written = sum(each["candidatesTokenCount"] for each in alone)
    assert told["promptTokenCount"] == alone[1]["promptTokenCount"]
    assert told["candidatesTokenCount"] == written
    assert told["totalTokenCount"] == alone[1]["promptTokenCount"] + written


def test_thoughts_of_an_earlier_leg_are_counted_where_the_last_tells_of_none() -> None:
    used = {"candidatesTokenCount": 3, "thoughtsTokenCount": 5, "totalTokenCount": 10}
    ours = {"functionCall": {"name": TOOL, "args": {}}}
    first = gemini_chunk(ours, reason="STOP", usageMetadata=used)
    last = gemini_chunk(
        {"text": "x"},
        reason="STOP",
        usageMetadata={"candidatesTokenCount": 1, "totalTokenCount": 7},
    )

    told = play_replies(gemini_stream(first), gemini_stream(last), streaming=True).told

    assert usage_in(told) == {
        "candidatesTokenCount": 4,
        "thoughtsTokenCount": 5,
        "totalTokenCount": 15,
    }


@either
@pytest.mark.parametrize("stop", ["MAX_TOKENS", "MALFORMED_FUNCTION_CALL"])
def test_a_call_of_a_reply_that_was_cut_is_taken_out(stop: str, streaming: bool) -> None:
    played = play(say("Let me see. ", OURS, stop=stop), streaming=streaming)

    assert played.turn.calls == ()
    assert text_in(played.told) == "Let me see. "
    assert objects_in(played.told)[-1]["candidates"][0]["finishReason"] == stop


@either
@pytest.mark.parametrize("before", [(OURS,), (Think("Hm."), OURS)], ids=["call", "thought"])
def test_a_turn_that_said_nothing_says_so(before: Any, streaming: bool) -> None:
    played = play(say(*before), say(""), streaming=streaming)

    assert text_in(played.told) == NOTHING_SAID
    echo = msgspec.json.decode(played.turn.echoed())["contents"][0]["parts"]
    assert [part["text"] for part in echo if not part.get("thought")] == [NOTHING_SAID]


def test_a_stream_that_breaks_off_in_our_call_is_cut() -> None:
    stream = reply_to(STREAM, say("Let me see. ", OURS, cut_after=2), Memory())
    last = gemini_stream(gemini_chunk({"text": "Tw"}))

    assert play_replies(reply_to(STREAM, say(OURS), Memory()), last, streaming=True).turn.is_cut
    assert TOOL.encode() not in play_replies(stream, streaming=True).told


def test_an_error_of_a_later_leg_is_passed_on_as_it_came() -> None:
    error = b'data: {"error": {"code": 503, "message": "Overloaded."}}\r\n\r\n'
    first = reply_to(STREAM, say("Let me see. ", OURS), Memory())

    played = play_replies(first, error, streaming=True)

    assert played.told.endswith(error)
    assert not played.turn.is_cut


def test_what_a_chunk_says_beside_our_call_goes_on_at_once() -> None:
    ours = {"functionCall": {"name": TOOL, "args": {}}}
    chunk = gemini_chunk({"text": "Look. "}, ours, reason="STOP")
    played = play_replies(gemini_stream(chunk), gemini_stream(chunk), streaming=True)

    first, *_ = chunks_in(played.told)
    assert first["candidates"][0]["content"]["parts"] == [{"text": "Look. "}]
    assert "finishReason" not in first["candidates"][0]
    assert text_in(played.told) == "Look. Look. "


@either
def test_the_echo_is_what_a_client_keeps_of_the_reply(streaming: bool) -> None:
    played = play(say("Let me see. ", OURS), say("Two. ", BASH, CAT), streaming=streaming)

    echo = msgspec.json.decode(played.turn.echoed())["contents"][0]["parts"]

    assert "".join(part.get("text", "") for part in echo) == text_in(played.told)
    calls = [part for part in echo if "functionCall" in part]
    assert calls == [part for part in parts_in(played.told) if "functionCall" in part]


def test_a_chunk_whose_names_stand_twice_stays_as_it_came() -> None:
    odd = b'data: {"candidates":[{"index":0,"index":1,"content":{"parts":[{"text":"x"}]}}]}\r\n\r\n'
    first = reply_to(STREAM, say(OURS), Memory())
    last = gemini_stream(gemini_chunk({"text": "end"}, reason="STOP"))

    assert odd in play_replies(first, odd + last, streaming=True).told
