"""Plans: what is decided is replayed, what is new is shortened if that is worth it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import pytest

from headroom.conversation import Block, Conversation, Facts, Form, Known, Plan, ToolCall
from headroom.economics import UNCACHED
from headroom.pipeline import Choices, Seen, plan, replay
from headroom.pipeline.budget import Budget
from headroom.pipeline.causal import Before, Shorter
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.pipeline.hindsight.laws import problem, read
from tests.pipeline.hindsight.scenes import FailsDeeper, Keeps, Words, lines, longs, talk

LOG = "\n".join(f"2026-11-21 10:00:{n % 60:02d} INFO served request {n}" for n in range(80))


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def task() -> Block:
    return Block(("messages", 0, "content"), 0, "user", "text", "please look at the log")


def call(number: int, name: str = "Bash") -> Block:
    made = ToolCall(f"call_{number}", name, '{"command":"cat log"}')
    return Block(("messages", number), number, "assistant", "tool_call", "{}", call=made)


def result(number: int, text: str = LOG, *, editable: bool = True) -> Block:
    made = ToolCall(f"call_{number}", "Bash", '{"command":"cat log"}')
    path = ("messages", number + 1, "content")
    return Block(path, number + 1, "tool", "tool_result", text, call=made, editable=editable)


def conversation(*blocks: Block, **facts: Any) -> Conversation:
    return Conversation(blocks, "model", facts=Facts(**facts), fixed_text=("tools",))


@dataclass(frozen=True)
class Halves:
    """A pass that keeps the first half: for trying what plan does with a pass."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(text[: len(text) // 2], "halves")


@dataclass(frozen=True)
class Cuts:
    """A pass that leaves the last words out."""

    words: int

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(text.rsplit(" ", self.words)[0], "cuts")


@dataclass(frozen=True)
class Breaks:
    """A pass with a bug."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        raise KeyError(text)


@dataclass(frozen=True)
class Blanks:
    """A pass that leaves nothing."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(" \n", "blanks")


def test_a_new_result_is_shortened_and_counted(counter: Counter) -> None:
    made = plan(
        conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[Halves()]
    )

    assert [edit.path for edit in made.edits] == [("messages", 2, "content")]
    assert made.edits[0].text == LOG[: len(LOG) // 2]
    assert made.forms[2].by == ("halves",)
    assert made.tokens_before - made.tokens_after == made.tokens_saved > 100
    assert made.tokens_before == made.blocks_before + counter.count("tools")
    assert made.transforms == ("router:halves:0.50",)


def test_what_may_not_be_edited_is_not(counter: Counter) -> None:
    raw = conversation(task(), call(1), result(1, editable=False))

    made = plan(raw, Known(), counter=counter, passes=[Halves()])

    assert made.edits == ()
    assert made.tokens_saved == 0


def test_decided_blocks_keep_their_forms_whatever_the_passes_would_do(counter: Counter) -> None:
    known = Known(3, {2: Form("short", ("records",), 100, 1)}, 200, 101, counted=True)
    second = conversation(task(), call(1), result(1), call(3), result(3, "tiny"))

    made = plan(second, known, counter=counter, passes=[Halves()])

    assert [(edit.path, edit.text) for edit in made.edits] == [
        (("messages", 2, "content"), "short")
    ]
    assert made.forms == {}
    assert made.blocks_before - made.blocks_after == 99
    assert made.transforms == ("router:records:0.01",)


def test_decided_blocks_that_nobody_counted_are_counted(counter: Counter) -> None:
    raw = conversation(task(), call(1), result(1))

    made = plan(raw, Known(decided=3), counter=counter)

    assert made.edits == ()
    assert made.blocks_before == sum(counter.count(block.text) for block in raw.blocks)


@pytest.mark.parametrize(
    ("words", "saved", "worth_it"),
    [
        (300, 24, False),
        (300, 25, True),
        (1_000, 49, False),
        (1_000, 51, True),
        (9_000, 99, False),
        (9_000, 101, True),
    ],
)
def test_what_saves_little_is_left_as_it_is(
    counter: Counter, words: int, saved: int, worth_it: bool
) -> None:
    long = conversation(task(), call(1), result(1, "word" + " word" * (words - 1)))

    made = plan(long, Known(), counter=counter, passes=(Cuts(saved),))

    assert bool(made.edits) is worth_it


def test_a_repeat_refers_to_what_was_sent(counter: Counter) -> None:
    twice = conversation(task(), call(1), result(1), call(3), result(3))

    made = plan(twice, Known(), counter=counter)

    assert made.edits[-1].text.startswith(
        '[the same text as above in result 1 (Bash cat log): "2026-11'
    )


@pytest.mark.parametrize("fact", ["may_forget", "server_held_history"])
def test_nothing_refers_back_where_the_server_may_not_have_it(counter: Counter, fact: str) -> None:
    twice = conversation(task(), call(1), result(1), call(3), result(3), **{fact: True})

    made = plan(twice, Known(), counter=counter)

    assert not any("the same text as" in edit.text for edit in made.edits)


def test_an_index_from_the_turn_before_changes_nothing(counter: Counter) -> None:
    first = conversation(task(), call(1), result(1))
    second = conversation(*first.blocks, call(3), result(3))
    seen = Seen()
    made = plan(first, Known(), counter=counter, seen=seen)
    known = Known(3, made.forms, made.blocks_before, made.blocks_after, counted=True)

    with_index = plan(second, known, counter=counter, seen=seen)

    assert with_index == plan(second, known, counter=counter)


def test_what_is_emitted_for_a_turn_stands_at_the_head_of_the_next(counter: Counter) -> None:
    second = conversation(task(), call(1), result(1), call(3), result(3, LOG + "\nmore"))
    first = conversation(*second.blocks[:3])

    before = plan(first, Known(), counter=counter)
    after = plan(second, Known(), counter=counter)

    assert after.edits[: len(before.edits)] == before.edits


def test_A1_a_pass_that_raises_leaves_its_block_and_no_other(counter: Counter) -> None:
    made = plan(
        conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[Breaks()]
    )

    assert made.edits == ()
    assert made.failed == "KeyError"
    assert not made.abandoned
    assert [note.reason for note in made.notes] == ["a pass failed (KeyError)"]


def test_a_form_is_never_blank_and_never_hardly_shorter(counter: Counter) -> None:
    @dataclass(frozen=True)
    class Trims:
        def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
            return Shorter(text[:-3], "trims")

    for one in (Blanks(), Trims()):
        made = plan(
            conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[one]
        )

        assert made.edits == ()
        assert len(made.notes) == 1


def test_a_plan_that_failed_keeps_what_is_known_and_sends_the_rest_raw(counter: Counter) -> None:
    known = Known(3, {2: Form("short", ("records",), 100, 1)}, 200, 101, counted=True)
    second = conversation(task(), call(1), result(1), call(3), result(3))

    made = replay(second, known, counter=counter, failed="no plan within 2 s")

    assert [edit.text for edit in made.edits] == ["short"]
    assert made.forms == {}
    assert made.abandoned
    assert made.failed == "no plan within 2 s"


def test_a_call_with_arguments_of_great_depth_leaves_what_follows_to_the_passes(
    counter: Counter,
) -> None:
    deep = '{"path":' + "[" * 5000 + "]" * 5000 + "}"
    odd = Block(("messages", 1), 1, "assistant", "tool_call", "{}", ToolCall("c", "Odd", deep))

    made = plan(conversation(task(), odd, result(2)), Known(), counter=counter)

    assert made.failed == ""
    assert set(made.forms) == {2}


LONG = lines(60)
WINDOW = Budget(most_tokens=2_800, filled_after=0.7, shortens_first=False, by_importance=False)


def test_a_plan_that_lets_turns_leave_says_which_messages_and_keeps_them() -> None:
    talked = talk(*longs(10))
    known = Known(19, {}, tokens_before=2_714, tokens_after=2_714, counted=True)

    made = plan(talked, known, counter=Words(), passes=(), means="tool", budget=WINDOW)

    # The first of five stays with its call, and says of the others that they have left.
    assert made.removals == tuple(("messages", message) for message in range(3, 11))
    assert [edit.path for edit in made.edits] == [("messages", 2, "content", 0, "content")]
    [(key, original)] = made.originals.items()
    assert key in made.edits[0].text
    assert (original.tokens, original.units, original.units_kept) == (5 * 300 + 4, 5, 0)
    assert all(text in original.text for text in longs(5))
    assert made.rewrite is not None
    assert made.rewrite.turns == 5
    assert made.rewrite.tokens == made.tokens_saved == 1_504 - Words().count(made.edits[0].text)
    assert made.transforms == ("window_cap:5",)


def test_what_has_left_stays_away_in_all_later_plans_also_those_that_fail() -> None:
    talked = talk(*longs(10))
    first = plan(talked, Known(), counter=Words(), passes=(), means="tool", budget=WINDOW)
    known = Known(21, first.rewritten, first.blocks_before, first.blocks_after, counted=True)
    longer = talk(*longs(10), "fine")

    after = plan(longer, known, counter=Words(), means="tool", budget=WINDOW)
    failed = replay(longer, known, counter=Words(), failed="late")

    for made in (after, failed):
        assert made.rewrite is None
        assert (made.removals, made.edits) == (first.removals, first.edits)
        assert made.originals == first.originals
        assert made.blocks_after == first.blocks_after + 2
        assert made.running == (
            (first.blocks_before + 1, first.blocks_after + 1),
            (first.blocks_before + 2, first.blocks_after + 2),
        )


def test_messages_that_say_nothing_leave_with_their_turn(counter: Counter) -> None:
    def calls(key: str) -> dict[str, Any]:
        used = {"type": "tool_use", "id": key, "name": "Bash", "input": {}}
        return {"role": "assistant", "content": [used]}

    def answer(key: str, content: Any) -> dict[str, Any]:
        answered = {"type": "tool_result", "tool_use_id": key, "content": content}
        return {"role": "user", "content": [answered]}

    said: list[dict[str, Any]] = [{"role": "user", "content": "look"}]
    for n in range(6):
        said += [calls(f"a{n}"), answer(f"a{n}", LONG), calls(f"b{n}"), answer(f"b{n}", [])]
    body = json.dumps({"model": "m", "messages": said}).encode()

    made = plan(
        read("anthropic", body),
        Known(),
        counter=counter,
        passes=(),
        means="tool",
        budget=Budget(most_tokens=1_500, filled_after=0.7, shortens_first=False),
    )

    assert made.removals
    sent = json.loads(Document.read(body).rewrite(made.changes))["messages"]
    assert [each["role"] for each in sent] == ["user", *["assistant", "user"] * (len(sent) // 2)]
    assert problem("anthropic", json.dumps({**json.loads(body), "max_tokens": 9}).encode()) == ""


def test_after_a_rewrite_each_new_block_is_counted_with_what_stands_before_it() -> None:
    talked = talk(*longs(9))
    known = Known(13, {}, tokens_before=1_811, tokens_after=1_811, counted=True)
    budget = Budget(costs=UNCACHED, rewrites=True)

    made = plan(
        talked,
        known,
        counter=Words(),
        passes=(),
        means="tool",
        reducers=(Keeps(30),),
        choices=Choices(smallest_tokens=9_999),
        budget=budget,
    )

    # The first three lose 240 words each; the last of them was sent before, too.
    assert set(made.rewritten) == {2, 4, 6}
    before = [1_812, 2_112, 2_113, 2_413, 2_414, 2_714]
    assert made.running == tuple((each, each - 720) for each in before)
    assert (made.blocks_before, made.blocks_after) == made.running[-1]
    assert made.swept == 7
    assert made.transforms == ("router:keeps:0.20",) * 3


def test_law_7_an_error_in_hindsight_leaves_the_plan_as_it_was() -> None:
    talked = talk(*longs(9))
    known = Known(17, {}, tokens_before=1, tokens_after=1, counted=True, swept=1)

    def planned(budget: Budget) -> Plan:
        return plan(
            talked,
            known,
            counter=Words(),
            means="tool",
            reducers=(FailsDeeper(2_000),),
            budget=budget,
        )

    broken = planned(Budget(costs=UNCACHED, rewrites=True))

    assert broken.failed == "KeyError"
    assert not broken.abandoned
    as_it_was = planned(Budget(costs=UNCACHED))
    assert dataclasses.replace(broken, failed="") == as_it_was


def test_what_was_saved_is_reckoned_from_request_to_request() -> None:
    cut = Form("1", ("records",), 300, 100)
    fixed = dataclasses.replace(talk(LONG, LONG), fixed_text=("tools and system",))
    first = dataclasses.replace(fixed, blocks=fixed.blocks[:3])

    def halves(text: str) -> str:
        return text[: len(text) // 2]

    made = plan(first, Known(), counter=Words(), passes=[Halves()])

    # All 309 words are written at 1.25; of the result half is not.
    half = 300 - Words().count(halves(LONG))
    assert made.saved == pytest.approx(1.25 * half)
    known = Known(3, {2: cut}, 306, 106, counted=True, saved=7.0)
    later = plan(fixed, known, counter=Words(), passes=[Halves()])
    # 200 words less are read at 0.1, and half of the second result is not written.
    assert later.saved == pytest.approx(7.0 + 0.1 * 200 + 1.25 * half)


def test_what_leaves_of_what_is_new_was_never_written_in_the_reckoning() -> None:
    known = Known(1, {}, 5, 5, counted=True)
    window = dataclasses.replace(WINDOW, most_tokens=2_000)

    made = plan(talk(*[LONG] * 7), known, counter=Words(), passes=(), means="tool", budget=window)

    assert min(made.rewritten) == 2
    assert made.saved == pytest.approx(1.25 * made.tokens_saved)


def test_a_rewrite_costs_what_it_writes_again_in_the_reckoning() -> None:
    known = Known(3, {}, 306, 306, counted=True, saved=9_999.0)
    made = plan(
        talk(LONG, "ok fine"),
        known,
        counter=Words(),
        passes=(),
        means="tool",
        reducers=(Keeps(30),),
        choices=Choices(smallest_tokens=9_999),
        budget=Budget(rewrites=True),
    )

    assert set(made.rewritten) == {2}
    # Directly 306 words are read and 3 written; now 6 are read, 60 and 3 written.
    assert made.saved == pytest.approx(9_999 + (30.6 + 3.75) - (0.6 + 63 * 1.25))
