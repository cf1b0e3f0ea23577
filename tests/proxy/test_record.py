"""The draft of an outcome, filled in while a call runs."""

from __future__ import annotations

import dataclasses
import time
from decimal import Decimal
from typing import Any

import pytest

from headroom.conversation import Block, Conversation, Known, Plan
from headroom.economics import Account
from headroom.formats.base import CallMade, Finished, TextSaid, UsageReported
from headroom.outcome import Rewrite, Usage
from headroom.proxy.accounting import Standing
from headroom.proxy.call import Call, Message
from headroom.proxy.planning import open_planning
from headroom.proxy.record import CONTENT_CHARACTERS, Record
from headroom.proxy.routes import find_route
from headroom.state.place import Place
from tests.proxy.house import NOWHERE, settings_for

NOW_MS = 1_790_000_000_000


async def nothing() -> Message:
    return {}


def record(path: bytes = b"/v1/messages", **known: Any) -> Record:
    route = find_route("POST", path, [])
    call = Call({}, nothing, "POST", [], b"", route, time.perf_counter())
    made = Record(call)
    for name, value in known.items():
        setattr(made, name, value)
    return made


PLAN = Plan(tokens_before=2000, tokens_after=1500, transforms=("router:log:0.75",) * 3)


def test_the_last_usage_that_is_reported_counts() -> None:
    draft = record()

    draft.see([TextSaid("a"), UsageReported(Usage(1, 1)), UsageReported(Usage(9, 4))])
    draft.see([Finished("end_turn")])

    assert draft.usage == Usage(9, 4)
    assert draft.finished


async def test_a_reported_usage_is_told_and_learned_from() -> None:
    draft = record(model="m", plan=PLAN, status=200, usage=Usage(1800, 7), verdict="planned")

    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = draft.settled(planning)
        assert planning.calibration.estimate("m", 1500) == 1800

    assert (outcome.usage, outcome.estimated) == (Usage(1800, 7), False)
    assert (outcome.route, outcome.provider) == ("/v1/messages", "anthropic")
    assert outcome.total_ms > 0


async def test_where_none_is_reported_ours_is_an_estimate() -> None:
    draft = record(model="m", plan=PLAN, sent=True, replied=200)
    draft.see([TextSaid("All is "), TextSaid("well."), CallMade("1", "Bash", '{"command":"ls"}')])

    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.calibration.learn("m", counted=1000, reported=1200)
        outcome = draft.settled(planning)
        said = planning.counter.count('All is well.{"command":"ls"}')

    assert outcome.estimated
    assert outcome.usage == Usage(1800, said)


@pytest.mark.parametrize(
    "known", [{"sent": True, "replied": 429, "plan": PLAN}, {"sent": True, "replied": 200}]
)
async def test_nothing_is_estimated_for_what_was_refused_or_not_read(
    known: dict[str, Any],
) -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = record(**known).settled(planning)

    assert (outcome.usage, outcome.estimated) == (None, False)


async def test_M4_what_left_without_an_answer_is_an_estimate_what_stayed_is_nothing() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        await planning.accounting.load_prices()
        left = record(model="claude-opus-5-5", plan=PLAN, sent=True).settled(planning)
        stayed = record(model="claude-opus-5-5", plan=PLAN).settled(planning)

    assert left.usage == Usage(1500, 0)
    assert left.cost == Decimal("0.006")
    assert (stayed.usage, stayed.cost) == (None, None)


async def test_M4_what_was_said_beyond_what_a_cut_reply_has_counted_is_charged() -> None:
    draft = record(model="claude-opus-5-5", plan=PLAN, sent=True, replied=200)
    draft.see([UsageReported(Usage(1500, 1)), TextSaid("A word, and another one. " * 40)])

    async with open_planning(settings_for(NOWHERE)) as planning:
        cut = draft.settled(planning).usage
        draft.see([UsageReported(Usage(1500, 7)), Finished("end_turn")])
        whole = draft.settled(planning).usage

    assert cut is not None
    assert 200 < cut.output_tokens < 300
    assert whole == Usage(1500, 7)


async def test_M8_an_unknown_model_is_priced_as_the_dearest_under_a_budget_and_flagged() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        await planning.accounting.load_prices()
        free = record(model="odd", usage=Usage(1000, 10)).settled(planning)
        bound = record(model="odd", usage=Usage(1000, 10), under_budget=True).settled(planning)
        nameless = record(usage=Usage(1000, 10), under_budget=True).settled(planning)

    assert (free.cost, free.notes) == (None, ())
    assert bound.cost == nameless.cost == Decimal("0.01575")
    assert bound.notes == ("priced as the dearest known model of anthropic",)
    assert bound.price.endswith("the dearest known model of anthropic")


def test_a_planned_reply_tells_what_was_done_and_each_strategy_once() -> None:
    told = dict(record(verdict="planned", plan=PLAN, model="a\nb").headers())

    assert told[b"x-headroom-tokens-saved"] == b"500"
    assert told[b"x-headroom-transforms"] == b"router:log:0.75"
    assert told[b"x-headroom-model"] == b"a?b"
    assert told[b"x-headroom-request-id"].startswith(b"hr_")


def test_a_rewrite_of_what_was_sent_is_announced() -> None:
    plan = dataclasses.replace(PLAN, rewrite=Rewrite("paying", 400))

    told = dict(record(verdict="planned", plan=plan).headers())

    assert told[b"x-headroom-rewrite"] == b"paying"


def test_what_is_not_planned_tells_its_id_alone() -> None:
    assert [name for name, _ in record(plan=PLAN).headers()] == [b"x-headroom-request-id"]


async def test_S4_a_model_is_known_where_its_price_is() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        before = record(model="claude-opus-4-7").settled(planning).known_model
        await planning.accounting.load_prices()
        known = record(model="claude-opus-4-7").settled(planning).known_model
        unknown = record(model="made-up").settled(planning).known_model
        spelled = record(model='sk-ant-x"}/Claude-Opus-4-7@tag').settled(planning).known_model

    assert (before, known, unknown) == ("", "claude-opus-4-7", "")
    assert spelled == "claude-opus-4-7"


@pytest.mark.parametrize(
    ("standing", "added", "bust"),
    [
        (Account(at_ms=NOW_MS, read=9, lifetime_s=300), Account(expected=100, read=40), "other"),
        (Account(at_ms=NOW_MS, read=9, lifetime_s=300), Account(expected=100, read=60), ""),
        # It had lapsed; nothing had ever been cached; we had said why.
        (Account(at_ms=NOW_MS - 900_000, read=9, lifetime_s=300), Account(expected=100), ""),
        (Account(at_ms=NOW_MS, lifetime_s=300), Account(expected=100), ""),
        (Account(at_ms=NOW_MS, read=9, lifetime_s=300), Account(expected=9, rewrites=1), ""),
        (Account(at_ms=NOW_MS, read=9, lifetime_s=300), Account(expected=9, busts=1), "ours"),
    ],
)
async def test_whose_doing_it_is_that_the_cache_was_missed(
    standing: Account, added: Account, bust: str
) -> None:
    place = Place((), Known())
    draft = record(
        model="claude-opus-4-7",
        standing=Standing(place, standing, sent_at=NOW_MS / 1000),
        entry=added,
    )

    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = draft.settled(planning)

    assert outcome.bust == bust
    assert outcome.missed_tokens == added.expected - added.read


async def test_the_route_of_what_is_only_relayed_is_not_told() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = record(b"/v1/files/secret").settled(planning)

    assert outcome.route == ""


def test_what_a_request_says_is_heard_but_its_content_only_where_that_is_wanted() -> None:
    blocks = (
        Block(("messages", 0, "content"), 0, "user", "text", "why?"),
        Block(("messages", 4, "content", 0), 1, "tool", "tool_result", "x" * 9_000),
        Block(("messages", 4, "content", 1), 1, "user", "opaque", "{}"),
    )
    conversation = Conversation(blocks, "m", streaming=True)
    draft, curious = record(), record()

    draft.hear(conversation, content=False)
    curious.hear(conversation, content=True)

    assert (draft.model, draft.streaming, draft.messages, draft.asked) == ("m", True, 5, "")
    assert draft.asked_model == "m"
    assert curious.asked == "x" * CONTENT_CHARACTERS
    assert "xxx" not in repr(curious)


async def test_S3_what_was_answered_is_told_only_where_that_is_wanted() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        told = []
        for wanted in (False, True):
            draft = record(tells_content=wanted)
            draft.see([TextSaid("All is "), TextSaid("well."), UsageReported(Usage(9, 4))])
            told.append(draft.settled(planning).answered)

    assert told == ["", "All is well."]


async def test_stages_are_told_one_after_the_other_with_their_time() -> None:
    draft = record()
    for stage in ("read", "plan", "keep", "plan"):
        with draft.stages.during(stage):
            time.perf_counter()

    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = draft.settled(planning)

    assert [each.stage for each in outcome.passages] == ["read", "plan", "keep", "plan"]
    begun = [each.begun_ms for each in outcome.passages]
    assert begun == sorted(begun)
    assert begun[0] >= 0
    assert outcome.stages["plan"] == outcome.passages[1].took_ms + outcome.passages[3].took_ms


async def test_the_callers_trace_is_told_as_far_as_a_header_can_be_one() -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    async with open_planning(settings_for(NOWHERE)) as planning:
        told = []
        for header in (trace.encode(), b"\n" * 200):
            draft = record()
            draft.call = dataclasses.replace(draft.call, headers=[(b"traceparent", header)])
            told.append(draft.settled(planning).traceparent)

    assert told == [trace, "?" * 64]
