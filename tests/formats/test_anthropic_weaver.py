from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom.conversation import Insert, Leg
from headroom.formats.anthropic_leg import result
from headroom.formats.anthropic_turn import AnthropicStreamedTurn, AnthropicWholeTurn
from headroom.formats.anthropic_weaver import DEFINITION, AnthropicWeaver
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.formats.anthropic_turns import (
    ASKS,
    BASH_TOOL,
    GO,
    NEXT,
    WEAVER,
    assert_taken,
    every_turn,
    next_messages,
    ours,
    play,
    restored,
    results_for,
    said_by,
    streaming_or_not,
    theirs,
)
from tests.support.at_length import at_length
from tests.upstream import Say, Script, Think
from tests.upstream.memory import Memory
from tests.upstream.script import Part, say
from tests.upstream.validate import anthropic_problem, blocks_of

MARKED = {**BASH_TOOL, "cache_control": {"type": "ephemeral"}}


def document(**members: Any) -> Document:
    return Document.read(msgspec.json.encode(members))


# Offering


def test_our_tool_stands_before_those_of_the_client() -> None:
    body = document(tools=[BASH_TOOL])

    change = WEAVER.offer(body)

    assert change is not None
    tools = msgspec.json.decode(body.rewrite([change]))["tools"]
    assert [tool["name"] for tool in tools] == [TOOL, "Bash"]
    assert set(tools[0]) == {"name", "description", "input_schema"}


def test_our_tool_stays_where_it_is_when_the_client_sets_its_mark_or_adds_a_tool() -> None:
    for tools in ([BASH_TOOL], [MARKED], [MARKED, BASH_TOOL], [BASH_TOOL, MARKED]):
        assert WEAVER.offer(document(tools=tools)) == Insert(("tools",), 0, DEFINITION)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"tools": []},
        {"tools": None},
        {"tools": {}},
        {"tools": [BASH_TOOL, {"name": TOOL, "input_schema": {}}]},
        {"tools": [{"name": f"mcp__x__{TOOL}"}, BASH_TOOL]},
        {"thread": {"type": "continue", "previous_message_id": "m1"}},
    ],
)
def test_our_tool_is_not_offered_where_that_must_not_be(members: dict[str, Any]) -> None:
    assert WEAVER.offer(document(**members)) is None


@pytest.mark.parametrize(
    "tool",
    [
        5,
        {"type": "web_search_20260209", "name": "web_search"},
        {"type": "mcp_toolset"},
        {"name": 3},
    ],
)
def test_our_tool_is_offered_beside_tools_of_any_kind(tool: Any) -> None:
    assert WEAVER.offer(document(tools=[tool])) == Insert(("tools",), 0, DEFINITION)


def test_the_tools_of_a_request_are_told_by_their_names() -> None:
    assert WEAVER.tools(document(tools=[BASH_TOOL, 5, {"type": "mcp_toolset"}])) == ("Bash", "")
    assert WEAVER.tools(document()) == ()


def test_our_tool_costs_at_most_60_tokens() -> None:
    assert Counter.load().count(DEFINITION.decode()) <= 60


@pytest.mark.parametrize("members", [{}, {"thread": {"type": "create"}}])
def test_a_turn_is_streamed_or_whole(members: dict[str, Any]) -> None:
    body = document(**members)

    assert isinstance(WEAVER.turn(body, streaming=True), AnthropicStreamedTurn)
    assert isinstance(WEAVER.turn(body, streaming=False), AnthropicWholeTurn)


# Putting back


@every_turn
@streaming_or_not
def test_the_provider_sees_the_history_that_it_has_made(
    scripts: tuple[Script, ...], stream: bool
) -> None:
    played = play({**ASKS, "stream": stream}, *scripts)

    history = restored(next_messages(played), 1, played.turn)

    assert_taken(played.memory, history)
    assert history[: len(played.asked)] == played.asked


@every_turn
def test_the_next_turn_is_bound_to_what_was_put_back(scripts: tuple[Script, ...]) -> None:
    played = play(ASKS, *scripts)
    history = restored(next_messages(played), 1, played.turn)
    following = play({**ASKS, "messages": history}, say(Think("So."), "Yes."), memory=played.memory)

    both = [*next_messages(played), {"role": "assistant", "content": following.content}, NEXT]

    assert_taken(played.memory, restored(both, 1, played.turn))


TEXTS = st.lists(st.sampled_from(["", "\n", "Löok: ", "Look:", "Ah."]), max_size=2)


@st.composite
def legs(draw: st.DrawFn, *calls: str, is_cut: bool = False) -> Script:
    """What a leg says: thinking and texts, with these calls among them."""
    parts: list[Part] = []
    # A client leaves blank texts out, so that thinking behind one would not fit any more; nor
    # would it behind a call that stays out because the leg was cut.
    may_think = True
    for call in [*calls, ""]:
        texts = draw(TEXTS)
        # No provider calls a tool and ends with thinking.
        speaks = bool(call or not calls or "".join(texts).strip())
        if may_think and speaks and draw(st.booleans()):
            parts.append(Think(f"{call}?"))
        parts += map(Say, texts)
        if call:
            parts.append(ours(call) if call.startswith("o") else theirs(call))
        may_think = may_think and not is_cut and all(text.strip() for text in texts)
    return Script(tuple(parts), stop="max_tokens" if is_cut else "")


@st.composite
def turns(draw: st.DrawFn) -> tuple[Script, ...]:
    """Turns of one to four legs, of which all but the last call our tool alone."""
    count = draw(st.integers(0, 3))
    own = [[f"o{n}", f"o{n}b"][: draw(st.integers(1, 2))] for n in range(count)]
    mixed = st.lists(st.sampled_from(["o8", "o9", "t1", "t2"]), unique=True)
    calls = draw(mixed.filter(lambda names: not names or {"t1", "t2"} & {*names}))
    last = draw(st.sampled_from([legs(*calls), legs("o8", is_cut=True)]))
    return (*(draw(legs(*each)) for each in own), draw(last))


@given(scripts=turns(), stream=st.booleans(), size=st.sampled_from([0, 1, 33]))
@settings(max_examples=at_length(200), deadline=None)
def test_any_turn_comes_back_as_it_was_made(
    scripts: tuple[Script, ...], stream: bool, size: int
) -> None:
    played = play({**ASKS, "stream": stream}, *scripts, chunk=size)
    # What is given by the provider alone may be nothing, or thinking alone.
    assume(played.turn.legs)
    kept = [block for block in played.content if str(block.get("text", "x")).strip()]
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "a.py"}
        for block in kept
        if block["type"] == "tool_use"
    ]
    after = {"role": "user", "content": results} if results else NEXT

    history = restored([GO, {"role": "assistant", "content": kept}, after], 1, played.turn)

    assert_taken(played.memory, history)
    assert history[: len(played.asked)] == played.asked
    assert TOOL.encode() not in played.told


@st.composite
def changed(draw: st.DrawFn, content: list[Any]) -> list[Any]:
    """The messages that a client may make of a turn, whatever it does to it."""
    kept = [block for block in content if not draw(st.booleans())] or content
    added: list[Any] = [{"type": "text", "text": "Added.", "cache_control": {"type": "ephemeral"}}]
    for _ in range(draw(st.integers(0, 2))):
        kept.insert(draw(st.integers(0, len(kept))), added.pop() if added else kept[0])
    texts = "".join(block.get("text", "") for block in content)
    if texts.strip() and draw(st.booleans()):
        kept = [*(b for b in kept if b["type"] == "thinking"), {"type": "text", "text": texts}]
        if draw(st.booleans()):
            return [{"role": "assistant", "content": texts}]
    at = draw(st.integers(0, len(kept)))
    parts = [part for part in (kept[:at], kept[at:]) if part]
    return [{"role": "assistant", "content": part} for part in parts]


@given(scripts=turns(), data=st.data())
@settings(max_examples=at_length(200), deadline=None)
def test_what_the_provider_would_have_taken_of_a_changed_turn_it_takes_restored(
    scripts: tuple[Script, ...], data: st.DataObject
) -> None:
    played = play(ASKS, *scripts)
    assume(played.turn.legs)
    said = data.draw(changed(played.content))
    results = results_for([block for each in said for block in blocks_of(each["content"])])
    answers = [NEXT, {"role": "user", "content": [*results, {"type": "text", "text": "Hm."}]}]
    messages = [GO, *said, data.draw(st.sampled_from(answers)), *data.draw(st.sampled_from(TAILS))]
    # Thinking is not looked at: it fits only what was not changed.
    assume(anthropic_problem({**ASKS, "messages": messages}, Memory()) is None)

    history = restored(messages, 1, played.turn)

    assert anthropic_problem({**ASKS, "messages": history}, Memory()) is None


TAILS: list[list[Any]] = [[], [{"role": "assistant", "content": "Yes."}, NEXT]]


# Message threads


THREAD = {"type": "continue", "previous_message_id": "m1"}
PENDING = Leg((), (), (result("o1", "text"), result("o2", "text")))
ANSWERS = [msgspec.json.decode(answer) for answer in PENDING.answers]


def followed(last_id: str, *legs: Leg, messages: Any = (NEXT,)) -> Any:
    """The request as it goes on from the last leg."""
    body = document(thread=THREAD, messages=messages)
    return msgspec.json.decode(body.rewrite(WEAVER.follow(body, last_id, legs)))


@pytest.mark.parametrize(
    ("thread", "name"),
    [
        (None, ""),
        ({"type": "create"}, ""),
        ("create", ""),
        ({"type": "continue", "previous_message_id": 5}, ""),
        (THREAD, "m1"),
    ],
)
def test_what_a_request_goes_on_from(thread: Any, name: str) -> None:
    assert WEAVER.follows(document(thread=thread)) == name
    assert WEAVER.is_kept(document(thread=thread)) is (thread is not None)


def test_without_a_thread_the_provider_keeps_nothing() -> None:
    assert (WEAVER.follows(document()), AnthropicWeaver().is_kept(document())) == ("", False)


def test_a_request_goes_on_from_the_last_leg() -> None:
    asked = followed("m3")

    assert asked == {"thread": {**THREAD, "previous_message_id": "m3"}, "messages": [NEXT]}


@pytest.mark.parametrize("last_id", ["m1", ""])
def test_a_request_that_follows_a_turn_of_one_leg_stays_as_it_is(last_id: str) -> None:
    assert WEAVER.follow(document(thread=THREAD, messages=[NEXT]), last_id, ()) == []


def test_answers_are_told_before_those_of_the_client() -> None:
    results = [{"type": "tool_result", "tool_use_id": "t1", "content": "a.py"}]

    asked = followed("m1", PENDING, messages=[{"role": "user", "content": results}, NEXT])

    assert asked["messages"] == [{"role": "user", "content": [*ANSWERS, *results]}, NEXT]


def test_answers_are_told_before_a_single_text() -> None:
    asked = followed("m1", PENDING)

    text = {"type": "text", "text": NEXT["content"]}
    assert asked["messages"] == [{"role": "user", "content": [*ANSWERS, text]}]


@pytest.mark.parametrize(
    "messages", [[], [{"role": "user", "content": " "}], [{"role": "system", "content": "Now."}]]
)
def test_answers_are_told_in_a_message_of_their_own_where_there_is_no_other(messages: Any) -> None:
    asked = followed("m1", PENDING, messages=messages)

    assert asked["messages"] == [{"role": "user", "content": ANSWERS}, *messages]


def test_legs_that_were_answered_need_no_answers() -> None:
    said = Leg((encoded({"type": "text", "text": "Done."}),))

    assert followed("m1", PENDING, said)["messages"] == [NEXT]


@streaming_or_not
def test_a_thread_goes_on_with_what_is_new_alone(stream: bool) -> None:
    body = {**ASKS, "stream": stream}
    memory = Memory()
    scripts = (say(ours("o1")), say("One.", ours("o2")), say("Done."))
    replies = [said_by(memory, script, msgspec.json.encode(body)) for script in scripts]

    played = play({**body, "thread": {"type": "create"}, "system": "You are"}, *replies)

    first, second, third = (msgspec.json.decode(sent) for sent in played.sent)
    assert [tool["name"] for tool in first["tools"]] == [TOOL, "Bash"]
    assert [sorted(set(first) - set(later)) for later in (second, third)] == [
        ["system", "tools"]
    ] * 2
    names = [later["thread"]["previous_message_id"] for later in (second, third)]
    assert names == ["msg_000001", "msg_000002"]
    assert third["messages"][0]["content"][0]["tool_use_id"] == "o2"
    assert len(third["messages"]) == 1
    assert played.turn.last_id == "msg_000003"
