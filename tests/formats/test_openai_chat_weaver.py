from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.conversation import Insert, Leg
from headroom.formats.openai_chat_leg import leg_of
from headroom.formats.openai_chat_turn import ChatStreamedTurn, ChatWholeTurn
from headroom.formats.openai_chat_weaver import DEFINITION, ChatWeaver
from headroom.marker import TOOL
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.formats.chat_turns import (
    ASK,
    BASH,
    BODY,
    CAT,
    OTHER_OURS,
    OURS,
    STREAMED,
    TOOLS,
    message_in,
    play,
)
from tests.support.at_length import at_length
from tests.upstream.script import Call, Script, say
from tests.upstream.validate import chat_problem

NEXT = {"role": "user", "content": "And warnings?"}


def document(**members: Any) -> Document:
    return Document.read(msgspec.json.encode(members))


def call(name: str, arguments: str = "{}") -> dict[str, Any]:
    """A call in a message, with its own name as its id."""
    return {"id": name, "type": "function", "function": {"name": name, "arguments": arguments}}


def assistant(content: Any, *calls: str, **more: Any) -> dict[str, Any]:
    listed = {"tool_calls": [call(name) for name in calls]} if calls else {}
    return {"role": "assistant", "content": content, **more, **listed}


def result(name: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": f"what {name} gave"}


def earlier(content: Any, **more: Any) -> Leg:
    """A leg that said this and called our tool alone."""
    leg = leg_of(assistant(content, TOOL, **more), (0,))
    return Leg(leg.pieces, leg.hidden, (msgspec.json.encode(result(TOOL)).decode(),))


def woven(messages: list[Any], at: int, *legs: Leg) -> list[Any]:
    """The messages with these legs put back, which the provider takes."""
    body = Document.read(msgspec.json.encode({"model": "m", "messages": messages}))
    changed = msgspec.json.decode(body.rewrite(ChatWeaver().put_back(body, at, legs)))
    assert chat_problem(changed) is None
    restored: list[Any] = changed["messages"]
    return restored


def test_a_turn_that_was_cut_before_its_next_leg_spoke_is_put_back() -> None:
    messages = [{"role": "user", "content": "Go."}, assistant("Let me see."), NEXT]

    restored = woven(messages, 1, earlier("Let me see."), Leg(()))

    assert restored[2] == result(TOOL)
    assert restored[-2:] == messages[1:]


# Offering


def test_our_tool_stands_before_those_of_the_client() -> None:
    body = document(model="m", tools=TOOLS)
    change = ChatWeaver().offer(body)

    assert change is not None
    tools = msgspec.json.decode(body.rewrite([change]))["tools"]
    assert tools[1:] == TOOLS
    assert tools[0]["type"] == "function"
    assert tools[0]["function"]["name"] == TOOL


def test_our_tool_stays_where_it_is_when_the_client_sets_its_mark() -> None:
    marked = {**TOOLS[0], "cache_control": {"type": "ephemeral"}}

    assert ChatWeaver().offer(document(tools=[*TOOLS, marked])) == Insert(("tools",), 0, DEFINITION)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"tools": []},
        {"tools": None},
        {"tools": TOOLS, "functions": []},
        {"tools": TOOLS, "n": 2},
        {"tools": [*TOOLS, {"type": "function", "function": {"name": TOOL}}]},
        {"tools": [{"type": "function", "function": {"name": f"mcp__headroom__{TOOL}"}}]},
        {"tools": [{"type": "custom", "custom": {"name": TOOL}}]},
    ],
)
def test_our_tool_is_not_offered_where_that_must_not_be(members: dict[str, Any]) -> None:
    assert ChatWeaver().offer(document(**members)) is None


@pytest.mark.parametrize("members", [{"n": 1}, {"n": None}, {"functions": None}])
def test_our_tool_is_offered_where_one_answer_is_asked_for(members: dict[str, Any]) -> None:
    assert ChatWeaver().offer(document(tools=["odd", *TOOLS], **members)) is not None


def test_our_tool_costs_at_most_60_tokens() -> None:
    assert Counter.load().count(DEFINITION.decode()) <= 60


def test_a_turn_is_streamed_or_whole() -> None:
    assert isinstance(ChatWeaver().turn(Document.read(b"{}"), streaming=True), ChatStreamedTurn)
    assert isinstance(ChatWeaver().turn(Document.read(b"{}"), streaming=False), ChatWholeTurn)


def test_no_history_is_kept_by_the_provider() -> None:
    body = document(messages=[ASK], previous_response_id="resp_1", store=True)

    assert ChatWeaver().follows(body) == ""
    assert not ChatWeaver().is_kept(body)
    assert ChatWeaver().follow(body, "c2", (earlier("One"),)) == ()


# Putting back

PARTS = st.sampled_from(["", "Löok: ", "One.\n", 'a "b"'])
CALLS = st.lists(st.sampled_from([BASH, CAT, OURS, OTHER_OURS]), unique_by=lambda each: each.id)


@st.composite
def turns(draw: st.DrawFn) -> tuple[Script, ...]:
    """Turns that the client can read, and whose earlier legs call our tool alone."""
    ours = st.sampled_from([(OURS,), (OTHER_OURS,), (OURS, OTHER_OURS)])
    before = [say(draw(PARTS), *draw(ours)) for _ in range(draw(st.integers(0, 2)))]
    calls: list[Call] = draw(CALLS)
    if not {BASH.id, CAT.id} & {each.id for each in calls}:
        return (*before, say(draw(PARTS.filter(bool))))
    return (*before, say(draw(PARTS), *calls))


@given(scripts=turns(), streaming=st.booleans())
@settings(max_examples=at_length(150), deadline=None)
def test_a_turn_that_comes_back_is_put_back_as_the_provider_saw_it(
    scripts: tuple[Script, ...], streaming: bool
) -> None:
    played = play(STREAMED if streaming else BODY, *scripts)
    echo = message_in(played.told)
    results = [
        {"role": "tool", "tool_call_id": each["id"], "content": "done"}
        for each in echo.get("tool_calls", ())
    ]

    legs = played.turn.legs
    restored = woven([ASK, echo, *results, NEXT], 1, *legs) if legs else [ASK, echo, *results, NEXT]

    seen = msgspec.json.decode(played.sent[-1])["messages"]
    assert restored[: len(seen)] == seen
    said = restored[len(seen)]
    made = [(each.id or f"call_{n}", each.name) for n, each in enumerate(scripts[-1].calls)]
    assert said["content"] == ("".join(_said(scripts[-1])) or None)
    assert [(e["id"], e["function"]["name"]) for e in said.get("tool_calls", ())] == made
    ours = [each.id for each in scripts[-1].calls if each.name == TOOL]
    answers = restored[len(seen) + 1 : -1]
    assert [each["tool_call_id"] for each in answers] == [
        *ours,
        *(each["tool_call_id"] for each in results),
    ]
    assert restored[-1] == NEXT


def _said(script: Script) -> list[str]:
    return [part.text for part in script.parts if not isinstance(part, Call)]


def test_only_the_turn_itself_is_changed() -> None:
    body = (
        b'{ "model":"m","messages": [ {"role":"user","content":"\\u00e9"} ,\n'
        b'{"content" : "One two","role":"assistant"} , {"role":"user","content":"x"} ] }'
    )
    read = Document.read(body)

    changed = read.rewrite(ChatWeaver().put_back(read, 1, (earlier("One "), leg("two"))))

    told = msgspec.json.encode([assistant("One ", TOOL), result(TOOL)])[1:-1]
    place = body.index(b'{"content"')
    assert changed == (body[:place] + told + b"," + body[place:]).replace(b'"One two"', b'"two"')


def leg(content: Any, **more: Any) -> Leg:
    """A last leg, which calls nobody."""
    return leg_of(assistant(content, **more), ())


@pytest.mark.parametrize(
    ("content", "restored"),
    [
        ("One two", "two"),
        (" One two\n", "two"),
        ("One and two", "One and two"),
        ([text_part := {"type": "text", "text": "One two"}], [{**text_part, "text": "two"}]),
        (
            [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}],
            [{"type": "text", "text": "two"}],
        ),
        ([{"type": "text", "text": "One"}], [{"type": "text", "text": "One"}]),
        ([text_part, {"type": "refusal", "refusal": "x"}],) * 2,
        ([],) * 2,
    ],
)
def test_the_text_of_the_last_leg_is_left(content: Any, restored: Any) -> None:
    messages = [ASK, assistant(content), NEXT]

    assert woven(messages, 1, earlier("One "), leg("two")) == [
        ASK,
        assistant("One ", TOOL),
        result(TOOL),
        assistant(restored),
        NEXT,
    ]


@pytest.mark.parametrize("content", ["One", [{"type": "text", "text": "One"}]])
def test_a_last_leg_without_text_has_null_beside_its_calls(content: Any) -> None:
    last = leg_of(assistant(None, "bash"), ())

    restored = woven([ASK, assistant(content, "bash"), result("bash")], 1, earlier("One"), last)

    assert restored[3] == assistant(None, "bash")


def test_a_last_leg_that_said_nothing_keeps_what_the_client_has() -> None:
    restored = woven([ASK, assistant("One"), NEXT], 1, earlier("One"), leg(""))

    assert restored[3] == assistant("One")


def test_reasoning_of_the_last_leg_is_left() -> None:
    details = [{"type": "reasoning.text", "index": 0, "text": "yes."}]
    legs = (
        earlier("One ", reasoning="Hm, ", reasoning_content="Hm.", reasoning_details=[{"a": 1}]),
        leg("two", reasoning="yes.", reasoning_details=details),
    )
    mixed = [{"a": 1, "type": "reasoning.text", "index": 0, "text": "yes."}]
    echo = assistant(
        "One two",
        reasoning="Hm, yes.",
        reasoning_content="Hm.",
        reasoning_details=mixed,
        refusal=None,
        name="x",
    )

    restored = woven([ASK, echo, NEXT], 1, *legs)

    last = assistant("two", reasoning="yes.", reasoning_details=details, refusal=None, name="x")
    assert restored[3] == last


def test_reasoning_that_the_client_has_changed_stays() -> None:
    legs = (earlier("One ", reasoning="Hm, "), leg("two", reasoning="yes."))

    restored = woven([ASK, assistant("One two", reasoning="Hm"), NEXT], 1, *legs)

    assert restored[3] == assistant("two", reasoning="Hm")


def mixed(*calls: str) -> Leg:
    """A leg with calls of the client's and of ours."""
    hidden = tuple(n for n, name in enumerate(calls) if name.startswith("ours"))
    leg = leg_of(assistant("Look.", *calls), hidden)
    answers = [msgspec.json.encode(result(calls[n])).decode() for n in hidden]
    return Leg(leg.pieces, hidden, tuple(answers))


@pytest.mark.parametrize(
    "calls",
    [("ours", "a", "b"), ("a", "ours", "b"), ("a", "b", "ours"), ("ours1", "a", "ours2", "b")],
)
def test_calls_of_ours_stand_where_they_were_and_are_answered(calls: tuple[str, ...]) -> None:
    messages = [ASK, assistant("Look.", "a", "b"), result("a"), result("b"), NEXT]

    restored = woven(messages, 1, mixed(*calls))

    ours = [name for name in calls if name.startswith("ours")]
    assert restored == [
        ASK,
        assistant("Look.", *calls),
        *(result(name) for name in [*ours, "a", "b"]),
        NEXT,
    ]


def test_calls_of_ours_stand_at_the_end_where_the_client_has_dropped_some() -> None:
    messages = [ASK, assistant("Look.", "a"), result("a")]

    restored = woven(messages, 1, mixed("a", "b", "ours"))

    assert restored[1] == assistant("Look.", "a", "ours")


@pytest.mark.parametrize(
    "rest",
    [
        [assistant("Look.")],
        [assistant("Look."), NEXT],
        [assistant("Look."), result("a")],
        [assistant("Look.", "a")],
        [assistant("Look.", "a"), NEXT],
    ],
)
def test_calls_of_ours_are_not_put_where_those_of_the_client_are_gone(rest: list[Any]) -> None:
    assert ChatWeaver().put_back(document(messages=[ASK, *rest]), 1, (mixed("a", "ours"),)) == []


def test_a_text_that_is_the_last_legs_already_stays() -> None:
    body = document(messages=[ASK, assistant("two")])

    [change] = ChatWeaver().put_back(body, 1, (earlier(None), leg("two")))

    assert isinstance(change, Insert)


def test_a_message_without_content_stays_without() -> None:
    bare = {name: value for name, value in assistant("", "bash").items() if name != "content"}
    last = leg_of(assistant(None, "bash"), ())

    restored = woven([ASK, bare, result("bash")], 1, earlier(None), last)

    assert restored[3] == bare


def test_parts_are_those_of_the_legs_that_said_something() -> None:
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]

    restored = woven([ASK, assistant(parts)], 1, earlier("One"), earlier(None), leg("two"))

    assert restored[-1] == assistant(parts[1:])


def test_what_could_not_be_read_exactly_stays_as_it_is() -> None:
    body = b'{"messages": [{"role": "assistant", "content": "One \\ud83d"}]}'
    read = Document.read(body)

    changed = read.rewrite(ChatWeaver().put_back(read, 0, (earlier("One "), leg("\ufffd"))))

    assert changed.endswith(body.removeprefix(b'{"messages": ['))


def test_what_is_no_message_stays_as_it_is() -> None:
    read = document(messages=["odd"])

    changes = ChatWeaver().put_back(read, 0, (earlier("One "), leg("two")))

    assert msgspec.json.decode(read.rewrite(changes))["messages"][-1] == "odd"
