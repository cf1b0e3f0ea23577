from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.openai_responses_turn import ResponsesStreamedTurn, ResponsesWholeTurn
from headroom.formats.turns import NOTHING_SAID
from headroom.marker import TOOL
from tests.formats.responses_turns import (
    ASKS,
    GO,
    SHELL,
    TURNS,
    as_the_sdk_sees,
    events_in,
    every_turn,
    fed,
    ours,
    play,
    said_by,
    scripted,
    streaming_or_not,
    theirs,
)
from tests.upstream import Call, Failure, Script, Think
from tests.upstream.script import say


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("name") or item["type"] for item in items]


def streams_in(events: list[dict[str, Any]], kind: str) -> list[Any]:
    """The items that events of this kind bear."""
    return [event["item"] for event in events if event["type"] == f"response.output_item.{kind}"]


@every_turn
def test_a_stream_cut_at_every_byte_gives_the_same_bytes(scripts: tuple[Script, ...]) -> None:
    whole = play(scripted(*scripts), ASKS)
    cut = play(scripted(*scripts), ASKS, chunk=1)

    assert cut.told == whole.told
    assert cut.sent == whole.sent


@streaming_or_not
def test_a_reply_with_nothing_of_ours_is_the_same_bytes(stream: bool) -> None:
    parts = (Think("Hm."), "Look: ", theirs(), Call("other", {"a": 1}))
    said = said_by(scripted(say(*parts)), msgspec.json.encode({**ASKS, "stream": stream}))
    turn = ResponsesStreamedTurn() if stream else ResponsesWholeTurn()

    told = fed(turn, said) + turn.finish()

    assert told == said
    assert turn.legs == ()


def test_each_event_is_passed_on_as_it_comes() -> None:
    said = said_by(scripted(say("Look: ", theirs())), msgspec.json.encode(ASKS))
    events = [event + b"\n\n" for event in said.split(b"\n\n")[:-1]]
    turn = ResponsesStreamedTurn()

    assert [turn.feed(event) for event in events] == events


@streaming_or_not
def test_our_tool_is_taken_out_where_the_tools_are_repeated(stream: bool) -> None:
    played = play(scripted(say("Done.")), {**ASKS, "stream": stream})

    assert TOOL.encode() in played.legs[0]
    assert TOOL.encode() not in played.told
    assert played.response["tools"] == [SHELL]


@every_turn
def test_the_client_sees_no_trace_of_ours(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    assert TOOL.encode() not in played.told
    assert b"text of call_ours" not in played.told


@every_turn
def test_events_and_items_are_counted_without_gaps(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    begun = [e["output_index"] for e in played.events if e["type"] == "response.output_item.added"]
    assert begun == list(range(len(played.response["output"])))
    numbers = [event["sequence_number"] for event in played.events]
    assert numbers == list(range(len(numbers)))


@every_turn
def test_every_event_of_an_item_bears_its_index(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    places = {item["id"]: index for index, item in enumerate(played.response["output"])}
    inner = [event for event in played.events if "item_id" in event]
    assert all(places[event["item_id"]] == event["output_index"] for event in inner)


@every_turn
def test_the_sdk_takes_the_stream_as_one_response(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    final = as_the_sdk_sees(played.told)

    assert [item.id for item in final.output] == [i["id"] for i in played.response["output"]]
    assert final.id == played.turn.reply_id


@every_turn
def test_the_items_that_were_streamed_stand_in_the_last_event(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    assert streams_in(played.events, "done") == played.response["output"]


@every_turn
def test_what_is_not_streamed_says_the_same(scripts: tuple[Script, ...]) -> None:
    streamed = play(scripted(*scripts), ASKS)

    whole = play(scripted(*scripts), {**ASKS, "stream": False})

    assert kinds(whole.response["output"]) == kinds(streamed.response["output"])
    assert whole.turn.legs == streamed.turn.legs
    assert whole.response["usage"] == streamed.response["usage"]
    assert whole.response["tools"] == [SHELL]


def test_the_reply_keeps_the_id_that_the_client_knows() -> None:
    played = play(scripted(*TURNS["three legs"]), ASKS)

    assert played.response["id"] == played.turn.reply_id == "resp_000001"
    assert played.turn.last_id == "resp_000003"


def test_a_whole_reply_bears_the_id_of_the_last_leg() -> None:
    played = play(scripted(*TURNS["three legs"]), {**ASKS, "stream": False})

    assert played.response["id"] == played.turn.reply_id == played.turn.last_id == "resp_000003"


@streaming_or_not
def test_the_response_names_the_one_before_that_the_client_named(stream: bool) -> None:
    provider = scripted(say("First."), *TURNS["ours alone"])
    first = play(provider, {**ASKS, "stream": stream}).turn.reply_id

    body = {**ASKS, "stream": stream, "previous_response_id": first}
    played = play(provider, body)

    assert msgspec.json.decode(played.sent[-1])["previous_response_id"] != first
    assert played.response["previous_response_id"] == first


@streaming_or_not
def test_output_is_that_of_all_legs_and_input_that_of_the_last(stream: bool) -> None:
    body = {**ASKS, "stream": stream}
    played = play(scripted(*TURNS["three legs"]), body)

    told = played.response["usage"]
    if stream:
        legs = [events_in(leg)[-1]["response"]["usage"] for leg in played.legs]
    else:
        legs = [msgspec.json.decode(leg)["usage"] for leg in played.legs]
    assert told["input_tokens"] == legs[-1]["input_tokens"]
    assert told["input_tokens_details"] == legs[-1]["input_tokens_details"]
    assert told["output_tokens"] == sum(leg["output_tokens"] for leg in legs)
    assert told["total_tokens"] == told["input_tokens"] + told["output_tokens"]
    reasoning = [leg["output_tokens_details"]["reasoning_tokens"] for leg in legs]
    assert told["output_tokens_details"]["reasoning_tokens"] == sum(reasoning)


@streaming_or_not
def test_our_calls_are_told_with_their_arguments(stream: bool) -> None:
    scripts = say(Think("Hm."), Call(TOOL, {"hash": "ab", "query": "ä"}, id="o1"), ours("o2"))
    said = said_by(scripted(scripts), msgspec.json.encode({**ASKS, "stream": stream}))
    turn = ResponsesStreamedTurn() if stream else ResponsesWholeTurn()

    fed(turn, said)

    assert [call.id for call in turn.calls] == ["o1", "o2"]
    assert turn.calls[0].arguments == '{"hash":"ab","query":"ä"}'
    assert turn.goes_on


@streaming_or_not
@pytest.mark.parametrize("name", ["ours before the client's", "ours between the client's"])
def test_with_a_call_of_the_clients_the_turn_ends(stream: bool, name: str) -> None:
    played = play(scripted(*TURNS[name]), {**ASKS, "stream": stream})

    assert len(played.sent) == 1
    assert "shell" in kinds(played.response["output"])
    assert len(played.turn.legs[-1].answers) == 1
    assert "text of call_ours" in played.turn.legs[-1].answers[0]


@streaming_or_not
def test_a_turn_without_a_word_says_that_it_has_none(stream: bool) -> None:
    played = play(scripted(*TURNS["nothing said"]), {**ASKS, "stream": stream})

    assert kinds(played.response["output"]) == ["reasoning", "message"]
    message = played.response["output"][-1]
    assert message["content"][0]["text"] == NOTHING_SAID
    assert message["id"].startswith("msg_")
    assert msgspec.json.decode(played.turn.echoed()) == {"input": played.response["output"]}


@streaming_or_not
def test_a_call_that_was_cut_is_taken_out_and_the_ending_passed_on(stream: bool) -> None:
    played = play(scripted(*TURNS["cut"]), {**ASKS, "stream": stream})

    assert not played.turn.calls
    assert played.response["status"] == "incomplete"
    assert played.response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert kinds(played.response["output"]) == ["message", "reasoning"]


@streaming_or_not
def test_a_call_that_was_cut_is_kept_with_the_answer_that_there_is_none(stream: bool) -> None:
    played = play(scripted(*TURNS["cut, nothing said"]), {**ASKS, "stream": stream})

    (leg,) = played.turn.legs
    assert leg.hidden == (1,)
    assert msgspec.json.decode(leg.answers[0]) == {
        "type": "function_call_output",
        "call_id": "call_ours",
        "output": "[no answer: the call was cut off]",
    }


@streaming_or_not
def test_a_turn_that_nobody_goes_on_with_is_kept_as_well(stream: bool) -> None:
    said = said_by(
        scripted(say(Think("Hm."), ours())), msgspec.json.encode({**ASKS, "stream": stream})
    )
    turn = ResponsesStreamedTurn() if stream else ResponsesWholeTurn()

    told = fed(turn, said) + turn.finish()

    assert NOTHING_SAID.encode() in told
    assert len(turn.legs[0].answers) == 1


def test_a_leg_holds_the_items_as_they_came() -> None:
    played = play(scripted(*TURNS["ours alone"]), ASKS)

    items = streams_in(events_in(played.legs[0]), "done")
    assert [msgspec.json.decode(piece) for piece in played.turn.legs[0].pieces] == items
    assert played.turn.legs[0].pieces[0].encode() in played.legs[0]


def test_the_turn_is_echoed_as_the_client_has_it() -> None:
    played = play(scripted(*TURNS["three legs"]), ASKS)

    assert msgspec.json.decode(played.turn.echoed()) == {"input": played.response["output"]}


def test_an_error_in_a_later_leg_ends_the_stream() -> None:
    broken = say("Do", error=Failure(500), cut_after=4)
    played = play(scripted(say(ours()), broken), ASKS)

    assert [event["type"] for event in played.events[-2:]] == [
        "response.content_part.added",
        "error",
    ]
    numbers = [event["sequence_number"] for event in played.events]
    assert numbers == list(range(len(numbers)))


def test_a_reply_that_failed_says_nothing_of_its_own() -> None:
    played = play(scripted(say(ours()), say(Think("Hm."), stop="failed")), ASKS)

    assert played.response["status"] == "failed"
    assert kinds(played.response["output"]) == ["reasoning"]


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"output":5}', b'{"error":{}}'])
def test_a_body_that_is_no_response_is_passed_on(body: bytes) -> None:
    turn = ResponsesWholeTurn()

    told = fed(turn, body) + turn.finish()

    assert told == body
    assert not turn.goes_on
    assert turn.reply_id == ""


def test_the_history_may_be_a_single_text() -> None:
    played = play(scripted(*TURNS["ours alone"]), {**ASKS, "input": "Go."})

    assert msgspec.json.decode(played.sent[1])["input"][0] == GO
