"""What a request may cost and hold, from its model, its conversation's account and the clock."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from headroom.conversation import Conversation, Facts, Known
from headroom.economics import CACHED, NOTHING_KNOWN, UNCACHED, Account
from headroom.own_models import OwnModel
from headroom.pipeline.budget import REWRITING, Budget
from headroom.proxy.accounting import Accounting, Standing
from headroom.proxy.budgeting import budget_of
from headroom.proxy.planners import Planners
from headroom.proxy.planning import Planning
from headroom.state.accounts import Accounts
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from headroom.state.originals import Originals
from headroom.state.place import Marks, Place
from headroom.tokens import Counter
from headroom.wire.document import Document

NOW = 1_800_000_000.0
MODEL = "our-model"
OWN = {MODEL: OwnModel(window=100_000)}
MARKED = Facts(cache_marks=True, cache_ttl_s=300)


def planning() -> Planning:
    store = MemoryStore()
    return Planning(
        ledger=Ledger(store, secret=b"secret"),
        originals=Originals(store),
        secret=b"secret",
        counter=Counter.load(),
        planners=Planners(deadline_s=1.0),
        accounting=Accounting(Accounts(store), own=OWN),
        budget=REWRITING,
    )


def budget(
    *,
    facts: Facts = MARKED,
    account: Account = NOTHING_KNOWN,
    place: Place | None = None,
    made: Planning | None = None,
    model: str = MODEL,
    **members: Any,
) -> Budget:
    place = place if place is not None else Place((b"chain",), Known(), last_at=NOW - 10)
    conversation = Conversation((), model, facts=facts)
    return budget_of(
        made if made is not None else planning(),
        Document.read(json.dumps({"model": model, **members}).encode()),
        conversation,
        place,
        Standing(place, account, facts, model, NOW),
        provider="anthropic",
        beside=47,
    )


def test_what_was_sent_a_moment_ago_is_cached_and_may_be_rewritten_where_that_pays() -> None:
    made = budget()

    assert (made.costs, made.rewrites, made.beside) == (CACHED, True, 47)


@pytest.mark.parametrize(
    ("facts", "idle_s", "alive"),
    [
        (MARKED, 299, 1.0),
        (MARKED, 330, 0.5),
        (MARKED, 361, 0.0),
        (Facts(cache_marks=True, cache_ttl_s=3_600), 3_000, 1.0),
        (Facts(cache_marks=True, cache_ttl_s=3_600), 3_700, 0.0),
        # Nobody says how long: an hour.
        (Facts(always_cached=True), 3_000, 1.0),
        (Facts(always_cached=True), 3_700, 0.0),
    ],
)
def test_the_clock_tells_whether_it_still_is(facts: Facts, idle_s: float, alive: float) -> None:
    place = Place((b"chain",), Known(), last_at=NOW - idle_s)

    assert budget(facts=facts, place=place).costs.alive == alive


def test_a_longer_lifetime_that_was_reported_counts() -> None:
    account = Account(requests=1, lifetime_s=3_600, at_ms=int((NOW - 3_000) * 1000))

    assert budget(account=account).costs.alive == 1.0


def test_when_it_was_sent_is_not_known_it_counts_as_cached() -> None:
    assert budget(place=Place((b"chain",), Known())).costs.alive == 1.0


@pytest.mark.parametrize(
    ("facts", "account", "place", "uncached"),
    [
        (Facts(), Account(requests=2), Place((b"chain",), Known()), True),
        (Facts(), Account(requests=1), Place((b"chain",), Known()), False),
        (Facts(), Account(requests=2, read=9), Place((b"chain",), Known()), False),
        (Facts(), Account(requests=2), Place((b"chain",), Known(), marks=Marks(begun=True)), False),
        (MARKED, Account(requests=2), Place((b"chain",), Known()), False),
        (Facts(always_cached=True), Account(requests=2), Place((b"chain",), Known()), False),
    ],
)
def test_nobody_caches_where_nobody_asks_and_the_provider_reports_nothing(
    facts: Facts, account: Account, place: Place, uncached: bool
) -> None:
    assert (budget(facts=facts, account=account, place=place).costs == UNCACHED) is uncached


def test_a_conversation_that_loses_loses_nothing_more() -> None:
    made = budget(account=Account(requests=5, units=2_000, direct_units=1_000, stopped=1))

    assert (made.spares_new, made.rewrites) == (True, False)
    assert made.spare == -1.0


@pytest.mark.parametrize(
    ("members", "room"),
    [
        ({}, 96_000),
        ({"max_tokens": 20_000}, 80_000),
        ({"max_completion_tokens": 30_000}, 70_000),
        ({"max_output_tokens": "many"}, 96_000),
        ({"context_management": [{"type": "compaction", "compact_threshold": 50_000}]}, 50_000),
        (
            {
                "context_management": {
                    "edits": [
                        {
                            "type": "compact_20260112",
                            "trigger": {"type": "input_tokens", "value": 60_000},
                        }
                    ]
                }
            },
            60_000,
        ),
        ({"context_management": {"edits": [5, {"type": "clear_tool_uses_20250919"}]}}, 96_000),
    ],
)
def test_the_window_less_the_answer_or_where_a_summary_is_asked_for(
    members: dict[str, Any], room: int
) -> None:
    assert budget(**members).most_tokens == int(room * 0.98)


def test_a_model_that_nobody_knows_has_no_window() -> None:
    assert budget(model="another-model").most_tokens == 0


async def test_the_table_of_prices_is_waited_for_only_where_nothing_else_knows_the_window() -> None:
    made = planning()
    await made.accounting.ready_for(MODEL)
    before = made.accounting.has_prices
    unknown = budget(made=made, model="gpt-4-turbo")
    await made.accounting.ready_for("gpt-4-turbo")

    assert (before, unknown.most_tokens) == (False, 0)
    assert budget(made=made, model="gpt-4-turbo").most_tokens == int(124_000 * 0.98)


def test_the_providers_tokens_are_told_in_ours() -> None:
    made = planning()
    made.calibration.learn(MODEL, counted=1_000, reported=1_250)

    assert budget(made=made).most_tokens == int(96_000 * 0.98 / 1.25)
    kept = Place((b"chain",), Known(), factor=2.0)
    assert budget(place=kept).most_tokens == int(96_000 * 0.98 / 2)


def test_where_the_provider_holds_the_history_nothing_is_rewritten_and_everything_fits() -> None:
    facts = dataclasses.replace(MARKED, server_held_history=True)

    assert budget(facts=facts) == Budget(beside=47)


async def test_where_prompts_become_dearer_is_known_once_prices_are_loaded() -> None:
    made = planning()
    before = budget(made=made, model="gpt-6.1-sol")
    await made.accounting.load_prices()
    after = budget(made=made, model="gpt-6.1-sol")

    assert (before.dear_from, before.dear_factor) == (0, 1.0)
    assert (after.dear_from, after.dear_factor) == (272_000, 2.0)
