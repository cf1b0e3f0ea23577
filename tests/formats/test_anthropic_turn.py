from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.anthropic_turn import AnthropicStreamedTurn, AnthropicWholeTurn
from headroom.formats.base import CallMade
from headroom.formats.turns import NOTHING_SAID
from headroom.marker import TOOL
from tests.formats.anthropic_turns import (
    ASKS,
    TURNS,
    call_block,
    events_in,
    every_turn,
    fed,
    message_in,
    ours,
    play,
    said_by,
    stream_of,
    streaming_or_not,
    text_block,
    theirs,
)
from tests.formats.streams import ANTHROPIC, WHOLE, anthropic_block, named
from tests.upstream import Call, Failure, Script, Think
from tests.upstream.memory import Memory
from tests.upstream.script import say

OURS_ALONE = stream_of(call_block(0), used={"output_tokens": 5})
DONE = stream_of(text_block(0, "Done."), reason="end_turn", name="msg_2", used={"output_tokens": 3})


def kinds(content: list[dict[str, Any]]) -> list[str]:
    return [block.get("name") or block["type"] for block in content]


def streamed(stream: bytes) -> bytes:
    """What the client gets of a turn of this one leg."""
    turn = AnthropicStreamedTurn()
    return fed(turn, stream) + turn.finish()


# A turn without a call of ours


PING = b'event: ping\ndata: {"type": "ping"}\n\n'

UNTOUCHED = {
    "words": said_by(Memory(), say("Three errors."), msgspec.json.encode(ASKS)),
    "calls": said_by(Memory(), say(Think("Hm."), theirs(), theirs()), msgspec.json.encode(ASKS)),
    "by hand": ANTHROPIC,
    "CRLF": ANTHROPIC.replace(b"\n", b"\r\n"),
    "CR": ANTHROPIC.replace(b"\n", b"\r"),
    "comments": b": hello\n\n" + ANTHROPIC.replace(b"\n\n", b"\n\n: still here\n\n"),
    "pings": ANTHROPIC.replace(b"event: content", PING + b"event: content"),
    "an error": ANTHROPIC[:400] + b'event: error\ndata: {"type":"error","error":{}}\n\n',
    "cut": ANTHROPIC[:-60],
    "unknown events": named({"type": "new_thing", "index": 7, "x": [1]}) + ANTHROPIC,
    "unknown deltas": stream_of(
        anthropic_block(0, {"type": "new"}, {"type": "new_delta", "more": {"a": 1}}),
        anthropic_block(1, {"type": "text", "text": ""}, {"type": "new_delta", "more": "a"}, {}),
        reason="end_turn",
    ),
    "odd shapes": b"".join(
        b"data: %s\n\n" % data
        for data in (
            b"{{{", b"3", b"[]", b'{"type":3}', b'{"type":"message_start"}',
            b'{"type":"content_block_start","index":"0"}',
            b'{"type":"content_block_start","index":0}',
            b'{"type":"content_block_delta","index":0}',
            b'{"type":"content_block_delta","index":0,"delta":{"type":["x"]}}',
            b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":4}}',
            b'{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta"}}',
            b'{"type":"content_block_delta","index":9,"delta":{}}',
            b'{"type":"content_block_stop","index":0}',
            b'{"type":"message_delta","delta":3,"usage":null}', b"\xff",
        )
    ),
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("stream", UNTOUCHED.values(), ids=UNTOUCHED)
def test_a_stream_without_a_call_of_ours_is_not_touched(stream: bytes) -> None:
    for size in (1, 7, 0):
        turn = AnthropicStreamedTurn()

        told = fed(turn, stream, chunk=size) + turn.finish()

        assert told == stream
        assert (turn.legs, turn.calls, turn.goes_on) == ((), (), False)


@pytest.mark.parametrize(
    "body",
    [
        msgspec.json.encode(WHOLE["anthropic"]),
        b'{"type": "error", "error": {}}',
        b'{"content": null}',
        b'{"content": [3, null]}',
        b"<html>",
        b"[]",
        b"",
    ],
)
def test_a_reply_without_a_call_of_ours_is_not_touched(body: bytes) -> None:
    turn = AnthropicWholeTurn()

    told = fed(turn, body, chunk=3) + turn.finish()

    assert told == body
    assert (turn.legs, turn.calls, turn.goes_on) == ((), (), False)


def test_events_go_on_as_soon_as_they_are_whole() -> None:
    events = [event + b"\n\n" for event in ANTHROPIC.split(b"\n\n")[:-1]]
    turn = AnthropicStreamedTurn()

    assert [turn.feed(event) for event in events] == events


def test_an_event_that_is_larger_than_a_megabyte_is_taken_apart() -> None:
    page = {"type": "web_fetch_tool_result", "tool_use_id": "s1", "content": "x" * 1_100_000}
    first = stream_of(call_block(0), anthropic_block(1, page), call_block(2, theirs()))

    played = play(ASKS, first, chunk=100_000)

    assert [e["index"] for e in played.events if "content_block" in e] == [0, 1]
    assert msgspec.json.decode(played.turn.legs[0].pieces[1]) == page


# A turn with calls of ours, streamed


@every_turn
def test_a_stream_cut_at_every_byte_gives_the_same_bytes(scripts: tuple[Script, ...]) -> None:
    whole = play(ASKS, *scripts)

    for size in (1, 2, 5, 64):
        cut = play(ASKS, *scripts, chunk=size)

        assert cut.told == whole.told
        assert cut.sent == whole.sent


@every_turn
@streaming_or_not
def test_the_client_sees_no_trace_of_ours(scripts: tuple[Script, ...], stream: bool) -> None:
    played = play({**ASKS, "stream": stream}, *scripts)

    assert TOOL.encode() not in played.told
    assert b"text of " not in played.told


@every_turn
def test_blocks_are_counted_without_gaps_and_each_event_bears_the_index_of_its_block(
    scripts: tuple[Script, ...],
) -> None:
    played = play(ASKS, *scripts)

    seen: list[tuple[str, int]] = [(e["type"], e["index"]) for e in played.events if "index" in e]
    begun = [index for kind, index in seen if kind == "content_block_start"]
    assert begun == list(range(len(played.content)))
    assert [index for _, index in seen] == sorted(index for _, index in seen)


@every_turn
def test_the_stream_begins_and_ends_once(scripts: tuple[Script, ...]) -> None:
    told = [event["type"] for event in play(ASKS, *scripts).events]

    assert told[0] == "message_start"
    assert told[-2:] == ["message_delta", "message_stop"]
    assert [told.count(t) for t in ("message_start", "message_delta", "message_stop")] == [1, 1, 1]


@every_turn
def test_the_sdk_makes_one_message_of_it_that_is_the_echo(scripts: tuple[Script, ...]) -> None:
    played = play(ASKS, *scripts)

    assert played.message["id"] == played.turn.reply_id == "msg_000001"
    if played.turn.legs:
        echo = {"role": "assistant", "content": played.content}
        assert msgspec.json.decode(played.turn.echoed()) == {"messages": [echo]}


@every_turn
def test_what_is_not_streamed_says_the_same(scripts: tuple[Script, ...]) -> None:
    streamed_turn = play(ASKS, *scripts)

    whole = play({**ASKS, "stream": False}, *scripts)

    assert whole.content == streamed_turn.content
    assert whole.turn.legs == streamed_turn.turn.legs
    assert whole.turn.echoed() == streamed_turn.turn.echoed()
    for name in ("stop_reason", "usage"):
        assert whole.message[name] == streamed_turn.message[name]


def test_all_before_the_call_goes_on_byte_for_byte() -> None:
    stream = said_by(Memory(), say("Let me see.", ours()), msgspec.json.encode(ASKS))
    turn = AnthropicStreamedTurn()

    told = turn.feed(stream) + turn.end_leg()

    assert (
        told
        == stream[
            : stream.index(
                b'event: content_block_start\ndata: {"type":"content_block_start","index":1'
            )
        ]
    )


def test_the_end_is_held_back_only_once_our_call_was_seen() -> None:
    turn = AnthropicStreamedTurn()

    assert turn.feed(DONE) == DONE


def test_renumbered_events_are_otherwise_the_same_bytes() -> None:
    odd = (
        b': why\r\nid: 4\r\nevent: content_block_delta\r\ndata: { "index" : 1, "type":'
        b'"content_block_delta", "delta": {"type":"text_delta","text":"\\u00e9"}, "n": 1.0}\r\n\r\n'
    )
    events = [event for block in (call_block(0), text_block(1, "")) for event in block]
    turn = AnthropicStreamedTurn()
    turn.feed(named(*events[:-1]))

    assert turn.feed(odd) == odd.replace(b'"index" : 1', b'"index" : 0')


def test_an_event_whose_index_stands_twice_stays_as_it_came() -> None:
    turn = AnthropicStreamedTurn()
    turn.feed(named(*call_block(0), *text_block(1, "")))
    odd = b'data: {"type":"content_block_stop","index":0,"index":1}\n\n'

    assert turn.feed(odd) == odd


def test_pings_and_comments_and_unknown_events_of_every_leg_go_on() -> None:
    extra = b": hm\n\n" + PING + named({"type": "new"})
    first, *others = OURS_ALONE.split(b"\n\n", 1)
    busy = extra + first + b"\n\n" + extra + others[0]

    played = play(ASKS, busy, extra + DONE)

    assert played.told.count(extra) == 3


def test_the_reply_keeps_the_id_and_the_model_of_the_first_leg() -> None:
    played = play(ASKS, OURS_ALONE, DONE.replace(b'"model":"m"', b'"model":"m2"'))

    assert (played.message["id"], played.message["model"]) == ("msg_1", "m")
    assert (played.turn.reply_id, played.turn.last_id) == ("msg_1", "msg_2")


def test_a_whole_reply_bears_the_id_of_the_last_leg() -> None:
    played = play({**ASKS, "stream": False}, *TURNS["three legs"])

    assert played.message["id"] == played.turn.reply_id == played.turn.last_id == "msg_000003"


# What the provider is asked


@streaming_or_not
def test_the_provider_is_told_what_it_called_and_what_came_of_it(stream: bool) -> None:
    played = play({**ASKS, "stream": stream}, say("See.", ours("o1"), ours("o2")), say("Done."))

    first, second = (msgspec.json.decode(sent) for sent in played.sent)
    assert second == {**first, "messages": second["messages"]}
    said, told = second["messages"][1:]
    assert said["role"] == "assistant"
    assert kinds(said["content"]) == ["text", TOOL, TOOL]
    assert said["content"][1]["input"] == {"hash": "0123456789abcdef01234567"}
    assert told == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": name, "content": f"text of {name}"}
            for name in ("o1", "o2")
        ],
    }


@streaming_or_not
def test_our_calls_are_told_with_their_arguments(stream: bool) -> None:
    script = say(Call(TOOL, {"hash": "ab", "query": "ä"}, id="o1"), Call(TOOL, id="o2"))
    turn = AnthropicStreamedTurn() if stream else AnthropicWholeTurn()

    fed(turn, said_by(Memory(), script, msgspec.json.encode({**ASKS, "stream": stream})))

    assert tuple(turn.calls) == (
        CallMade("o1", TOOL, '{"hash":"ab","query":"ä"}'),
        CallMade("o2", TOOL, "{}"),
    )
    assert turn.goes_on


def test_nothing_is_called_while_the_next_leg_comes() -> None:
    turn = AnthropicStreamedTurn()
    fed(turn, OURS_ALONE)
    turn.answer({"toolu_ours": "text"})

    turn.ask(msgspec.json.encode(ASKS))

    assert (turn.calls, turn.goes_on) == ((), False)


CITED = {"type": "text", "text": "Löok", "citations": [{"cited_text": "a"}, {"cited_text": "b"}]}
SIGNED = {"type": "thinking", "thinking": "Hm. Yes.", "signature": "c2ln"}
SEALED = {"type": "redacted_thinking", "data": "b3BhcXVl"}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "é\n"}}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "s1",
    "content": [{"type": "web_search_result", "encrypted_content": "/+==", "page_age": None}],
}
COMPACTED = {"type": "compaction", "content": "So far.", "encrypted_content": "abc"}
UNKNOWN = {"type": "new", "n": 12345678901234567890, "x": 0.1, "more": "ab", "last": {"b": [None]}}

LEG = stream_of(
    anthropic_block(0, {**COMPACTED, "content": None, "encrypted_content": None},
        {"type": "compaction_delta", "content": "So far.", "encrypted_content": "abc"}),
    anthropic_block(1, {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm. ", "estimated_tokens": 4},
        {"type": "thinking_delta", "thinking": "Yes."},
        {"type": "signature_delta", "signature": "c2ln"}),
    anthropic_block(2, SEALED),
    anthropic_block(3, {**SEARCH, "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"query":'},
        {"type": "input_json_delta", "partial_json": ' "é\\n"}'}),
    anthropic_block(4, FOUND),
    anthropic_block(5, {"type": "text", "text": ""},
        {"type": "text_delta", "text": "Lö"},
        {"type": "citations_delta", "citation": {"cited_text": "a"}},
        {"type": "text_delta", "text": "ok"},
        {"type": "citations_delta", "citation": {"cited_text": "b"}}),
    anthropic_block(6, {**UNKNOWN, "more": "", "last": None},
        {"type": "new_delta", "more": "a"},
        {"type": "new_delta", "more": "b", "last": {"b": [None]}}),
    call_block(7),
)  # fmt: skip


def test_blocks_of_every_kind_reach_the_next_body_as_they_were_said() -> None:
    played = play(ASKS, LEG, DONE)

    said = played.asked[1]["content"]
    assert said[:-1] == [COMPACTED, SIGNED, SEALED, SEARCH, FOUND, CITED, UNKNOWN]
    assert kinds(said[-1:]) == [TOOL]


def test_blocks_of_every_kind_are_delivered_as_they_came() -> None:
    played = play(ASKS, LEG, DONE)

    before = LEG[
        : LEG.index(b'event: content_block_start\ndata: {"type":"content_block_start","index":7')
    ]
    assert played.told.startswith(before)
    assert msgspec.json.decode(played.turn.echoed())["messages"][0]["content"][:-1] == [
        COMPACTED, SIGNED, SEALED, SEARCH, FOUND, CITED, UNKNOWN,
    ]  # fmt: skip


def test_a_whole_leg_holds_the_blocks_as_their_bytes_were() -> None:
    body = b'{"content":[ {"type" : "new","n":1.50e2, "e":"\\u00e9"} ,%s],"stop_reason":"tool_use"}'
    call = msgspec.json.encode({"type": "tool_use", "id": "o", "name": TOOL, "input": {}})

    played = play({**ASKS, "stream": False}, body % call)

    assert played.turn.legs == ()
    assert played.told.startswith(b'{"content":[{"type" : "new","n":1.50e2, "e":"\\u00e9"}]')


def test_texts_that_say_nothing_are_not_sent_back_to_the_provider() -> None:
    played = play(ASKS, say("\n\n", ours()), say("Done."))

    assert kinds(played.asked[1]["content"]) == [TOOL]
    assert [block["text"] for block in played.content] == ["\n\n", "Done."]


def test_a_later_leg_runs_in_the_container_of_the_one_before() -> None:
    for stream in (OURS_ALONE, stream_of(call_block(0), container={"id": "c1"})):
        begun = stream.replace(b'"content":[],', b'"content":[],"container":{"id":"c1"},', 1)

        played = play(ASKS, begun, DONE)

        assert msgspec.json.decode(played.sent[1])["container"] == "c1"


# Ours beside the client's


@streaming_or_not
@pytest.mark.parametrize("calls", ["otu", "tou", "tuo", "oto"])
def test_with_a_call_of_the_clients_the_turn_ends_without_ours(stream: bool, calls: str) -> None:
    parts = [ours(f"{c}{n}") if c == "o" else theirs(f"{c}{n}") for n, c in enumerate(calls)]

    played = play({**ASKS, "stream": stream}, say("Look:", *parts))

    assert len(played.sent) == 1
    assert not played.turn.goes_on
    assert kinds(played.content) == ["text", *["Bash"] * (len(calls) - calls.count("o"))]
    assert played.message["stop_reason"] == "tool_use"
    (leg,) = played.turn.legs
    assert leg.hidden == tuple(n + 1 for n, c in enumerate(calls) if c == "o")
    assert len(leg.answers) == calls.count("o")


def test_the_usage_of_a_turn_of_one_leg_stays_as_it_came() -> None:
    leg = stream_of(call_block(0), call_block(1, theirs()), used={"output_tokens": 7})

    told = play(ASKS, leg).told

    assert told.endswith(leg[leg.index(b"event: message_delta") :])


# Usage


@streaming_or_not
def test_output_is_that_of_all_legs_and_input_that_of_the_last(stream: bool) -> None:
    marked = {"type": "text", "text": "Go.", "cache_control": {"type": "ephemeral"}}
    body = {**ASKS, "stream": stream, "messages": [{"role": "user", "content": [marked]}]}
    memory = Memory()
    before = play(body, say("Hm."), memory=memory)
    assert before.message["usage"]["cache_creation_input_tokens"] > 0

    played = play(body, *TURNS["three legs"], memory=memory)

    legs = [message_in(leg)["usage"] for leg in played.legs]
    usage = played.message["usage"]
    assert usage["output_tokens"] == sum(leg["output_tokens"] for leg in legs)
    assert usage["input_tokens"] == legs[-1]["input_tokens"] != legs[0]["input_tokens"]
    assert usage["cache_read_input_tokens"] == legs[-1]["cache_read_input_tokens"] > 0


def last_usage(told: bytes) -> Any:
    return events_in(told)[-2].get("usage")


def test_the_input_side_comes_from_where_the_last_leg_tells_it() -> None:
    started = {"input_tokens": 9, "cache_read_input_tokens": 8, "output_tokens": 1}
    done = stream_of(
        text_block(0, "Done."), reason="end_turn", started=started, used={"output_tokens": 3}
    )

    told = play(ASKS, OURS_ALONE, done).told

    assert last_usage(told) == {
        "output_tokens": 8,
        "input_tokens": 9,
        "cache_read_input_tokens": 8,
    }


def test_the_input_side_in_the_last_event_is_the_truth() -> None:
    used = {"input_tokens": 7, "cache_creation_input_tokens": 0, "output_tokens": 3}

    done = stream_of(text_block(0, "Done."), reason="end_turn", used=used)

    assert last_usage(play(ASKS, OURS_ALONE, done).told) == {**used, "output_tokens": 8}


@pytest.mark.parametrize("used", [None, {}])
def test_a_last_event_without_usage_gets_all_of_it(used: Any) -> None:
    done = stream_of(text_block(0, "Done."), reason="end_turn", used=used)

    told = play(ASKS, OURS_ALONE, done).told

    assert last_usage(told) == {"input_tokens": 1, "output_tokens": 6}


# How a turn ends


@streaming_or_not
@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "pause_turn", "stop_sequence"])
def test_a_call_of_a_leg_that_was_cut_is_taken_out_and_the_reason_passed_on(
    stream: bool, reason: str
) -> None:
    played = play({**ASKS, "stream": stream}, say("Look:", ours(), stop=reason))

    assert (tuple(played.turn.calls), played.turn.goes_on, played.turn.legs) == ((), False, ())
    assert kinds(played.content) == ["text"]
    assert played.message["stop_reason"] == reason


def test_a_call_that_is_incomplete_is_taken_out_as_well() -> None:
    begun = {"type": "tool_use", "id": "o1", "name": TOOL, "input": {}}
    half = anthropic_block(1, begun, {"type": "input_json_delta", "partial_json": '{"ha'})

    used = {"output_tokens": 9}
    leg = stream_of(text_block(0, "Look:"), half, reason="max_tokens", used=used)
    played = play(ASKS, leg)

    assert kinds(played.content) == ["text"]
    assert played.turn.calls == ()


def test_a_call_whose_arguments_cannot_be_read_is_one_without() -> None:
    begun = {"type": "tool_use", "id": "o1", "name": TOOL, "input": {}}
    odd = anthropic_block(0, begun, {"type": "input_json_delta", "partial_json": '{"ha'})

    played = play(ASKS, stream_of(odd), DONE)

    assert played.asked[1]["content"] == [begun]


@streaming_or_not
def test_a_call_without_an_id_cannot_be_answered(stream: bool) -> None:
    call = {"type": "tool_use", "name": TOOL, "input": {}}
    whole = {"content": [call], "stop_reason": "tool_use"}
    leg = stream_of(anthropic_block(0, call)) if stream else msgspec.json.encode(whole)

    turn = play({**ASKS, "stream": stream}, leg).turn

    assert (tuple(turn.calls), turn.goes_on) == ((), False)


def test_a_leg_of_which_a_block_was_not_understood_is_not_gone_on_from() -> None:
    lost = text_block(0, "Hm.")[1:]

    turn = play(ASKS, stream_of(lost, call_block(1))).turn

    assert (turn.calls, turn.goes_on) == ((), False)


@streaming_or_not
def test_a_call_that_nobody_answers_is_taken_out(stream: bool) -> None:
    played = play({**ASKS, "stream": stream}, say("Look:", ours()))

    assert kinds(played.content) == ["text"]
    assert played.message["stop_reason"] == "end_turn"
    assert played.turn.legs == ()


@streaming_or_not
def test_a_later_call_that_nobody_answers_is_hidden_in_its_leg(stream: bool) -> None:
    played = play({**ASKS, "stream": stream}, say("Look:", ours("o1")), say("Hm.", ours("o2")))

    assert [leg.hidden for leg in played.turn.legs] == [(1,), (1,)]
    assert [bool(leg.answers) for leg in played.turn.legs] == [True, False]
    assert played.message["stop_reason"] == "end_turn"


@streaming_or_not
@pytest.mark.parametrize(
    "name", ["nothing said at all", "thinking in the end", "nothing but thinking"]
)
def test_a_turn_that_ends_without_a_word_says_that_it_has_none(stream: bool, name: str) -> None:
    played = play({**ASKS, "stream": stream}, *TURNS[name])

    assert played.content[-1] == {"type": "text", "text": NOTHING_SAID}
    assert [block["text"] for block in played.content if "text" in block].count(NOTHING_SAID) == 1
    assert played.message["stop_reason"] == "end_turn"


@streaming_or_not
def test_a_blank_text_is_no_word(stream: bool) -> None:
    played = play({**ASKS, "stream": stream}, say("\n", ours()))

    assert [block["text"] for block in played.content] == ["\n", NOTHING_SAID]


@streaming_or_not
@pytest.mark.parametrize("script", [say(theirs()), say(Think("Hm."), stop="pause_turn")])
def test_a_turn_that_is_to_go_on_need_not_say_anything(stream: bool, script: Script) -> None:
    played = play({**ASKS, "stream": stream}, say(Think("Hm."), ours()), script)

    assert NOTHING_SAID.encode() not in played.told


def test_an_error_in_a_later_leg_ends_the_stream() -> None:
    broken = say("Do", error=Failure(529), cut_after=4)

    played = play(ASKS, say("Look.", ours()), broken)

    assert [event["type"] for event in played.events[-2:]] == ["content_block_delta", "error"]


def test_an_error_behind_the_last_delta_comes_behind_it() -> None:
    error = named({"type": "error", "error": {"type": "overloaded_error"}})
    broken = DONE.replace(named({"type": "message_stop"}), error)

    played = play(ASKS, OURS_ALONE, broken)

    assert [event["type"] for event in played.events[-2:]] == ["message_delta", "error"]


@pytest.mark.parametrize("first", [(), (OURS_ALONE,)], ids=["first leg", "second leg"])
def test_a_stream_that_breaks_off_behind_our_call_looks_cut(first: tuple[bytes, ...]) -> None:
    stream = said_by(Memory(), say("Look:", ours(), "Hm."), msgspec.json.encode(ASKS))
    begun = stream.index(TOOL.encode())

    for length in range(begun, len(stream) - 2, 37):
        played = play(ASKS, *first, stream[:length])

        assert b"message_stop" not in played.told
        assert TOOL.encode() not in played.told
        assert (played.turn.calls, played.turn.goes_on) == ((), False)


def test_a_stream_without_its_last_event_is_given_without_it() -> None:
    cut = OURS_ALONE.replace(named({"type": "message_stop"}), b"")

    told = streamed(cut)

    assert [event["type"] for event in events_in(told)] == ["message_start", "message_delta"]


def test_what_the_client_saw_of_a_leg_that_broke_off_is_kept_with_those_before() -> None:
    cut = DONE[: DONE.index(b"event: content_block_stop")]

    turn = play(ASKS, OURS_ALONE, cut).turn

    assert [leg.hidden for leg in turn.legs] == [(0,), ()]
    assert msgspec.json.decode(turn.legs[1].pieces[0])["text"] == "Done."


def test_a_later_whole_leg_that_is_an_error_is_passed_on_as_it_came() -> None:
    error = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'

    played = play({**ASKS, "stream": False}, say("Look.", ours()), error)

    assert played.told == error
    assert not played.turn.goes_on
    assert len(played.turn.legs) == 1


# Message threads


@streaming_or_not
def test_a_call_that_was_cut_is_told_to_be_unanswered_where_the_provider_has_kept_it(
    stream: bool,
) -> None:
    body = {**ASKS, "stream": stream, "thread": {"type": "create"}}

    played = play(body, say("Look:", ours("o1"), stop="max_tokens"))

    (leg,) = played.turn.legs
    assert msgspec.json.decode(leg.answers[0]) == {
        "type": "tool_result",
        "tool_use_id": "o1",
        "content": "[no answer: the call was cut off]",
    }
    assert kinds(played.content) == ["text"]


@streaming_or_not
def test_a_call_is_answered_the_same_where_the_provider_keeps_it(stream: bool) -> None:
    body = {**ASKS, "stream": stream, "thread": {"type": "create"}}

    played = play(body, say("Look:", ours("o1"), theirs()))

    (answer,) = played.turn.legs[0].answers
    assert msgspec.json.decode(answer)["content"] == "text of o1"
