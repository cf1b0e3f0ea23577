from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.conversation import Legs
from headroom.formats.openai_responses_items import leg_of
from headroom.formats.openai_responses_weaver import DEFINITION, ResponsesWeaver
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.formats.responses_turns import (
    ASKS,
    GO,
    NEXT,
    SHELL,
    TURNS,
    WEAVER,
    as_the_sdk_sees,
    assert_taken,
    every_turn,
    next_request,
    ours,
    outputs_for,
    play,
    said_by,
    scripted,
    streaming_or_not,
    theirs,
    without,
)
from tests.support.at_length import at_length
from tests.upstream import Call, Say, Script, Think
from tests.upstream.script import Part, say


def document(**body: Any) -> Document:
    return Document.read(msgspec.json.encode({"model": "gpt-6.1-sol", **body}))


def input_of(body: bytes) -> list[Any]:
    return list(msgspec.json.decode(body)["input"])


def kinds(items: list[Any]) -> list[str]:
    return [item.get("type", "message") for item in items]


def told_of(item: Any) -> Any:
    return item.get("call_id") or item.get("id") or item["type"]


def put_back(items: list[Any], at: int, legs: Legs, **body: Any) -> list[Any]:
    """The items of a request in which the turn that begins at *at* is restored."""
    request = document(input=items, **body)
    return input_of(request.rewrite(WEAVER.put_back(request, at, legs)))


# The tool.


def test_the_tool_costs_at_most_sixty_tokens() -> None:
    assert Counter.load().count(DEFINITION.decode()) <= 60


def test_the_tool_stands_before_those_of_the_client() -> None:
    request = document(tools=[SHELL])

    offer = WEAVER.offer(request)

    assert offer is not None
    tools = msgspec.json.decode(request.rewrite([offer]))["tools"]
    assert [tool["name"] for tool in tools] == [TOOL, "shell"]
    assert tools[0]["strict"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tools": []},
        {"tools": None},
        {"tools": [SHELL, {"type": "function", "name": TOOL}]},
        {"tools": [{"type": "function", "name": f"mcp__headroom__{TOOL}"}]},
        {"tools": [{"type": "namespace", "name": "mcp", "tools": [{"name": TOOL}]}]},
        {"tools": [SHELL], "background": True},
        {"tools": [SHELL], "conversation": "conv_1"},
    ],
)
def test_the_tool_is_not_offered(body: dict[str, Any]) -> None:
    assert WEAVER.offer(document(**body)) is None


def test_a_hosted_tool_is_enough_to_be_offered_beside() -> None:
    assert WEAVER.offer(document(tools=[{"type": "mcp", "server_label": TOOL}])) is not None


# History that the client sends whole.


@every_turn
@streaming_or_not
@pytest.mark.parametrize("store", [True, False], ids=["kept", "not kept"])
def test_the_provider_sees_the_history_that_it_has_made(
    scripts: tuple[Script, ...], stream: bool, store: bool
) -> None:
    provider = scripted(*scripts)
    played = play(provider, {**ASKS, "stream": stream, "store": store})
    made = [item for leg in played.turn.legs for item in (*leg.pieces, *leg.answers)]
    history = next_request(played)

    restored = put_back(history, 1, played.turn.legs)

    assert_taken(provider, restored, store=store)
    expected = [msgspec.json.decode(item) for item in made] or played.response["output"]
    left = [item for item in history[1:] if item not in expected]
    assert restored == [GO, *expected, *left]


@every_turn
def test_what_is_asked_next_begins_with_what_was_asked_last(scripts: tuple[Script, ...]) -> None:
    played = play(scripted(*scripts), ASKS)

    restored = put_back(next_request(played), 1, played.turn.legs)

    asked = input_of(played.sent[-1])
    assert restored[: len(asked)] == asked


def test_a_turn_may_stand_anywhere_in_the_history() -> None:
    played = play(scripted(*TURNS["ours alone"]), ASKS)
    before = [GO, {"role": "assistant", "content": "Done."}]

    restored = put_back([*before, *next_request(played)], 3, played.turn.legs)

    assert restored[:3] == [*before, GO]
    assert restored[3:7] == [msgspec.json.decode(item) for item in whole(played.turn.legs)][:4]


def whole(legs: Legs) -> list[str]:
    return [item for leg in legs for item in (*leg.pieces, *leg.answers)]


def units(*parts: Part) -> st.SearchStrategy[tuple[Part, ...]]:
    """One of these, with or without reasoning before it."""
    return st.tuples(st.sampled_from(parts), st.booleans()).map(
        lambda unit: (Think("Hm."), unit[0]) if unit[1] else (unit[0],)
    )


def legs_of(*parts: Part, least: int = 0) -> st.SearchStrategy[tuple[Part, ...]]:
    several = st.lists(units(*parts), min_size=least, max_size=4)
    return several.map(lambda unit: tuple(part for parts in unit for part in parts))


OWN, SAID = Call(TOOL, {"hash": "a"}), Say("Let me see.")
TURNS_OF_ANY_KIND = st.tuples(
    st.lists(
        st.tuples(legs_of(SAID, OWN), units(OWN)).map(lambda leg: (*leg[0], *leg[1])), max_size=2
    ),
    legs_of(SAID, OWN, Call("shell"), least=1),
    st.sampled_from(("", "incomplete")),
)


@settings(deadline=None, max_examples=at_length(60))
@given(turn=TURNS_OF_ANY_KIND, stream=st.booleans(), store=st.booleans())
def test_any_turn_comes_back_as_it_was_made(turn: Any, stream: bool, store: bool) -> None:
    earlier, last, stop = turn
    provider = scripted(*(Script(parts) for parts in earlier), Script(last, stop=stop))
    provider.next(*(say("Done.") for _ in range(2)))
    played = play(provider, {**ASKS, "stream": stream, "store": store})

    restored = put_back(next_request(played), 1, played.turn.legs)

    assert_taken(provider, restored, store=store)
    asked = input_of(played.sent[-1])
    assert restored[: len(asked)] == asked
    if stream:
        assert as_the_sdk_sees(played.told).output


@every_turn
def test_ids_that_a_client_drops_are_not_needed(scripts: tuple[Script, ...]) -> None:
    provider = scripted(*scripts)
    played = play(provider, {**ASKS, "store": False})

    bare = without(["id", "status"], next_request(played))
    restored = put_back(bare, 1, played.turn.legs)

    full = put_back(next_request(played), 1, played.turn.legs)
    assert kinds(restored) == kinds(full)
    assert_taken(provider, restored, store=False)


def test_references_are_as_good_as_items() -> None:
    played = play(scripted(*TURNS["three legs"]), ASKS)

    def reference(item: Any) -> Any:
        return {"type": "item_reference", "id": item["id"]}

    restored = put_back(next_request(played, keeping=reference), 1, played.turn.legs)

    calls = [n for n, item in enumerate(restored) if item.get("name") == TOOL]
    assert [restored[n - 1]["type"] for n in calls] == ["item_reference"] * 3


@every_turn
def test_reasoning_that_a_client_drops_is_not_needed(scripts: tuple[Script, ...]) -> None:
    provider = scripted(*scripts)
    played = play(provider, ASKS)

    def bare(item: Any) -> Any:
        return None if item["type"] == "reasoning" else without(["id"], [item])[0]

    restored = put_back(next_request(played, keeping=bare), 1, played.turn.legs)

    assert_taken(provider, restored)


def test_an_assistant_text_may_come_back_as_a_plain_message() -> None:
    played = play(scripted(*TURNS["text and ours"]), ASKS)
    texts = ["Let me see.", "Done. "]
    said = [{"role": "assistant", "content": text} for text in texts]

    restored = put_back([GO, *said, NEXT], 1, played.turn.legs)

    assert kinds(restored[1:5]) == ["message", "function_call", "function_call_output", "message"]


def test_answers_stand_before_those_of_the_client() -> None:
    played = play(scripted(say(theirs("c1"), ours(), theirs("c2"))), ASKS)

    restored = put_back(next_request(played), 1, played.turn.legs)

    ids = [told_of(item) for item in restored[1:-1]]
    assert ids == ["c1", "call_ours", "c2", "call_ours", "c1", "c2"]


def test_a_client_may_answer_each_call_before_the_next() -> None:
    provider = scripted(say(theirs("c1"), ours(), theirs("c2")))
    played = play(provider, ASKS)
    first, second = played.response["output"]
    one, two = outputs_for([first, second])

    restored = put_back([GO, first, one, second, two, NEXT], 1, played.turn.legs)

    ids = [told_of(item) for item in restored[1:-1]]
    assert ids == ["c1", "call_ours", "call_ours", "c1", "c2", "c2"]
    assert_taken(provider, restored)


def test_what_the_provider_has_run_itself_is_no_answer_of_the_client() -> None:
    call = {"type": "function_call", "call_id": "o1", "name": TOOL, "arguments": "{}"}
    hosted = {"type": "shell_call", "id": "sh_1", "call_id": "s1"}
    output = {"type": "shell_call_output", "id": "sho_1", "call_id": "s1", "output": []}
    legs = (leg_of([encoded(item) for item in (call, hosted, output)]), leg_of([]))

    restored = put_back([GO, hosted, output, NEXT], 1, legs)

    assert [told_of(item) for item in restored[1:-1]] == ["o1", "s1", "s1", "o1"]


def test_a_turn_that_the_client_has_rewritten_gets_its_earlier_legs_before_it() -> None:
    provider = scripted(*TURNS["three legs"])
    played = play(provider, ASKS)
    rewritten = {"role": "assistant", "content": "Looked, and found it."}

    restored = put_back([GO, rewritten, NEXT], 1, played.turn.legs)

    earlier = [msgspec.json.decode(item) for item in whole(played.turn.legs[:-1])]
    assert restored == [GO, *earlier, rewritten, NEXT]
    assert_taken(provider, restored)


def test_legs_that_nobody_has_kept_come_back_without_their_reasoning() -> None:
    reasoning = '{"id":"rs_1","type":"reasoning","summary":[]}'
    call = f'{{"id":"fc_1","type":"function_call","call_id":"c","name":"{TOOL}","arguments":""}}'
    legs = (leg_of([reasoning, call]), leg_of([]))

    restored = put_back([GO, {"role": "assistant", "content": "Found it."}], 1, legs, store=False)

    assert kinds(restored) == ["message", "function_call", "function_call_output", "message"]
    assert "id" not in restored[1]


def test_a_turn_that_is_the_clients_alone_when_rewritten_stays_as_it_is() -> None:
    played = play(scripted(*TURNS["ours before the client's"]), ASKS)
    items = [GO, {"role": "assistant", "content": "Looked."}, NEXT]

    assert put_back(items, 1, played.turn.legs) == items


def test_items_that_are_none_are_passed_over() -> None:
    played = play(scripted(*TURNS["ours alone"]), ASKS)
    items = [GO, 5, None, {"type": ["message"]}]

    assert put_back(items, 1, played.turn.legs)[-3:] == items[1:]


# History that the provider keeps.


@streaming_or_not
@pytest.mark.parametrize("name", ["ours alone", "three legs", "cut, nothing said"])
def test_a_request_goes_on_from_the_last_leg(stream: bool, name: str) -> None:
    provider = scripted(*TURNS[name])
    played = play(provider, {**ASKS, "stream": stream})
    items = [*outputs_for(played.response["output"]), NEXT]
    request = document(input=items, previous_response_id=played.turn.reply_id)

    changes = WEAVER.follow(request, played.turn.last_id, played.turn.legs)

    sent = request.rewrite(changes)
    assert msgspec.json.decode(sent)["previous_response_id"] == played.turn.last_id
    said_by(provider, sent)


def test_answers_beside_those_of_the_client_are_told_first() -> None:
    played = play(scripted(*TURNS["ours before the client's"]), ASKS)
    items = outputs_for(played.response["output"])
    request = document(input=items, previous_response_id=played.turn.reply_id)

    changes = WEAVER.follow(request, played.turn.last_id, played.turn.legs)

    assert [item["call_id"] for item in input_of(request.rewrite(changes))] == [
        "call_ours",
        "call_theirs",
    ]


def test_answers_are_told_before_a_single_text() -> None:
    played = play(scripted(*TURNS["cut, nothing said"]), ASKS)
    request = document(input="Go on.", previous_response_id=played.turn.reply_id)

    changes = WEAVER.follow(request, played.turn.last_id, played.turn.legs)

    assert kinds(input_of(request.rewrite(changes))) == ["function_call_output", "message"]


def test_a_request_that_follows_a_turn_of_one_leg_stays_as_it_is() -> None:
    assert WEAVER.follow(document(input=[GO], previous_response_id="r"), "r", ()) == []


@pytest.mark.parametrize("conversation", ["conv_1", {"id": "conv_1"}])
def test_in_a_conversation_only_answers_are_added(conversation: Any) -> None:
    provider = scripted(*TURNS["ours behind the client's"])
    played = play(provider, {**ASKS, "conversation": conversation})
    items = outputs_for(played.response["output"])
    request = document(input=items, conversation=conversation)

    changes = WEAVER.follow(request, played.turn.last_id, played.turn.legs)

    sent = request.rewrite(changes)
    assert "previous_response_id" not in msgspec.json.decode(sent)
    assert len(input_of(sent)) == 2
    said_by(provider, sent)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, ""),
        ({"previous_response_id": None, "conversation": None}, ""),
        ({"previous_response_id": "resp_1"}, "resp_1"),
        ({"conversation": "conv_1"}, ""),
    ],
)
def test_what_a_request_goes_on_from(body: dict[str, Any], name: str) -> None:
    assert WEAVER.follows(document(**body)) == name


@pytest.mark.parametrize(
    ("body", "kept"), [({}, True), ({"store": None}, True), ({"store": False}, False)]
)
def test_replies_are_kept_unless_it_is_said_otherwise(body: dict[str, Any], kept: bool) -> None:
    assert ResponsesWeaver().is_kept(document(**body)) is kept
