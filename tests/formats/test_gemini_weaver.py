from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.conversation import Insert, Leg
from headroom.formats.gemini_turn import GeminiStreamedTurn, GeminiWholeTurn
from headroom.formats.gemini_weaver import DEFINITION, GeminiWeaver
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.formats.gemini_turns import (
    ASK,
    BASH,
    CAT,
    DECLARED,
    OTHER_OURS,
    OURS,
    parts_in,
    play,
)
from tests.support.at_length import at_length
from tests.upstream.memory import Memory
from tests.upstream.script import Call, Script, Think, say
from tests.upstream.validate import gemini_problem

NEXT: dict[str, Any] = {"role": "user", "parts": [{"text": "And warnings?"}]}


def document(**members: Any) -> Document:
    return Document.read(msgspec.json.encode(members))


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"text": words, **more}


def call(name: str) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {}}}


def result(name: str) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": {"output": f"what {name} gave"}}}


def leg(*parts: Any) -> Leg:
    """A leg that said this, and was answered where it called our tool."""
    hidden = tuple(n for n, part in enumerate(parts) if part == call(TOOL))
    answers = tuple(encoded(result(TOOL)) for _ in hidden)
    return Leg(tuple(map(encoded, parts)), hidden, answers)


def woven(contents: list[Any], at: int, *legs: Leg) -> list[Any]:
    """The contents with these legs put back, which the provider takes."""
    body = Document.read(msgspec.json.encode({"contents": contents}))
    changed = msgspec.json.decode(body.rewrite(GeminiWeaver().put_back(body, at, legs)))
    assert gemini_problem(changed, Memory()) is None
    restored: list[Any] = changed["contents"]
    return restored


# Offering


@pytest.mark.parametrize("name", ["functionDeclarations", "function_declarations"])
def test_our_tool_stands_before_the_clients_own(name: str) -> None:
    body = document(tools=[{"googleSearch": {}}, {name: DECLARED}], contents=[ASK])
    change = GeminiWeaver().offer(body)

    assert change == Insert(("tools", 1, name), 0, DEFINITION)
    tools = msgspec.json.decode(body.rewrite([change]))["tools"]
    assert tools[0] == {"googleSearch": {}}
    assert tools[1][name][1:] == DECLARED
    assert GeminiWeaver().tools(body) == ("bash",)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"tools": []},
        {"tools": "odd"},
        {"tools": [None, {"googleSearch": {}}, {"functionDeclarations": []}]},
        {"tools": [{"functionDeclarations": [*DECLARED, {"name": TOOL}]}]},
        {"tools": [{"functionDeclarations": DECLARED}], "generationConfig": {"candidateCount": 2}},
        {
            "tools": [{"functionDeclarations": DECLARED}],
            "generation_config": {"candidate_count": 2},
        },
    ],
)
def test_our_tool_is_not_offered_where_that_must_not_be(members: dict[str, Any]) -> None:
    assert GeminiWeaver().offer(document(**members)) is None


@pytest.mark.parametrize("config", [None, {}, {"candidateCount": 1}, "odd"])
def test_our_tool_is_offered_where_one_answer_is_asked_for(config: Any) -> None:
    body = document(tools=["odd", {"functionDeclarations": DECLARED}], generationConfig=config)

    assert GeminiWeaver().offer(body) is not None


def test_our_tool_costs_at_most_60_tokens() -> None:
    assert Counter.load().count(DEFINITION.decode()) <= 60


def test_a_turn_is_streamed_or_whole_and_no_history_is_kept() -> None:
    body = document(contents=[ASK])
    weaver = GeminiWeaver()

    assert isinstance(weaver.turn(body, streaming=True), GeminiStreamedTurn)
    assert isinstance(weaver.turn(body, streaming=False), GeminiWholeTurn)
    assert weaver.follows(body) == ""
    assert not weaver.is_kept(body)
    assert weaver.follow(body, "r1", ()) == ()


# Putting back

WORDS = st.sampled_from(["", "Löok: ", "One.\n", 'a "b" '])
CALLS = st.lists(st.sampled_from([BASH, CAT, OURS, OTHER_OURS]), unique_by=lambda each: each.id)
THOUGHTS = st.sampled_from([(), (Think("Hm, so."),), (Think("Oh."),)])


@st.composite
def turns(draw: st.DrawFn) -> tuple[Script, ...]:
    """Turns that the client can read, and whose earlier legs call our tool alone."""
    ours = st.sampled_from([(OURS,), (OTHER_OURS,), (OURS, OTHER_OURS)])
    before = [
        say(*draw(THOUGHTS), draw(WORDS), *draw(ours), piece=draw(st.integers(1, 9)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    calls: list[Call] = draw(CALLS)
    if not {BASH.id, CAT.id} & {each.id for each in calls}:
        return (*before, say(*draw(THOUGHTS), draw(WORDS.filter(str.strip))))
    return (*before, say(*draw(THOUGHTS), draw(WORDS), *calls))


def as_clients_keep(parts: list[Any], how: str) -> list[Any]:
    """The contents that a client makes of these parts."""
    if how == "each":
        return [model(part) for part in parts]
    kept: list[Any] = []
    for part in parts:
        if how == "joined without thoughts" and part.get("thought"):
            continue
        last = kept[-1] if kept else {}
        alike = part.keys() == last.keys() and part.get("thought") == last.get("thought")
        if alike and "text" in part:
            kept[-1] = {**last, "text": last["text"] + part["text"]}
        else:
            kept.append(part)
    return [model(*kept)]


@given(
    scripts=turns(),
    streaming=st.booleans(),
    how=st.sampled_from(["as it came", "each", "joined without thoughts"]),
)
@settings(max_examples=at_length(250), deadline=None)
def test_a_turn_that_comes_back_is_put_back_as_the_provider_saw_it(
    scripts: tuple[Script, ...], streaming: bool, how: str
) -> None:
    played = play(*scripts, streaming=streaming)
    parts = parts_in(played.told)
    if streaming or how != "as it came":
        # Empty parts are what no client sends.
        parts = [part for part in parts if part.get("text") != ""]
    echo = as_clients_keep(parts, how) if how != "as it came" else [model(*parts)]
    called = [part["functionCall"] for part in parts if "functionCall" in part]
    results = [
        {"functionResponse": {"id": each["id"], "name": each["name"], "response": {"output": "x"}}}
        for each in called
    ]
    told = [user(*results)] if results else []

    legs = played.turn.legs
    contents = [ASK, *echo, *told, NEXT]
    restored = woven(contents, 1, *legs) if legs else contents

    seen = msgspec.json.decode(played.sent[-1])["contents"]
    assert restored[: len(seen)] == seen
    rest = restored[len(seen) : -1]
    said = [part for content in rest if content["role"] == "model" for part in content["parts"]]
    words = "".join(part.get("text", "") for part in said if not part.get("thought"))
    assert "".join(words.split()) == "".join(_said(scripts[-1]).split())
    made = [part["functionCall"]["id"] for part in said if "functionCall" in part]
    assert made == [each.id for each in scripts[-1].calls]
    ours = [each.id for each in scripts[-1].calls if each.name == TOOL]
    answers = [part["functionResponse"]["id"] for part in rest[-1]["parts"]] if told else []
    assert answers == ([*ours, *(each["id"] for each in called)] if told else [])
    assert restored[-1] == NEXT


def _said(script: Script) -> str:
    said = [part.text for part in script.parts if not isinstance(part, (Call, Think))]
    return "".join(said)


def test_only_the_turn_itself_is_changed() -> None:
    body = (
        b'{ "contents": [ {"parts":[{"text":"\\u00e9"}]} ,\n'
        b'{"parts" : [ {"text":"One two"} ],"role":"model"} , {"parts":[{"text":"x"}]} ] }'
    )
    read = Document.read(body)
    legs = (leg(text("One "), call(TOOL)), leg(text("two")))

    changed = read.rewrite(GeminiWeaver().put_back(read, 1, legs))

    told = msgspec.json.encode([model(text("One "), call(TOOL)), user(result(TOOL))])[1:-1]
    place = body.index(b'{"parts" :')
    assert changed == (body[:place] + told + b"," + body[place:]).replace(b'"One two"', b'"two"')


def test_a_text_cut_in_two_by_the_client_is_cut_where_the_legs_are() -> None:
    legs = (leg(text("One two "), call(TOOL)), leg(text("three"), call("bash")))
    turn = [model(text("One ")), model(text("two thr"), text("ee"), call("bash"))]

    restored = woven([ASK, *turn, user(result("bash"))], 1, *legs)

    assert restored[1:3] == [model(text("One two "), call(TOOL)), user(result(TOOL))]
    assert restored[3:] == [model(text("thr"), text("ee"), call("bash")), user(result("bash"))]


def test_words_that_the_client_has_changed_stay() -> None:
    legs = (leg(text("One "), call(TOOL)), leg(text("two")))

    restored = woven([ASK, model(text("Quite another")), NEXT], 1, *legs)

    assert restored[3] == model(text("Quite another"))


def test_thoughts_go_with_the_leg_that_thought_them() -> None:
    legs = (
        leg(text("Hm. ", thought=True), text("One "), call(TOOL)),
        leg(text("Oh.", thought=True), text("two")),
    )
    turn = model(text("Hm. ", thought=True), text("One "), text("Oh.", thought=True), text("two"))

    restored = woven([ASK, turn, NEXT], 1, *legs)

    assert restored[3] == model(text("Oh.", thought=True), text("two"))


def test_an_empty_part_that_bears_an_earlier_legs_signature_goes_with_it() -> None:
    signed = text("", thoughtSignature="s1")
    legs = (leg(text("One "), signed, call(TOOL)), leg(text("two", thoughtSignature="s2")))

    restored = woven([ASK, model(text("One "), signed, text("two")), NEXT], 1, *legs)

    assert restored[3] == model(text("two"))


def test_calls_of_ours_stand_where_they_were_and_are_answered() -> None:
    last = leg(call("a"), call(TOOL), call("b"), call(TOOL))
    told = user(result("a"), result("b"))

    restored = woven([ASK, model(call("a"), call("b")), told], 1, last)

    assert restored[1] == model(call("a"), call(TOOL), call("b"), call(TOOL))
    assert restored[2] == user(result(TOOL), result(TOOL), *told["parts"])


def test_calls_of_ours_are_not_put_where_those_of_the_client_are_gone() -> None:
    last = leg(text("Look. "), call(TOOL), call("a"))

    assert woven([ASK, model(text("Look. ")), NEXT], 1, last) == [ASK, model(text("Look. ")), NEXT]
    unanswered = [ASK, model(call("a"))]
    body = Document.read(msgspec.json.encode({"contents": unanswered}))
    assert GeminiWeaver().put_back(body, 1, (last,)) == []


def test_a_turn_that_was_cut_before_its_next_leg_spoke_is_put_back() -> None:
    restored = woven(
        [ASK, model(text("Let me see.")), NEXT], 1, leg(text("Let me see."), call(TOOL)), Leg(())
    )

    assert restored[1:3] == [model(text("Let me see."), call(TOOL)), user(result(TOOL))]
    assert restored[-1] == NEXT
