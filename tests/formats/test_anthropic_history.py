from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from headroom.conversation import Leg, Legs
from headroom.formats.anthropic_history import put_back
from headroom.formats.anthropic_leg import result
from headroom.formats.turns import NOTHING_SAID, encoded
from headroom.marker import TOOL
from headroom.wire.document import Document
from tests.formats.anthropic_turns import GO, NEXT, results_for
from tests.upstream.memory import Memory
from tests.upstream.validate import anthropic_problem

Block = dict[str, Any]


def text(said: str, **more: Any) -> Block:
    return {"type": "text", "text": said, **more}


def thinking(said: str) -> Block:
    return {"type": "thinking", "thinking": said, "signature": f"signed {said}"}


def ours(name: str) -> Block:
    return {"type": "tool_use", "id": name, "name": TOOL, "input": {"hash": "a"}}


def bash(name: str = "t1", **more: Any) -> Block:
    return {"type": "tool_use", "id": name, "name": "Bash", "input": {}, **more}


def answer(name: str) -> Block:
    told: Block = msgspec.json.decode(result(name, f"text of {name}"))
    return told


def leg(*blocks: Block, answered: bool = True) -> Leg:
    hidden = tuple(n for n, block in enumerate(blocks) if block.get("name") == TOOL)
    answers = tuple(encoded(answer(blocks[n]["id"])) for n in hidden)
    return Leg(tuple(map(encoded, blocks)), hidden, answers if answered else ())


def assistant(*blocks: Block) -> Block:
    return {"role": "assistant", "content": list(blocks)}


def user(*blocks: Block) -> Block:
    return {"role": "user", "content": list(blocks)}


def told(*names: str) -> Block:
    return user(*map(answer, names))


def woven(messages: list[Any], legs: Legs, *, at: int = 1) -> list[Any]:
    """The messages with these legs put back, which the provider takes."""
    body = msgspec.json.encode({"model": "m", "max_tokens": 9, "messages": messages})
    document = Document.read(body)
    changed = msgspec.json.decode(document.rewrite(put_back(document, at, legs)))
    assert anthropic_problem(changed, Memory()) is None
    restored: list[Any] = changed["messages"]
    return restored


TALK: Legs = (
    leg(thinking("1"), text("One."), ours("o1")),
    leg(text("Two."), thinking("2"), ours("o2")),
    leg(thinking("3"), text("Three."), bash()),
)
SEEN = [
    *(thinking("1"), text("One.")),
    *(text("Two."), thinking("2")),
    *(thinking("3"), text("Three."), bash()),
]
ANSWERED = user(*results_for([bash()]))
MADE = [
    GO,
    assistant(thinking("1"), text("One."), ours("o1")),
    told("o1"),
    assistant(text("Two."), thinking("2"), ours("o2")),
    told("o2"),
    assistant(thinking("3"), text("Three."), bash()),
    ANSWERED,
]


def test_each_leg_is_a_message_with_its_answers_behind_it() -> None:
    assert woven([GO, assistant(*SEEN), ANSWERED], TALK) == MADE


def test_only_the_turn_itself_is_changed() -> None:
    before = b'{ "messages":[ {"role":"user","content":"\\u00e9"} ,\n'
    first, last = b'{"type":"text", "text":"One."}', b'{ "text":"Tw\\u006f.","type":"text"}'
    document = Document.read(
        before
        + b'{"content" : [ '
        + first
        + b" , "
        + last
        + b' ], "role":"assistant"} ], "n":1.0 }'
    )
    legs = (leg(text("One."), ours("o1")), leg(text("Two.")))

    changed = document.rewrite(put_back(document, 1, legs))

    assert changed == b"".join(
        (
            before,
            b'{"content" : [ ' + first + b"," + encoded(ours("o1")).encode(),
            b'], "role":"assistant"},' + encoded(told("o1")).encode(),
            b',{"content" : [' + last + b' ], "role":"assistant"} ], "n":1.0 }',
        )
    )


# Clients that change the turn


def test_blocks_are_known_whatever_is_added_to_them() -> None:
    mark: Block = {"cache_control": {"type": "ephemeral"}}
    changed = [
        thinking("1"), text(" One.\n", citations=None), text("Two.", **mark), thinking("2"),
        thinking("3"), text("Three."), bash(caller={"type": "direct"}, **mark),
    ]  # fmt: skip

    restored = woven([GO, assistant(*changed), ANSWERED], TALK)

    assert restored == [
        GO,
        assistant(*changed[:2], ours("o1")),
        told("o1"),
        assistant(*changed[2:4], ours("o2")),
        told("o2"),
        assistant(*changed[4:]),
        ANSWERED,
    ]


def is_text(block: Block) -> bool:
    return bool(block["type"] == "text")


@pytest.mark.parametrize(
    "drops",
    [
        lambda block: block["type"] == "thinking",
        lambda block: block == text("One."),
        lambda block: block == text("Three."),
        is_text,
        lambda block: block == thinking("2"),
    ],
    ids=["thinking", "the first text", "the last text", "all texts", "the second thinking"],
)
def test_blocks_that_the_client_drops_are_dropped_where_they_were(
    drops: Callable[[Block], bool],
) -> None:
    kept = [block for block in SEEN if not drops(block)]

    restored = woven([GO, assistant(*kept), ANSWERED], TALK)

    assert restored == [
        {**message, "content": [block for block in message["content"] if not drops(block)]}
        if message["role"] == "assistant"
        else message
        for message in MADE
    ]


def test_a_leg_of_which_nothing_is_left_comes_back_without_its_thinking() -> None:
    kept = [thinking("3"), text("Three."), bash()]

    restored = woven([GO, assistant(*kept), ANSWERED], TALK)

    assert restored == [
        GO,
        assistant(text("One."), ours("o1")),
        told("o1"),
        assistant(text("Two."), ours("o2")),
        told("o2"),
        assistant(*kept),
        ANSWERED,
    ]


@pytest.mark.parametrize("at", range(1, len(SEEN)))
def test_a_turn_may_be_divided_into_two_messages(at: int) -> None:
    divided = [assistant(*SEEN[:at]), assistant(*SEEN[at:])]

    restored = woven([GO, *divided, ANSWERED], TALK)

    merged: list[Any] = []
    for message in restored:
        if merged and merged[-1]["role"] == message["role"] == "assistant":
            merged[-1] = assistant(*merged[-1]["content"], *message["content"])
        else:
            merged.append(message)
    assert merged == MADE


def test_calls_of_a_leg_that_was_divided_stand_in_the_message_before_their_answers() -> None:
    legs = (leg(ours("o1"), text("One."), ours("o2"), text("Two.")), leg(text("Three.")))

    restored = woven([GO, assistant(text("One.")), assistant(text("Two."), text("Three."))], legs)

    assert restored == [
        GO,
        assistant(text("One.")),
        assistant(ours("o1"), ours("o2"), text("Two.")),
        told("o1", "o2"),
        assistant(text("Three.")),
    ]


def test_calls_of_a_last_leg_that_was_divided_stand_in_the_last_message() -> None:
    legs = (leg(text("One."), ours("o1"), bash()),)
    messages = [GO, assistant(text("One.")), assistant(bash()), ANSWERED]

    restored = woven(messages, legs)

    assert restored[1:3] == [assistant(text("One.")), assistant(ours("o1"), bash())]


def test_a_text_that_was_dropped_is_not_mistaken_for_the_same_one_behind_a_call() -> None:
    legs = (leg(text("Look:"), ours("o1")), leg(bash(), text("Look:")))

    restored = woven([GO, assistant(bash(), text("Look:")), ANSWERED], legs)

    assert restored[1:] == [
        assistant(text("Look:"), ours("o1")),
        told("o1"),
        assistant(bash(), text("Look:")),
        ANSWERED,
    ]


def test_what_the_client_adds_stays_where_it_is() -> None:
    extra = text("Added.")

    restored = woven([GO, assistant(extra, *SEEN[:2], extra, *SEEN[2:], extra), ANSWERED], TALK)

    contents = [m["content"] for m in restored if m["role"] == "assistant"]
    assert contents[0] == [extra, thinking("1"), text("One."), ours("o1")]
    assert contents[1] == [extra, text("Two."), thinking("2"), ours("o2")]
    assert contents[2] == [thinking("3"), text("Three."), bash(), extra]


def test_a_turn_may_stand_behind_another_in_one_message() -> None:
    legs = (leg(ours("o1")), leg(text("Two."), ours("o2")), leg(bash()))

    restored = woven([GO, assistant(text("Paused."), text("Two."), bash()), ANSWERED], legs)

    assert restored[1:-1] == [
        assistant(text("Paused.")),
        assistant(ours("o1")),
        told("o1"),
        assistant(text("Two."), ours("o2")),
        told("o2"),
        assistant(bash()),
    ]


def test_a_turn_that_the_client_has_rewritten_gets_its_earlier_legs_before_it() -> None:
    restored = woven([GO, assistant(text("Looked.")), NEXT], TALK)

    assert restored == [
        GO,
        assistant(text("One."), ours("o1")),
        told("o1"),
        assistant(text("Two."), ours("o2")),
        told("o2"),
        assistant(text("Looked.")),
        NEXT,
    ]


@pytest.mark.parametrize("content", [None, [], 5])
def test_a_turn_that_holds_nothing_gets_its_legs_before_it(content: Any) -> None:
    odd = {"role": "assistant", "content": content}
    document = Document.read(msgspec.json.encode({"messages": [GO, odd]}))

    changes = put_back(document, 1, (leg(ours("o1")), leg(text("Two."))))

    assert msgspec.json.decode(document.rewrite(changes))["messages"] == [
        GO,
        assistant(ours("o1")),
        told("o1"),
        odd,
    ]


# Texts run together


SPOKEN: Legs = (leg(text("One. "), ours("o1")), leg(ours("o2")), leg(text("Three.")))


@pytest.mark.parametrize("content", ["One. Three.", "One.Three.", "One.\n\nThree.", "One. Three. "])
@pytest.mark.parametrize("is_list", [False, True])
def test_texts_run_together_are_left_what_the_last_leg_said(content: str, is_list: bool) -> None:
    whole = [text(content)] if is_list else content

    restored = woven([GO, {"role": "assistant", "content": whole}, NEXT], SPOKEN)

    assert restored == [
        GO,
        assistant(text("One. "), ours("o1")),
        told("o1"),
        assistant(ours("o2")),
        told("o2"),
        {"role": "assistant", "content": [text("Three.")] if is_list else "Three."},
        NEXT,
    ]


def test_texts_run_together_beside_other_blocks_are_taken_apart_as_well() -> None:
    seen = [thinking("1"), thinking("2"), thinking("3"), text("One.Two.Three."), bash()]

    restored = woven([GO, assistant(*seen), ANSWERED], TALK)

    assert restored == [
        GO,
        assistant(thinking("1"), ours("o1")),
        told("o1"),
        assistant(thinking("2"), ours("o2")),
        told("o2"),
        assistant(thinking("3"), text("Three."), bash()),
        ANSWERED,
    ]


def test_texts_run_together_behind_a_leg_that_came_later_are_left_alone() -> None:
    legs = (leg(text("One."), ours("o1")), leg(text("Two."), ours("o2")), leg(thinking("3")))

    restored = woven([GO, assistant(thinking("3"), text("One.Two.")), NEXT], legs)

    assert restored[-2:] == [assistant(thinking("3"), text("One.Two.")), NEXT]
    assert restored[1:-2] == [
        assistant(text("One."), ours("o1")),
        told("o1"),
        assistant(text("Two."), ours("o2")),
        told("o2"),
    ]


def test_a_text_that_is_a_whole_content_becomes_a_list_for_a_call_behind_it() -> None:
    legs = (leg(text("One."), ours("o1")), leg())

    restored = woven([GO, {"role": "assistant", "content": "One."}, NEXT], legs)

    assert restored == [GO, assistant(text("One."), ours("o1")), told("o1"), NEXT]


def test_a_text_that_is_a_whole_content_becomes_a_list_for_a_call_before_it() -> None:
    legs = (leg(ours("o1"), text("One."), text("Two.")), leg())

    restored = woven([GO, {"role": "assistant", "content": "One.Two."}, NEXT], legs)

    assert restored == [GO, assistant(ours("o1"), text("One.Two.")), told("o1"), NEXT]


def test_a_single_text_may_be_a_whole_content() -> None:
    legs = (leg(thinking("1"), ours("o1")), leg(thinking("2"), text("Two.")))

    restored = woven([GO, {"role": "assistant", "content": "Two."}, NEXT], legs)

    content = {"role": "assistant", "content": "Two."}
    assert restored == [GO, assistant(ours("o1")), told("o1"), content, NEXT]


def test_a_text_that_could_not_be_read_exactly_stays_as_it_is() -> None:
    body = b'{"messages":[{"role":"user"},{"role":"assistant","content":"One.T\\ud83d"}]}'
    document = Document.read(body)

    changed = document.rewrite(
        put_back(document, 1, (leg(text("One."), ours("o1")), leg(text("T\ufffd"))))
    )

    assert changed.endswith(b'{"role":"assistant","content":"One.T\\ud83d"}]}')
    assert TOOL.encode() in changed


# The last leg


MIXED: Legs = (leg(text("One."), ours("o1")), leg(ours("o2"), bash(), ours("o3"), bash("t2")))


def test_answers_stand_before_those_of_the_client() -> None:
    results = results_for([bash(), bash("t2")])

    restored = woven([GO, assistant(text("One."), bash(), bash("t2")), user(*results)], MIXED)

    assert restored == [
        GO,
        assistant(text("One."), ours("o1")),
        told("o1"),
        assistant(ours("o2"), bash(), ours("o3"), bash("t2")),
        user(answer("o2"), answer("o3"), *results),
    ]


def test_a_call_of_ours_comes_back_where_the_client_has_dropped_its_own() -> None:
    restored = woven([GO, assistant(text("One."), bash()), ANSWERED], MIXED)

    assert restored[3:] == [
        assistant(ours("o2"), bash(), ours("o3")),
        user(answer("o2"), answer("o3"), *results_for([bash()])),
    ]


@pytest.mark.parametrize(
    "rest",
    [
        [assistant(text("One."))],
        [assistant(text("One.")), NEXT],
        [assistant(text("One.")), user(text("No."))],
        [{"role": "assistant", "content": "One."}, NEXT],
    ],
)
def test_calls_of_ours_stay_out_where_the_turn_did_not_go_on_so(rest: list[Any]) -> None:
    restored = woven([GO, *rest], MIXED)

    assert restored[:3] == [GO, assistant(text("One."), ours("o1")), told("o1")]
    assert [ours("o2")["id"] in str(message) for message in restored] == [False] * len(restored)


def test_calls_of_ours_stay_out_where_the_client_answers_with_a_single_text() -> None:
    legs = (leg(text("Look:"), ours("o1"), bash()),)
    document = Document.read(
        msgspec.json.encode({"messages": [GO, assistant(text("Look:")), NEXT]})
    )

    assert put_back(document, 1, legs) == []


@pytest.mark.parametrize("rest", [[], [{"role": "system", "content": [text("Now.")]}]])
def test_calls_of_ours_stay_out_where_nobody_answers(rest: list[Any]) -> None:
    legs = (leg(text("Look:"), ours("o1"), bash()),)
    messages = [GO, assistant(text("Look:"), bash()), *rest]
    document = Document.read(msgspec.json.encode({"messages": messages}))

    assert put_back(document, 1, legs) == []


def test_calls_that_nobody_answered_stay_out() -> None:
    legs = (leg(text("One."), ours("o1")), leg(thinking("2"), ours("o2"), answered=False))
    said = [text("One."), thinking("2"), text(NOTHING_SAID)]

    restored = woven([GO, assistant(*said), NEXT], legs)

    assert restored == [
        GO,
        assistant(text("One."), ours("o1")),
        told("o1"),
        assistant(thinking("2"), text(NOTHING_SAID)),
        NEXT,
    ]


def test_behind_a_last_leg_of_which_nothing_was_seen_the_history_goes_on() -> None:
    legs = (leg(text("One."), ours("o1")), leg(ours("o2"), answered=False))

    restored = woven([GO, assistant(text("One.")), NEXT, assistant(text("Hm.")), NEXT], legs)

    assert restored == [
        GO,
        assistant(text("One."), ours("o1")),
        told("o1"),
        NEXT,
        assistant(text("Hm.")),
        NEXT,
    ]


def test_a_turn_that_is_still_to_go_on_may_be_the_last_message() -> None:
    search = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    legs = (leg(thinking("1"), ours("o1")), leg(search))

    restored = woven([GO, assistant(thinking("1"), search)], legs)

    assert restored == [GO, assistant(thinking("1"), ours("o1")), told("o1"), assistant(search)]


def test_blocks_of_every_kind_are_known_again() -> None:
    sealed: list[Block] = [{"type": "redacted_thinking", "data": name} for name in "ab"]
    search: Block = {
        "type": "server_tool_use",
        "id": "s1",
        "name": "web_search",
        "input": {"query": "a"},
    }
    found: Block = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
    compacted: Block = {"type": "compaction", "content": "So far."}
    unsigned: Block = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    first, last = [compacted, sealed[0], search], [found, unsigned, sealed[1], text("Done.")]
    legs = (leg(*first, ours("o1")), leg(*last))

    restored = woven([GO, assistant(*first, *last), NEXT], legs)

    assert restored == [GO, assistant(*first, ours("o1")), told("o1"), assistant(*last), NEXT]


def test_equal_texts_are_taken_in_their_order() -> None:
    legs = (leg(text("Look:"), ours("o1")), leg(text("Look:"), ours("o2")), leg(text("Look:")))

    restored = woven([GO, assistant(*[text("Look:")] * 3), NEXT], legs)

    assert [len(m["content"]) for m in restored[1:-1]] == [2, 1, 2, 1, 1]
    assert all(is_text(m["content"][0]) for m in restored if m["role"] == "assistant")


def test_blank_texts_of_a_leg_are_not_given_to_the_provider() -> None:
    legs = (leg(text("\n"), ours("o1")), leg(text("Done.")))

    restored = woven([GO, assistant(text("Done.")), NEXT], legs)

    assert restored == [GO, assistant(ours("o1")), told("o1"), assistant(text("Done.")), NEXT]


def test_what_is_no_block_is_passed_over() -> None:
    body = {"messages": [GO, {"role": "assistant", "content": [5, None, text("Done.")]}]}
    document = Document.read(msgspec.json.encode(body))

    changes = put_back(document, 1, (leg(ours("o1")), leg(text("Done."))))

    assert msgspec.json.decode(document.rewrite(changes))["messages"][1:] == [
        {"role": "assistant", "content": [5, None]},
        assistant(ours("o1")),
        told("o1"),
        assistant(text("Done.")),
    ]
