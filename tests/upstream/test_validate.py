"""The simulator refuses what the real providers refuse, and with their words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.upstream import Call, Provider, Received, Reply, Say, Script, Think
from tests.upstream.memory import Memory
from tests.upstream.script import say
from tests.upstream.validate import anthropic_problem, chat_problem, responses_problem

MARK = {"type": "ephemeral"}

USE = {"type": "tool_use", "id": "toolu_1", "name": "ls", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.py"}


def anthropic_body(*contents: Any, **more: Any) -> dict[str, Any]:
    """Messages of user and assistant in turn."""
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents)]
    return {"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": messages, **more}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "m", "messages": []}, "max_tokens: Field required"),
        (anthropic_body(), "at least one message is required"),
        (anthropic_body(""), "all messages must have non-empty content"),
        (anthropic_body([text("")]), "text content blocks must be non-empty"),
        (anthropic_body([text(" \n")]), "must contain non-whitespace text"),
        (
            anthropic_body("a", [USE], [{**RESULT, "content": [text("")]}]),
            "text content blocks must be non-empty",
        ),
        (
            anthropic_body("a", [USE], "no result"),
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately",
        ),
        (anthropic_body("a", "b", [RESULT]), "unexpected `tool_use_id` found"),
        (anthropic_body("a", [USE], [text("b"), RESULT]), "must come first"),
        (anthropic_body("a", [USE], [RESULT, RESULT]), "must have a single result"),
        (
            anthropic_body([text(str(n), cache_control=MARK) for n in range(5)]),
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
        (
            anthropic_body("a", [{"type": "thinking", "thinking": "", "cache_control": MARK}]),
            "cache_control: Extra inputs are not permitted",
        ),
        (
            anthropic_body(
                [
                    text("a", cache_control=MARK),
                    text("b", cache_control={"type": "ephemeral", "ttl": "1h"}),
                ]
            ),
            "must not come after a ttl='5m'",
        ),
        (
            anthropic_body("a", tools=[{"name": "ls"}, {"name": "ls"}]),
            "Tool names must be unique",
        ),
    ],
)
def test_anthropic_bodies_that_break_a_rule_are_refused(body: dict[str, Any], words: str) -> None:
    problem = anthropic_problem(body, Memory())

    assert problem is not None
    assert problem.status == 400
    assert words in problem.message


def test_a_whole_anthropic_conversation_is_taken() -> None:
    body = anthropic_body(
        "a",
        [text("b"), USE, {**USE, "id": "toolu_2"}],
        [{**RESULT, "tool_use_id": "toolu_2"}, RESULT, text("c", cache_control=MARK)],
        "d",
        system=[text("s", cache_control={"type": "ephemeral", "ttl": "1h"})],
    )

    assert anthropic_problem(body, Memory()) is None


CALLED = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1"}]}
ANSWERED = {"role": "tool", "tool_call_id": "call_1", "content": "a.py"}
ASKED = {"role": "user", "content": "a"}


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "too short"),
        ([ASKED, CALLED], "did not have response messages: call_1"),
        ([ASKED, CALLED, ASKED], "did not have response messages: call_1"),
        ([ASKED, ANSWERED], "must be a response to a preceeding message"),
        ([ASKED, CALLED, ANSWERED, ANSWERED], "must be a response to a preceeding message"),
        ([{"role": "user", "content": None}], "expected a string, got null"),
    ],
)
def test_chat_bodies_that_break_a_rule_are_refused(messages: list[Any], words: str) -> None:
    problem = chat_problem({"model": "gpt-6.1-sol", "messages": messages})

    assert problem is not None
    assert words in problem.message


def test_a_whole_chat_conversation_is_taken() -> None:
    body = {"model": "gpt-6.1-sol", "messages": [ASKED, CALLED, ANSWERED, ASKED]}

    assert chat_problem(body) is None


FUNCTION_CALL = {"type": "function_call", "call_id": "call_1", "name": "ls", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "a.py"}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Missing required parameter: 'input'"),
        ({"input": [FUNCTION_CALL]}, "No tool output found for function call call_1."),
        ({"input": [OUTPUT]}, "No tool call found for function call output with call_id call_1."),
        ({"input": [ASKED, REASONING]}, "without its required following item"),
        ({"input": [REASONING, ASKED]}, "without its required following item"),
        (
            {"input": [FUNCTION_CALL, REASONING, OUTPUT]},
            "'rs_1' of type 'reasoning' was provided without its required following item",
        ),
        (
            {"input": [{**REASONING, "encrypted_content": "EnNpforged"}, FUNCTION_CALL, OUTPUT]},
            "could not be verified",
        ),
        ({"input": "a", "previous_response_id": "resp_9"}, "'resp_9' not found"),
    ],
)
def test_responses_bodies_that_break_a_rule_are_refused(body: dict[str, Any], words: str) -> None:
    problem = responses_problem({"model": "gpt-6.1-sol", **body}, Memory())

    assert problem is not None
    assert words in problem.message


def test_whole_response_items_are_taken() -> None:
    body = {"model": "m", "input": [ASKED, REASONING, FUNCTION_CALL, OUTPUT, ASKED]}

    assert responses_problem(body, Memory()) is None


def reasoned(**body: Any) -> tuple[Memory, list[Any]]:
    """A provider's memory of a call that was made with reasoning, and the two items."""
    provider = Provider()
    provider.next(Script((Think("Look first."), Call("ls", id="call_1"))))
    sent = msgspec.json.encode({"model": "gpt-6.1-sol", "input": "a", **body})
    headers = ((b"authorization", b"Bearer key"),)
    reply = provider(Received("POST", b"/v1/responses", headers, sent))
    return provider.memory, msgspec.json.decode(reply.body)["output"]


def test_reasoning_and_the_call_made_with_it_are_taken_back() -> None:
    memory, made = reasoned()

    body = {"model": "m", "input": [ASKED, *made, OUTPUT]}

    assert responses_problem(body, memory) is None


def test_reasoning_without_the_call_made_with_it_is_refused() -> None:
    memory, made = reasoned()
    other = {**FUNCTION_CALL, "call_id": "call_2"}
    answers = [{**OUTPUT, "call_id": "call_2"}, OUTPUT]

    body = {"model": "m", "input": [ASKED, made[0], other, made[1], *answers]}
    problem = responses_problem(body, memory)

    assert problem is not None
    assert "without its required following item" in problem.message


@pytest.mark.parametrize(("kept", "is_refused"), [(True, True), (False, False)])
def test_a_call_without_the_reasoning_made_with_it_is_refused_where_both_are_kept(
    kept: bool, is_refused: bool
) -> None:
    memory, made = reasoned(store=kept)

    problem = responses_problem({"model": "m", "input": [ASKED, made[1], OUTPUT]}, memory)

    assert (problem is not None) is is_refused
    assert problem is None or "without its required 'reasoning' item: 'rs_" in problem.message


def test_a_call_without_its_id_needs_no_reasoning() -> None:
    memory, _ = reasoned()

    body = {"model": "m", "input": [ASKED, FUNCTION_CALL, OUTPUT]}

    assert responses_problem(body, memory) is None


def test_a_conversation_holds_what_was_said_in_it() -> None:
    memory, _ = reasoned(conversation="conv_1")

    in_it = {"model": "m", "input": [OUTPUT], "conversation": {"id": "conv_1"}}
    elsewhere = {"model": "m", "input": [OUTPUT], "conversation": "conv_2"}

    assert responses_problem(in_it, memory) is None
    assert responses_problem(elsewhere, memory) is not None


# Bound thinking: signatures made by one reply are checked in the next request.


def bound_turn(provider: Provider) -> list[Any]:
    """What the provider said to a first question: thinking and a call."""
    provider.next(Script((Think("Look first."), Call("ls", id="toolu_1"))))
    content: list[Any] = send(provider, anthropic_body("a"))[1]["content"]
    return content


def send(provider: Provider, body: dict[str, Any]) -> tuple[int, Any]:
    """Status and JSON of the reply to a message."""
    headers = ((b"x-api-key", b"key"),)
    reply: Reply = provider(Received("POST", b"/v1/messages", headers, msgspec.json.encode(body)))
    return reply.status, msgspec.json.decode(reply.body)


def test_thinking_is_taken_back_after_the_same_words() -> None:
    provider = Provider(bound_thinking=True)
    said = bound_turn(provider)
    marked = [text("a", cache_control=MARK)]

    status, _ = send(provider, anthropic_body(marked, said, [RESULT]))

    assert status == 200


def test_thinking_after_other_words_is_refused_with_the_words_of_the_provider() -> None:
    provider = Provider(bound_thinking=True)
    said = bound_turn(provider)

    status, body = send(provider, anthropic_body("b", said, [RESULT]))

    assert status == 400
    assert body["error"] == {
        "type": "invalid_request_error",
        "message": "messages.1.content.0: Invalid `signature` in `thinking` block. The block is "
        "bound to a different conversation. Remove the block, or set "
        '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".',
    }


@pytest.mark.parametrize("change", [{"system": "b"}, {"tools": [{"name": "headroom_retrieve"}]}])
def test_thinking_is_bound_to_system_and_tools(change: dict[str, Any]) -> None:
    provider = Provider(bound_thinking=True)
    said = bound_turn(provider)

    status, _ = send(provider, anthropic_body("a", said, [RESULT], **change))

    assert status == 400


def test_thinking_that_does_not_fit_is_dropped_when_the_client_says_so() -> None:
    provider = Provider(bound_thinking=True)
    said = bound_turn(provider)
    binding = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}

    status, body = send(provider, anthropic_body("b", said, [RESULT], thinking=binding))

    assert status == 200
    assert body["input_transformations"][0]["path"] == "messages.1.content.0"


def test_thinking_left_out_of_the_newest_tool_turn_is_refused() -> None:
    provider = Provider()
    said = bound_turn(provider)

    status, body = send(provider, anthropic_body("a", said[1:], [RESULT]))

    assert status == 400
    assert "cannot be modified" in body["error"]["message"]


# The simulated prefix cache.


def test_a_longer_request_reads_what_was_written_before() -> None:
    provider = Provider(otherwise=say("Fine."))
    first = send(provider, anthropic_body([text("a" * 4000, cache_control=MARK)]))[1]["usage"]
    longer = anthropic_body("a" * 4000, "Fine.", [text("b" * 400, cache_control=MARK)])

    second = send(provider, longer)[1]["usage"]

    assert first["cache_read_input_tokens"] == 0
    assert first["cache_creation"]["ephemeral_5m_input_tokens"] > 1000
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert 100 < second["cache_creation_input_tokens"] < 200
    assert second["input_tokens"] == 0


def test_a_changed_word_is_paid_again_with_all_that_follows() -> None:
    provider = Provider(otherwise=Script((Say("Fine."),)))
    send(provider, anthropic_body("a", "b" * 4000, [text("c", cache_control=MARK)]))

    usage = send(provider, anthropic_body("A", "b" * 4000, [text("c", cache_control=MARK)]))[1]

    assert usage["usage"]["cache_read_input_tokens"] == 0
    assert usage["usage"]["cache_creation_input_tokens"] > 1000


def test_without_marks_nothing_is_cached() -> None:
    provider = Provider()
    send(provider, anthropic_body("a" * 4000))

    usage = send(provider, anthropic_body("a" * 4000))[1]["usage"]

    assert usage["cache_read_input_tokens"] == 0
    assert usage["input_tokens"] > 1000
