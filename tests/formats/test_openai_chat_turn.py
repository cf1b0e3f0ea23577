from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.base import CallMade
from headroom.formats.turns import NOTHING_SAID
from headroom.marker import TOOL
from tests.formats.chat_turns import (
    BASH,
    BODY,
    CAT,
    OTHER_OURS,
    OURS,
    STREAMED,
    Played,
    chunk,
    chunks_in,
    completed,
    entry,
    message_in,
    play,
    play_replies,
    script_reply,
)
from tests.formats.streams import CHAT, WHOLE, plain
from tests.upstream.memory import Memory
from tests.upstream.script import Call, Failure, Script, say

BOTH = pytest.mark.parametrize("body", [STREAMED, BODY], ids=["streamed", "whole"])


def calls_in(told: bytes) -> list[str]:
    """The ids of the calls that the client got."""
    return [call["id"] for call in message_in(told).get("tool_calls") or ()]


def finish_of(told: bytes) -> Any:
    """The last choice's reason to finish, and the last usage, of a reply."""
    reply = completed(told) if told.startswith(b"data:") else msgspec.json.decode(told)
    return reply["choices"][0]["finish_reason"]


def chunks_sent(*deltas: dict[str, Any], reason: str = "tool_calls") -> bytes:
    """A stream of these deltas, written by hand."""
    return plain(*(chunk(delta) for delta in deltas), chunk({}, reason))


# A turn without a call of ours


UNTOUCHED = {
    "words": script_reply(STREAMED, say("Three errors."), Memory()),
    "calls": script_reply(STREAMED, say("Look: ", BASH, CAT), Memory()),
    "cut": script_reply(STREAMED, say("Look: ", BASH), Memory())[:-90],
    "an error": script_reply(STREAMED, say("Ah", cut_after=2, error=Failure(500)), Memory()),
    "by hand": CHAT,
    "comments": b": hello\r\n\r\ndata: {\r\ndata: }\r\n\r\nid: 3\n\ndata: [DONE]\n",
    "no JSON": b'data: {{{\n\ndata: 3\n\ndata: {"choices": [4]}\n\ndata: {"choices": 4}\n\n\xff',
}


@pytest.mark.parametrize("stream", UNTOUCHED.values(), ids=UNTOUCHED.keys())
def test_a_stream_without_a_call_of_ours_is_not_touched(stream: bytes) -> None:
    for size in (1, 7, len(stream)):
        played = play_replies(STREAMED, stream, size=size)

        assert played.told == stream
        assert played.turn.legs == ()


@pytest.mark.parametrize(
    "reply",
    [
        msgspec.json.encode(WHOLE["openai_chat"]),
        b'{"error": {}}',
        b'{"choices": [{"message": null}]}',
        b"<html>",
        b"[]",
        b"",
    ],
)
def test_a_reply_without_a_call_of_ours_is_not_touched(reply: bytes) -> None:
    played = play_replies(BODY, reply)

    assert played.told == reply
    assert played.turn.legs == ()


def test_events_go_on_as_soon_as_they_are_whole() -> None:
    turn = play(STREAMED).turn

    assert turn.feed(b'data: {"choices": []}\n') == b""
    assert turn.feed(b"\nda") == b'data: {"choices": []}\n\n'


# Our call alone


@BOTH
def test_a_turn_with_a_call_of_ours_is_one_reply_of_all_its_legs(body: dict[str, Any]) -> None:
    played = play(body, say("Let me see. ", OURS), say("Three errors."))

    assert message_in(played.told) == {
        "role": "assistant",
        "content": "Let me see. Three errors.",
    }
    assert finish_of(played.told) == "stop"
    assert TOOL.encode() not in played.told


@BOTH
def test_the_provider_is_told_what_it_called_and_what_came_of_it(body: dict[str, Any]) -> None:
    played = play(body, say("Let me see.", OURS, OTHER_OURS), say("Three."))

    asked = msgspec.json.decode(played.sent[1])
    said, *answers = asked.pop("messages")[1:]
    assert asked == {name: value for name, value in body.items() if name != "messages"}
    assert (said["role"], said["content"]) == ("assistant", "Let me see.")
    assert [call["id"] for call in said["tool_calls"]] == ["call_ours", "call_ours_2"]
    assert said["tool_calls"][0] == {
        "id": "call_ours",
        "type": "function",
        "function": {"name": TOOL, "arguments": '{"hash":"0123456789abcdef01234567"}'},
    }
    assert answers == [
        {"role": "tool", "tool_call_id": name, "content": f"original of {name}"}
        for name in ("call_ours", "call_ours_2")
    ]


@BOTH
def test_a_call_without_words_is_told_with_null_as_content(body: dict[str, Any]) -> None:
    played = play(body, say(OURS), say("Three."))

    assert msgspec.json.decode(played.sent[1])["messages"][1]["content"] is None


@BOTH
def test_the_calls_are_given_with_their_arguments(body: dict[str, Any]) -> None:
    turn = play(body, say(OURS)).turn

    assert turn.calls == (CallMade("call_ours", TOOL, '{"hash":"0123456789abcdef01234567"}'),)
    assert turn.goes_on


@BOTH
def test_several_rounds_run_on(body: dict[str, Any]) -> None:
    played = play(body, say("One. ", OURS), say("Two. ", OTHER_OURS), say("Three.", BASH))

    assert message_in(played.told)["content"] == "One. Two. Three."
    assert calls_in(played.told) == ["call_bash"]
    assert finish_of(played.told) == "tool_calls"
    assert len(played.turn.legs) == 3
    assert len(msgspec.json.decode(played.sent[2])["messages"]) == 5


SCRIPTS = {
    "ours": (say("Löok: ", OURS, piece=3), say("Dönè.", BASH)),
    "ours and theirs": (say("Löok: ", OURS, BASH),),
    "nothing said": (say(OURS), say("")),
}


@pytest.mark.parametrize("scripts", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_chunking_at_every_byte_gives_the_same_stream(scripts: tuple[Script, ...]) -> None:
    told = play(STREAMED, *scripts).told

    for size in (1, 2, 5, 64):
        assert play(STREAMED, *scripts, size=size).told == told


def test_all_before_the_call_goes_on_byte_for_byte() -> None:
    stream = script_reply(STREAMED, say("Let me see.", OURS), Memory())
    turn = play(STREAMED).turn
    before = stream[: stream.index(b'"tool_calls":[')]
    before = before[: before.rindex(b"data: ")]

    told = turn.feed(stream) + turn.end_leg()

    assert told == before


def test_the_chunks_of_a_later_leg_are_of_the_first_legs_reply() -> None:
    first = plain(chunk({"role": "assistant", "tool_calls": [entry(0, OURS)]}, "tool_calls"))
    later = plain(
        chunk({"role": "assistant", "content": "", "refusal": None}, id="c2", created=8),
        chunk({"content": "Hm."}, id="c2", created=8, model="m2"),
        chunk({}, "stop", id="c2", created=8),
    )

    played = play_replies(STREAMED, first, later)

    assert played.told == plain(
        chunk({"role": "assistant"}),
        chunk({"content": "Hm."}, model="m2"),
        chunk({}, "stop"),
    )
    assert (played.turn.reply_id, played.turn.last_id) == ("c1", "c2")


def test_an_opening_that_says_something_loses_its_role_alone() -> None:
    first = chunks_sent({"role": "assistant"}, {"tool_calls": [entry(0, OURS)]})
    later = chunks_sent({"role": "assistant", "content": "Hm."}, reason="stop")

    told = play_replies(STREAMED, first, later).told

    assert [c["choices"][0]["delta"] for c in chunks_in(told)] == [
        {"role": "assistant"},
        {"content": "Hm."},
        {},
    ]


def test_comments_and_errors_of_a_later_leg_go_on() -> None:
    first = chunks_sent({"role": "assistant"}, {"tool_calls": [entry(0, OURS)]})
    later = b': still here\n\ndata: {"error": {"message": "oh"}}\n\n'

    told = play_replies(STREAMED, first, later).told

    assert told.endswith(later)


def test_a_whole_reply_has_the_id_of_its_last_leg() -> None:
    played = play(BODY, say("One", OURS), say("Two"))

    reply = msgspec.json.decode(played.told)
    assert reply["id"] == played.turn.reply_id == played.turn.last_id
    assert "tool_calls" not in reply["choices"][0]["message"]


# Ours beside the client's


@BOTH
@pytest.mark.parametrize("calls", [(OURS, BASH, CAT), (BASH, OURS, CAT), (BASH, CAT, OURS)])
def test_the_clients_calls_are_passed_on_without_ours(
    body: dict[str, Any], calls: tuple[Call, ...]
) -> None:
    played = play(body, say("Look: ", *calls))

    assert not played.turn.goes_on
    assert [call.id for call in played.turn.calls] == ["call_ours"]
    assert calls_in(played.told) == ["call_bash", "call_cat"]
    assert finish_of(played.told) == "tool_calls"
    [leg] = played.turn.legs
    assert leg.hidden == (calls.index(OURS),)
    assert "original of call_ours" in leg.answers[0]


def test_calls_behind_ours_are_numbered_without_a_gap() -> None:
    told = play(STREAMED, say(BASH, OURS, CAT, OTHER_OURS)).told

    deltas = [c["choices"][0]["delta"] for c in chunks_in(told) if c["choices"]]
    assert {e["index"] for delta in deltas for e in delta.get("tool_calls", ())} == {0, 1}


def test_a_chunk_with_pieces_of_several_calls_loses_ours_alone() -> None:
    odd = {**entry(2, CAT), "index": "2"}
    stream = chunks_sent(
        {"role": "assistant"},
        {"tool_calls": [entry(0, OURS), entry(1, BASH), 7, odd], "content": "Look."},
    )

    told = play_replies(STREAMED, stream).told

    assert chunks_in(told)[1] == chunk({"tool_calls": [entry(0, BASH), 7, odd], "content": "Look."})


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    stream = chunks_sent(
        {"tool_calls": [entry(None, BASH)]},
        {"tool_calls": [entry(None, OURS)]},
        {"tool_calls": [entry(None, CAT)]},
    )

    played = play_replies(STREAMED, stream)

    assert played.told == chunks_sent(
        {"tool_calls": [entry(None, BASH)]}, {"tool_calls": [entry(None, CAT)]}
    )
    assert played.turn.legs[0].hidden == (1,)


def test_calls_that_all_have_index_0_are_told_apart_by_their_ids() -> None:
    stream = chunks_sent({"tool_calls": [entry(0, OURS)]}, {"tool_calls": [entry(0, BASH)]})

    played = play_replies(STREAMED, stream)

    assert played.told == chunks_sent({"tool_calls": [entry(0, BASH)]})
    assert [call.id for call in played.turn.calls] == ["call_ours"]


def test_pieces_that_repeat_the_id_are_of_one_call() -> None:
    piece = {**entry(0, "}"), "id": "call_ours", "type": "function"}
    opening = {**entry(0, "{"), "id": "call_ours", "type": "function"}
    opening["function"]["name"] = TOOL

    played = play_replies(STREAMED, chunks_sent({"tool_calls": [opening]}, {"tool_calls": [piece]}))

    assert played.turn.calls == (CallMade("call_ours", TOOL, "{}"),)


# How a turn ends


def usage_of(played: Played) -> Any:
    told = played.told
    return chunks_in(told)[-1]["usage"] if b"[DONE]" in told else msgspec.json.decode(told)["usage"]


@BOTH
def test_the_usage_counts_what_all_legs_wrote_and_the_last_prompt(body: dict[str, Any]) -> None:
    memory = Memory()
    scripts = (say("Let me see.", OURS), say("Three."))
    alone = [play_replies(body, script_reply(body, each, memory)) for each in scripts]
    first, last = usage_of(alone[0]), usage_of(alone[1])

    usage = usage_of(play(body, *scripts))

    written = first["completion_tokens"] + last["completion_tokens"]
    assert usage["completion_tokens"] == written
    assert usage["prompt_tokens"] == last["prompt_tokens"]
    assert usage["total_tokens"] == last["prompt_tokens"] + written


def test_without_usage_in_the_stream_none_is_told() -> None:
    body = {**BODY, "stream": True}

    told = play(body, say("See.", OURS), say("Three.")).told

    assert b"usage" not in told
    assert told.endswith(b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')


def test_the_stream_ends_once() -> None:
    told = play(STREAMED, say(OURS), say(OTHER_OURS), say("Three.")).told

    assert told.count(b"[DONE]") == 1
    assert told.count(b'"finish_reason":"') == 1
    assert told.count(b'"completion_tokens"') == 1


def test_usage_in_the_last_chunk_and_in_every_chunk_counts_all_legs() -> None:
    def used(tokens: int) -> dict[str, Any]:
        return {"prompt_tokens": 5, "completion_tokens": tokens}

    first = plain(
        chunk({"tool_calls": [entry(0, OURS)]}, usage=used(9)),
        chunk({}, "tool_calls", usage=used(10)),
        chunk({}, usage=None),
    )
    later = plain(chunk({"content": "Hm."}, usage=used(1)), chunk({}, "stop", usage=used(2)))

    told = play_replies(STREAMED, first, later).told

    assert [c["usage"] for c in chunks_in(told)] == [used(9), used(11), used(12)]


def test_usage_waits_wherever_it_stands_at_the_end() -> None:
    call, words = chunk({"tool_calls": [entry(0, OURS)]}), chunk({"content": "Hm."})
    end, used = chunk({}, "stop"), {"completion_tokens": 3}
    alone, beside = {**end, "choices": [], "usage": used}, chunk({}, usage=used)

    for ending in ([alone, end], [end, alone], [end, beside]):
        told = play_replies(STREAMED, plain(call, *ending), plain(words, *ending)).told

        total = {"usage": {"completion_tokens": 6}}
        counted = [{**each, **total} if "usage" in each else each for each in ending]
        assert told == plain(words, *counted)


@pytest.mark.parametrize("reason", ["tool_calls", "stop"])
def test_all_in_one_chunk_is_told_before_the_end_is_held_back(reason: str) -> None:
    delta = {"role": "assistant", "content": "See.", "tool_calls": [entry(0, OURS)]}
    used = {"completion_tokens": 3}

    played = play_replies(
        STREAMED,
        plain(chunk(delta, reason, usage=used)),
        plain(chunk({"role": "assistant", "content": " Three."}, "stop", usage=used)),
    )

    assert played.told == plain(
        chunk({"role": "assistant", "content": "See."}, usage=None),
        chunk({"content": " Three."}, usage=None),
        chunk({}, "stop", usage={"completion_tokens": 6}),
    )


def test_probabilities_are_told_once() -> None:
    delta = {"content": "See.", "tool_calls": [entry(0, OURS)]}
    value = chunk(delta, "stop")
    value["choices"][0]["logprobs"] = {"content": [1]}

    told = play_replies(STREAMED, plain(value)).told

    assert [c["choices"][0]["logprobs"] for c in chunks_in(told)] == [{"content": [1]}, None]


@pytest.mark.parametrize("end", [b"\n\ndata: [DONE]\n\n", b"\n\n", b"\n"])
def test_a_last_event_without_its_blank_line_is_an_event(end: bytes) -> None:
    opening = plain(chunk({"role": "assistant"})).removesuffix(b"data: [DONE]\n\n")
    first = opening + plain(chunk({"tool_calls": [entry(0, OURS)]}, "stop"))
    later = plain(chunk({"content": "Hm."}), chunk({}, "stop"))

    played = play_replies(STREAMED, first.removesuffix(end), later[:-1])

    assert played.told.rstrip() == (opening + later).rstrip()


@BOTH
@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_call_that_was_cut_is_taken_out_and_the_reason_passed_on(
    body: dict[str, Any], reason: str
) -> None:
    played = play(body, say("Look: ", OURS, stop=reason))

    assert (played.turn.calls, played.turn.goes_on, played.turn.legs) == ((), False, ())
    assert message_in(played.told) == {"role": "assistant", "content": "Look: "}
    assert finish_of(played.told) == reason


@BOTH
def test_a_call_that_nobody_answers_is_taken_out(body: dict[str, Any]) -> None:
    played = play(body, say("Look: ", OURS))

    assert message_in(played.told) == {"role": "assistant", "content": "Look: "}
    assert finish_of(played.told) == "stop"
    assert played.turn.legs == ()


@pytest.mark.parametrize("arguments", ['{"hash": "01', "nothing", "[]"])
def test_a_call_whose_arguments_cannot_be_read_is_taken_out(arguments: str) -> None:
    function = {"name": TOOL, "arguments": arguments}
    calls = [{"index": 0, "id": "c", "function": function}]

    played = play_replies(STREAMED, chunks_sent({"content": "Look: "}, {"tool_calls": calls}))

    assert played.turn.calls == ()
    assert played.told == chunks_sent({"content": "Look: "}, reason="stop")


def test_a_call_without_arguments_is_a_call() -> None:
    calls = [{"index": 0, "id": "c", "function": {"name": TOOL, "arguments": ""}}]

    turn = play_replies(STREAMED, chunks_sent({"tool_calls": calls})).turn

    assert turn.calls == (CallMade("c", TOOL, "{}"),)


def test_a_stream_that_breaks_off_in_our_call_shows_nothing_of_it() -> None:
    stream = script_reply(STREAMED, say("Look: ", OURS), Memory())
    begun = stream.index(b"\n\n", stream.index(b'"tool_calls":[')) + 2

    for length in range(begun, stream.index(b'"finish_reason":"'), 41):
        played = play_replies(STREAMED, stream[:length])

        assert played.turn.calls == ()
        assert TOOL.encode() not in played.told


@BOTH
@pytest.mark.parametrize("scripts", [(say(OURS), say("")), (say(OURS),), (say("\n", OURS),)])
def test_a_turn_that_said_nothing_says_so(
    body: dict[str, Any], scripts: tuple[Script, ...]
) -> None:
    played = play(body, *scripts)

    assert message_in(played.told)["content"].strip() == NOTHING_SAID
    assert finish_of(played.told) == "stop"


def test_what_says_so_is_a_chunk_of_the_same_reply() -> None:
    told = play(STREAMED, say(OURS), say("")).told

    opening, note, *ending = chunks_in(told)
    assert {**note, "choices": opening["choices"]} == opening
    assert note["choices"][0]["delta"] == {"content": NOTHING_SAID}
    assert note["choices"][0]["finish_reason"] is None
    assert [bool(c["choices"]) for c in ending] == [True, False]


@BOTH
def test_a_turn_that_calls_the_client_need_not_say_anything(body: dict[str, Any]) -> None:
    played = play(body, say(OURS), say(BASH))

    assert message_in(played.told)["content"] is None


# What is kept and what comes back


@BOTH
@pytest.mark.parametrize(
    "scripts",
    [
        (say("One. ", OURS), say("Two.", BASH)),
        (say("Look: ", BASH, OURS, CAT),),
        (say(OURS), say("")),
        (say(OURS), say("Two.")),
    ],
)
def test_the_echo_is_what_a_client_keeps_of_the_reply(
    body: dict[str, Any], scripts: tuple[Script, ...]
) -> None:
    played = play(body, *scripts)

    assert msgspec.json.decode(played.turn.echoed()) == {"messages": [message_in(played.told)]}


def test_reasoning_of_all_legs_is_in_the_reply_and_in_its_echo() -> None:
    def reply(reason: str, **message: Any) -> bytes:
        whole = {"role": "assistant", "content": None, "reasoning_content": None, **message}
        return msgspec.json.encode({"choices": [{"message": whole, "finish_reason": reason}]})

    call = {"id": "c", "function": {"name": TOOL, "arguments": {"hash": "0"}}}
    first = reply("tool_calls", reasoning_content="Hm, ", reasoning="a", tool_calls=[call])
    last = reply("stop", content="Three.", reasoning_content="yes.")

    played = play_replies(BODY, first, last)

    whole = {"role": "assistant", "content": "Three.", "reasoning_content": "Hm, yes."}
    told = msgspec.json.decode(played.told)["choices"][0]["message"]
    assert told == {**whole, "reasoning": "a"}
    assert msgspec.json.decode(played.turn.echoed()) == {"messages": [told]}


def test_a_later_leg_that_is_an_error_is_passed_on_as_it_came() -> None:
    first = script_reply(BODY, say("Look.", OURS), Memory())
    error = b'{"error": {"message": "oh"}}'

    played = play_replies(BODY, first, error)

    assert played.told == error
    assert not played.turn.goes_on
    assert len(played.turn.legs) == 1


def test_nothing_is_called_while_the_next_leg_comes() -> None:
    turn = play(STREAMED, say(OURS)).turn

    turn.ask(msgspec.json.encode(STREAMED))

    assert turn.calls == ()
    assert not turn.goes_on


def test_chunks_of_the_leg_with_our_call_keep_their_heads() -> None:
    call, words = chunk({"tool_calls": [entry(0, OURS)]}), chunk({"content": "Hm."}, created=8)

    told = play_replies(STREAMED, plain(call, words, chunk({}, "stop"))).told

    assert told == plain(words, chunk({}, "stop"))


def test_large_chunks_behind_our_call_are_taken_apart() -> None:
    call = Call("bash", {"command": "x" * 1_200_000}, id="call_bash")
    first = chunks_sent({"tool_calls": [entry(0, OURS)]}, {"tool_calls": [entry(1, call)]})

    told = play_replies(STREAMED, first, size=100_000).told

    assert told == chunks_sent({"tool_calls": [entry(0, call)]})


def test_large_chunks_of_a_later_leg_are_taken_apart() -> None:
    words = chunk({"content": "Hm. " * 300_000}, id="c2")
    first = plain(chunk({"tool_calls": [entry(0, OURS)]}, "tool_calls"))

    told = play_replies(STREAMED, first, plain(words, chunk({}, "stop")), size=100_000).told

    assert told == plain({**words, "id": "c1"}, chunk({}, "stop"))


def test_what_a_leg_leaves_unfinished_does_not_hold_up_the_next() -> None:
    first = chunks_sent({"tool_calls": [entry(0, OURS)]}) + b": " + b"-" * 2_000
    turn = play_replies(STREAMED, first).turn
    turn.answer({"call_ours": "original"})
    turn.ask(msgspec.json.encode(STREAMED))

    told = turn.feed(plain(chunk({"content": "Hm."})))

    assert plain(chunk({"content": "Hm."})).startswith(told)
    assert told


def test_an_id_that_comes_late_is_of_the_same_call() -> None:
    pieces = ({"function": {"name": TOOL}}, {"id": "c", "function": {"arguments": "{}"}})

    stream = chunks_sent(*({"tool_calls": [{"index": 0, **piece}]} for piece in pieces))

    assert play_replies(STREAMED, stream).turn.calls == (CallMade("c", TOOL, "{}"),)


def test_no_call_is_answered_when_one_of_them_was_cut() -> None:
    cut = {**entry(1, '{"hash'), "id": "d"}
    cut["function"]["name"] = TOOL

    turn = play_replies(STREAMED, chunks_sent({"tool_calls": [entry(0, OURS), cut]})).turn

    assert (turn.calls, turn.legs) == ((), ())


def test_a_chunk_whose_names_stand_twice_stays_as_it_came() -> None:
    first = chunks_sent({"role": "assistant"}, {"tool_calls": [entry(0, OURS)]})
    odd = b'data: {"id": "c2", "id": "c3", "choices": [{"delta": {"content": "Hm."}}]}\n\n'

    told = play_replies(STREAMED, first, odd).told

    assert told.endswith(odd)
