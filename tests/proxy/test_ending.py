"""Outcomes of calls, as they stand at the end."""

from __future__ import annotations

import dataclasses
import time
from decimal import Decimal
from typing import Any

import pytest

from headroom.conversation import Known
from headroom.economics import Account
from headroom.formats.base import CallMade, Finished, TextSaid, UsageReported
from headroom.observe.clients import DOUBLED
from headroom.outcome import Usage
from headroom.proxy.accounting import Standing
from headroom.proxy.ending import outcome_of
from headroom.proxy.planning import open_planning
from headroom.proxy.routes import find_route
from headroom.state.place import Place
from tests.proxy.drafts import NOW_MS, PLAN, record
from tests.proxy.house import NOWHERE, settings_for


async def test_a_reported_usage_is_told_and_learned_from() -> None:
    draft = record(model="m", plan=PLAN, status=200, usage=Usage(1800, 7), verdict="planned")

    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = outcome_of(draft, planning)
        assert planning.calibration.estimate("m", 1500) == 1800

    assert (outcome.usage, outcome.estimated) == (Usage(1800, 7), False)
    assert (outcome.route, outcome.provider) == ("/v1/messages", "anthropic")
    assert outcome.total_ms > 0


async def test_where_none_is_reported_ours_is_an_estimate() -> None:
    draft = record(model="m", plan=PLAN, sent=True, replied=200)
    draft.see([TextSaid("All is "), TextSaid("well."), CallMade("1", "Bash", '{"command":"ls"}')])

    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.calibration.learn("m", counted=1000, reported=1200)
        outcome = outcome_of(draft, planning)
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
        outcome = outcome_of(record(**known), planning)

    assert (outcome.usage, outcome.estimated) == (None, False)


async def test_M4_what_left_without_an_answer_is_an_estimate_what_stayed_is_nothing() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        await planning.accounting.load_prices()
        left = outcome_of(record(model="claude-opus-5-5", plan=PLAN, sent=True), planning)
        stayed = outcome_of(record(model="claude-opus-5-5", plan=PLAN), planning)

    assert left.usage == Usage(1500, 0)
    assert left.cost == Decimal("0.006")
    assert (stayed.usage, stayed.cost) == (None, None)


async def test_M4_what_was_said_beyond_what_a_cut_reply_has_counted_is_charged() -> None:
    draft = record(model="claude-opus-5-5", plan=PLAN, sent=True, replied=200)
    draft.see([UsageReported(Usage(1500, 1)), TextSaid("A word, and another one. " * 40)])

    async with open_planning(settings_for(NOWHERE)) as planning:
        cut = outcome_of(draft, planning).usage
        draft.see([UsageReported(Usage(1500, 7)), Finished("end_turn")])
        whole = outcome_of(draft, planning).usage

    assert cut is not None
    assert 200 < cut.output_tokens < 300
    assert whole == Usage(1500, 7)


async def test_M8_an_unknown_model_is_priced_as_the_dearest_under_a_budget_and_flagged() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        await planning.accounting.load_prices()
        free = outcome_of(record(model="odd", usage=Usage(1000, 10)), planning)
        bound = outcome_of(record(model="odd", usage=Usage(1000, 10), under_budget=True), planning)
        nameless = outcome_of(record(usage=Usage(1000, 10), under_budget=True), planning)

    assert (free.cost, free.notes) == (None, ())
    assert bound.cost == nameless.cost == Decimal("0.01575")
    assert bound.notes == ("priced as the dearest known model of anthropic",)
    assert bound.price.endswith("the dearest known model of anthropic")


async def test_S4_a_model_is_known_where_its_price_is() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        before = outcome_of(record(model="claude-opus-4-7"), planning).known_model
        await planning.accounting.load_prices()
        known = outcome_of(record(model="claude-opus-4-7"), planning).known_model
        unknown = outcome_of(record(model="made-up"), planning).known_model
        spelled = outcome_of(record(model='sk-ant-x"}/Claude-Opus-4-7@tag'), planning).known_model

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
        outcome = outcome_of(draft, planning)

    assert outcome.bust == bust
    assert outcome.missed_tokens == added.expected - added.read


async def test_the_route_of_what_is_only_relayed_is_not_told() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = outcome_of(record(b"/v1/files/secret"), planning)

    assert outcome.route == ""


async def test_S3_what_was_answered_is_told_only_where_that_is_wanted() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        told = []
        for wanted in (False, True):
            draft = record(tells_content=wanted)
            draft.see([TextSaid("All is "), TextSaid("well."), UsageReported(Usage(9, 4))])
            told.append(outcome_of(draft, planning).answered)

    assert told == ["", "All is well."]


async def test_stages_are_told_one_after_the_other_with_their_time() -> None:
    draft = record()
    for stage in ("read", "plan", "keep", "plan"):
        with draft.stages.during(stage):
            time.perf_counter()

    async with open_planning(settings_for(NOWHERE)) as planning:
        outcome = outcome_of(draft, planning)

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
            told.append(outcome_of(draft, planning).traceparent)

    assert told == [trace, "?" * 64]


async def test_a_version_too_many_in_the_path_is_noted_and_the_client_named() -> None:
    call = dataclasses.replace(
        record().call,
        headers=[(b"user-agent", b"claude-cli/2.1.181 (external, cli)")],
        route=find_route("POST", b"/v1/v1/messages", []),
    )

    async with open_planning(settings_for(NOWHERE)) as planning:
        missed = outcome_of(dataclasses.replace(record(status=404), call=call), planning)
        found = outcome_of(dataclasses.replace(record(status=200), call=call), planning)

    assert (missed.client, missed.notes) == ("claude", (DOUBLED,))
    assert found.notes == ()
