from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.anthropic import Anthropic
from headroom.formats.base import CallMade, Finished, Format, TextSaid, UsageReported
from headroom.formats.openai_chat import OpenAIChat
from headroom.formats.openai_responses import OpenAIResponses
from headroom.formats.replies import LARGEST_CALLS, LARGEST_REPLY, CallPieces, number
from headroom.outcome import STANDARD, Terms, Usage
from tests.formats import streams
from tests.formats.streams import anthropic_block, chat_chunk, named, plain, watch, whole


def test_an_anthropic_stream_tells_usage_text_calls_and_its_end() -> None:
    def usage(output: int) -> UsageReported:
        return UsageReported(
            Usage(
                input_tokens=49512,
                output_tokens=output,
                cache_read_tokens=48000,
                cache_write_5m_tokens=1000,
                cache_write_1h_tokens=500,
            )
        )

    assert watch(Anthropic(), streams.ANTHROPIC) == [
        usage(1),
        TextSaid("Hm."),
        TextSaid("Löok: "),
        CallMade("toolu_1", "Bash", '{"command": "ls"}'),
        usage(301),
        Finished("tool_use"),
    ]


def test_a_whole_anthropic_reply_tells_the_same() -> None:
    assert whole(Anthropic(), streams.WHOLE["anthropic"]) == [
        TextSaid("Hm."),
        TextSaid("Look: "),
        CallMade("toolu_1", "Bash", '{"command":"ls"}'),
        UsageReported(Usage(input_tokens=20, output_tokens=3, cache_write_5m_tokens=8)),
        Finished("tool_use"),
    ]


@pytest.mark.parametrize(
    ("dialect", "reply", "terms"),
    [
        (
            Anthropic(),
            {"usage": {"input_tokens": 1, "speed": "fast", "inference_geo": "us"}},
            Terms(speed="fast", geo="us"),
        ),
        (
            Anthropic(),
            {"usage": {"input_tokens": 1, "service_tier": "standard", "inference_geo": "global"}},
            STANDARD,
        ),
        (
            OpenAIChat(),
            {"usage": {"prompt_tokens": 1}, "service_tier": "flex"},
            Terms(service_tier="flex"),
        ),
        (
            OpenAIResponses(),
            {"usage": {"input_tokens": 1}, "service_tier": "priority"},
            Terms(service_tier="priority"),
        ),
    ],
)
def test_terms_that_change_the_price_are_told_with_the_usage(
    dialect: Format, reply: dict[str, Any], terms: Terms
) -> None:
    assert whole(dialect, reply) == [UsageReported(Usage(1), terms)]


def test_the_terms_of_a_stream_stand_where_it_begins() -> None:
    begun = {"type": "message_start", "message": {"usage": {"input_tokens": 1, "speed": "fast"}}}
    ended = {"type": "message_delta", "usage": {"output_tokens": 2}}

    events = watch(Anthropic(), named(begun, ended))

    assert events[-1] == UsageReported(Usage(1, 2), Terms(speed="fast"))


def test_a_count_beyond_all_sense_is_none() -> None:
    assert number({"n": 10**12}, "n") == 10**12
    assert number({"n": 10**400}, "n") == 0


def test_what_was_written_beyond_the_known_lifetimes_is_counted_as_other() -> None:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 10,
        "cache_creation": {"ephemeral_1h_input_tokens": 4, "ephemeral_24h_input_tokens": 6},
    }

    assert whole(Anthropic(), {"usage": usage}) == [
        UsageReported(Usage(input_tokens=11, cache_write_1h_tokens=4, cache_write_other_tokens=6))
    ]


def test_an_anthropic_call_that_was_cut_short_is_no_call() -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": '{"command": "l'}

    assert watch(Anthropic(), named(*anthropic_block(0, block, delta))) == []


def test_an_anthropic_call_without_arguments_has_an_empty_object() -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "Now", "input": {}}

    assert watch(Anthropic(), named(*anthropic_block(0, block))) == [
        CallMade("toolu_1", "Now", "{}")
    ]


def test_a_call_that_the_provider_runs_itself_is_none_of_the_client_s() -> None:
    block = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": '{"query": "x"}'}

    assert watch(Anthropic(), named(*anthropic_block(0, block, delta))) == []


def test_a_stream_that_ends_in_an_error_has_not_finished() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    begun = streams.ANTHROPIC.partition(b"event: message_delta")[0]

    events = watch(Anthropic(), begun + named(error))

    assert not any(isinstance(event, Finished) for event in events)


@pytest.mark.parametrize("dialect", [Anthropic(), OpenAIChat(), OpenAIResponses()])
def test_what_ends_well_after_an_error_has_not_finished(dialect: Format) -> None:
    stream = {
        "anthropic": streams.ANTHROPIC,
        "openai_chat": streams.CHAT,
        "openai_responses": streams.RESPONSES,
    }[dialect.name]
    error = dialect.error_event("Overloaded")

    assert any(isinstance(event, Finished) for event in watch(dialect, stream))
    assert not any(isinstance(event, Finished) for event in watch(dialect, error + stream))


CHAT_REPORTED = UsageReported(
    Usage(
        input_tokens=2000,
        output_tokens=30,
        cache_read_tokens=1500,
        cache_write_other_tokens=400,
    )
)


def test_a_chat_stream_tells_usage_text_calls_and_its_end() -> None:
    assert watch(OpenAIChat(), streams.CHAT) == [
        TextSaid("Löok: "),
        CallMade("c1", "bash", '{"a": 1}'),
        CallMade("c2", "cat", "{}"),
        CHAT_REPORTED,
        Finished("tool_calls"),
    ]


def test_a_whole_chat_reply_tells_the_same() -> None:
    assert whole(OpenAIChat(), streams.WHOLE["openai_chat"]) == [
        TextSaid("Look: "),
        CallMade("c1", "bash", '{"a": 1}'),
        CallMade("c2", "patch", '{"input":"***"}'),
        CHAT_REPORTED,
        Finished("tool_calls"),
    ]


def test_a_chat_stream_without_its_last_line_has_finished_if_it_said_why() -> None:
    cut = streams.CHAT.removesuffix(b"data: [DONE]\n\n")

    assert watch(OpenAIChat(), cut)[-1] == Finished("tool_calls")
    assert watch(OpenAIChat(), plain(chat_chunk({"content": "Lo"}))) == [TextSaid("Lo")]


def test_chat_servers_that_give_each_call_the_same_index_are_understood() -> None:
    entries = [
        {"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}} for name in "ab"
    ]

    events = watch(OpenAIChat(), plain(chat_chunk({"tool_calls": entries}, "tool_calls")))

    assert events[:2] == [CallMade("a", "a", "{}"), CallMade("b", "b", "{}")]


def test_a_chat_call_that_was_cut_short_is_no_call() -> None:
    entry = {"index": 0, "id": "c1", "function": {"name": "bash", "arguments": '{"a'}}

    events = watch(
        OpenAIChat(), plain(chat_chunk({"tool_calls": [entry]}), chat_chunk({}, "length"))
    )

    assert events == [Finished("length")]


def test_custom_and_legacy_chat_calls_are_calls_too() -> None:
    custom = {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "patch", "input": "**"}}
    more = {"index": 0, "custom": {"input": "*"}}
    legacy = {"function_call": {"name": "f", "arguments": "{}"}}

    events = watch(
        OpenAIChat(),
        plain(
            chat_chunk({"tool_calls": [custom]}),
            chat_chunk({"tool_calls": [more]}),
            chat_chunk(legacy),
            chat_chunk({}, "tool_calls"),
        ),
    )

    assert events[:2] == [CallMade("c1", "patch", '{"input":"***"}'), CallMade("", "f", "{}")]


RESPONSES_EVENTS = [
    CallMade("call_1", "shell", '{"a": 1}'),
    UsageReported(
        Usage(
            input_tokens=2000,
            output_tokens=30,
            cache_read_tokens=1500,
            cache_write_other_tokens=400,
        )
    ),
    Finished("completed"),
]


def test_a_responses_stream_tells_usage_text_calls_and_its_end() -> None:
    assert watch(OpenAIResponses(), streams.RESPONSES) == [
        TextSaid("Hm."),
        TextSaid("Löok: "),
        *RESPONSES_EVENTS,
    ]


def test_a_whole_responses_reply_tells_the_same() -> None:
    assert whole(OpenAIResponses(), streams.WHOLE["openai_responses"]) == [
        TextSaid("Hm."),
        TextSaid("Look: "),
        *RESPONSES_EVENTS,
    ]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "max_output_tokens",
        ),
        ({"status": "incomplete", "incomplete_details": None}, "incomplete"),
        ({"status": "failed", "error": {"code": "server_error"}}, "failed"),
    ],
)
def test_a_response_says_why_it_ended(response: dict[str, Any], reason: str) -> None:
    event = {"type": f"response.{response['status']}", "response": response}

    assert watch(OpenAIResponses(), named(event)) == [Finished(reason)]


def test_an_unfinished_item_is_no_call() -> None:
    item = {**streams.RESPONSES_CALL, "status": "incomplete"}

    assert (
        watch(OpenAIResponses(), named({"type": "response.output_item.done", "item": item})) == []
    )


def test_a_reply_that_is_too_large_is_given_up_quietly() -> None:
    reader = Anthropic().reply_reader(streaming=False)

    for chunk in (b'{"type":"message","text":"', b"x" * LARGEST_REPLY, b'"}'):
        reader.feed(chunk)

    assert reader.close() == ()


def test_a_call_that_is_too_large_is_given_up_and_the_next_one_has_room_again() -> None:
    pieces = CallPieces()
    pieces.begin("large", "c1", "write")
    pieces.add("large", '"' + "x" * LARGEST_CALLS)
    pieces.begin("small", "c2", "write")
    pieces.add("small", '{"a":1}')

    assert (pieces.end("large"), pieces.end("small")) == (None, CallMade("c2", "write", '{"a":1}'))


def test_many_calls_one_after_the_other_never_run_out_of_room() -> None:
    pieces = CallPieces()

    for index in range(2_000):
        pieces.begin(index, "c", "write")
        pieces.add(index, '"' + "ö" * 400)
        pieces.add(index, '"')

        assert pieces.end(index) is not None


def test_more_calls_than_there_is_room_for_are_not_held() -> None:
    pieces = CallPieces()

    for index in range(2_000):
        pieces.begin(index, "c", "write")

    assert len(pieces.begun()) < 1_000


def test_a_text_with_a_lone_surrogate_does_not_hide_the_usage_beside_it() -> None:
    chunk = msgspec.json.encode({**chat_chunk({"content": "ODD"}), "usage": streams.CHAT_USAGE})
    stream = b"data: " + chunk.replace(b"ODD", rb"\ud83d") + b"\n\n"

    assert watch(OpenAIChat(), stream) == [TextSaid("\ufffd"), CHAT_REPORTED]


@pytest.mark.parametrize("odd", [None, True, -1, 1.5, "5", [], {}])
def test_a_count_that_makes_no_sense_is_none(odd: Any) -> None:
    assert number({"tokens": odd}, "tokens") == 0
