"""What requests cost, and what follows where a conversation costs more than going direct."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headroom.economics import Account
from headroom.marker import TOOL, find_markers, key_of
from headroom.outcome import Outcome
from headroom.own_models import OwnModel
from headroom.proxy.accounting import STOPPED, Accounting
from headroom.settings import Settings
from headroom.state.accounts import Accounts
from headroom.state.backends.memory import MemoryStore
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.proxy.house import House, post
from tests.proxy.marked_talks import agent
from tests.proxy.marked_talks import ask as ask_unmarked
from tests.proxy.talks import (
    ROUTES,
    Notebook,
    body_of,
    house_before,
    log,
    noting,
    planning_of,
    table,
    with_planning,
)
from tests.reliability.test_retrieval import texts_in
from tests.support.outage import Down
from tests.upstream import Call, Provider, Say, Script

KEY = b"authorization: Bearer key"
MODELS = {
    "/v1/messages": "claude-opus-5-5",
    "/v1/chat/completions": "gpt-5.5",
    "/v1/responses": "gpt-5.5",
}
COUNTER = Counter.load()

every = pytest.mark.parametrize("route", ROUTES)


def counted(segment: bytes) -> int:
    """A provider that reads what is said with our vocabulary, and counts two for what is around."""
    return 2 + sum(COUNTER.count(text) for text in texts_in(json.loads(segment)))


async def ask(
    house: House, notebook: Notebook, route: str, texts: list[str], *headers: bytes, **members: Any
) -> Outcome:
    body = body_of(route, texts, **{"model": MODELS[route], **members})
    answer = await house.ask(post(route.encode(), body, KEY, *headers))
    assert answer.status == 200
    return await notebook.next()


@every
async def test_an_outcome_tells_what_it_cost_and_what_going_direct_would_have(route: str) -> None:
    async with house_before(Provider()) as house:
        notebook = noting(house)
        first = await ask(house, notebook, route, [])
        outcomes = [await ask(house, notebook, route, [log(1), log(2)][:n]) for n in (1, 2)]
        saved = house.app.totals.saved

    assert first.saved == 0
    assert first.units == first.direct_units
    for outcome in outcomes:
        assert outcome.cost is not None
        assert outcome.direct_cost is not None
        assert 0 < outcome.cost < outcome.direct_cost
        assert outcome.price.startswith(f"{MODELS[route]}, genai-prices")
        assert outcome.notes == ()
    assert saved == sum(outcome.saved or 0 for outcome in outcomes)


@every
async def test_what_is_saved_is_close_to_what_a_direct_conversation_costs(route: str) -> None:
    texts = [log(number) for number in range(6)]
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for bypass, outcomes in (((), ours), ((b"x-headroom-bypass: true",), theirs)):
        async with house_before(Provider(count=counted)) as house:
            notebook = noting(house)
            for number in range(7):
                outcomes.append(await ask(house, notebook, route, texts[:number], *bypass))

    simulated = sum(outcome.direct_units or 0 for outcome in ours)
    real = sum(outcome.units or 0 for outcome in theirs)
    assert simulated == pytest.approx(real, rel=0.05)
    assert sum(outcome.units or 0 for outcome in ours) < 0.9 * real


async def test_marks_of_ours_save_what_the_client_would_have_paid_in_full(tmp_path: Path) -> None:
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for marking, outcomes in ((True, ours), (False, theirs)):
        provider, folder = Provider(count=counted), tmp_path / str(marking)
        async with house_before(provider, workspace_dir=folder, auto_cache=marking) as house:
            notebook = noting(house)
            for turn in range(6):
                await ask_unmarked(house, agent(turn))
                outcomes.append(await notebook.next())

    assert ours[-1].usage is not None
    assert ours[-1].usage.cache_read_tokens > 0
    simulated = sum(outcome.direct_units or 0 for outcome in ours)
    assert simulated == pytest.approx(sum(outcome.units or 0 for outcome in theirs), rel=0.01)
    assert sum(outcome.units or 0 for outcome in ours) < simulated / 2
    assert sum(outcome.saved or 0 for outcome in theirs) == 0


async def test_a_price_that_is_not_known_is_never_zero(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with house_before(Provider()) as house:
        notebook = noting(house)
        outcome = await ask(house, notebook, ROUTES[0], [log(1)], model="a-model-of-our-own")
        totals = house.app.totals

    assert (outcome.cost, outcome.direct_cost, outcome.saved, outcome.price) == (None,) * 3 + ("",)
    assert outcome.units is not None
    assert outcome.direct_units is not None
    assert outcome.units < outcome.direct_units
    assert (totals.saved, totals.unpriced) == (Decimal(0), 1)
    assert "price unknown, saved" in caplog.text


async def test_the_operator_may_say_the_price() -> None:
    said = Settings.read(
        {
            "HOME": "/nowhere",
            "HEADROOM_MODEL_LIMITS": '{"test-model": {"price": {"input": 1, "output": 1}}}',
        }
    )
    async with house_before(Provider(), own_models=said.own_models) as house:
        outcome = await ask(house, noting(house), ROUTES[0], [], model="test-model")

    assert outcome.usage is not None
    tokens = outcome.usage.input_tokens + outcome.usage.output_tokens
    assert outcome.cost is not None
    assert outcome.cost * 1_000_000 == pytest.approx(tokens, rel=0.3)
    assert outcome.price == "HEADROOM_MODEL_LIMITS"


@every
async def test_a_bypassed_request_costs_what_it_costs_directly(route: str) -> None:
    async with house_before(Provider()) as house:
        outcome = await ask(house, noting(house), route, [log(1)], b"x-headroom-bypass: true")

    assert outcome.cost is not None
    assert outcome.saved == 0


async def test_what_the_provider_refuses_has_no_cost() -> None:
    async with house_before(Provider()) as house:
        notebook = noting(house)
        await house.ask(post(b"/v1/messages", body_of(ROUTES[0], []), b"x-api-key: invalid"))
        outcome = await notebook.next()

    assert outcome.status == 401
    assert (outcome.cost, outcome.units, outcome.price) == (None, None, "")


async def test_where_no_usage_is_reported_what_was_cached_is_supposed_to_be_read() -> None:
    route = "/v1/chat/completions"
    text = log(1, 400)
    async with house_before(Provider()) as house:
        notebook = noting(house)
        # A stream without `include_usage`.
        for texts in ([], [text]):
            await ask(house, notebook, route, texts, stream=True)
        outcome = await ask(house, notebook, route, [text, log(2)], stream=True)

    assert outcome.estimated
    assert outcome.usage is not None
    assert outcome.usage.cache_read_tokens > 1_024


def asking(number: int) -> Call:
    return Call(TOOL, {"hash": key_of(table(number))})


async def lost(house: House, provider: Provider, notebook: Notebook, turns: int) -> list[Outcome]:
    """Turns in which the model asks for all that was left out, three times."""
    outcomes = [await ask(house, notebook, ROUTES[0], [])]
    for turn in range(1, turns + 1):
        texts = [table(number) for number in range(1, turn + 1)]
        provider.next(*[Script((asking(turn),))] * 3, Script((Say("I see."),)))
        outcomes.append(await ask(house, notebook, ROUTES[0], texts))
    return outcomes


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_conversation_that_costs_more_than_direct_leaves_nothing_out_any_more(
    restarted: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider = Provider()
    house_settings = {"workspace_dir": tmp_path, "ccr_offer": "always"}
    texts = [table(number) for number in range(1, 4)]
    async with house_before(provider, **house_settings) as house:
        notebook = noting(house)
        outcomes = await lost(house, provider, notebook, 2)
        if not restarted:
            outcomes.append(await ask(house, notebook, ROUTES[0], texts))
    if restarted:
        async with house_before(provider, **house_settings) as house:
            outcomes.append(await ask(house, noting(house), ROUTES[0], texts))

    bodies = [received.json()["messages"] for received in provider.received]
    assert [outcome.legs for outcome in outcomes] == [1, 4, 4, 1]
    assert outcomes[2].saved is not None
    assert outcomes[2].saved < 0
    # Of the last turn nothing left; what had left before stays as it was sent.
    marked = [len(list(find_markers(str(message)))) for message in bodies[-1]]
    assert sum(marked) >= 2
    assert marked[-1] == 0
    assert "request 3-50 was served" in str(bodies[-1][-1])
    assert [outcome.notes for outcome in outcomes] == [(), (), (), (STOPPED,)]
    assert "more than going direct after 3 requests" in caplog.text


async def test_the_operator_may_let_it_go_on_whatever_it_costs(tmp_path: Path) -> None:
    provider = Provider()
    going_on = {"ccr_offer": "always", "stop_at_loss": False}
    async with house_before(provider, workspace_dir=tmp_path, **going_on) as house:
        notebook = noting(house)
        await lost(house, provider, notebook, 3)
        texts = [table(number) for number in range(1, 5)]
        outcome = await ask(house, notebook, ROUTES[0], texts)

    last = provider.received[-1].json()["messages"][-1]
    assert len(list(find_markers(str(last)))) == 1
    assert outcome.notes == ()


async def test_what_was_sent_of_a_stopped_conversation_goes_out_as_before(tmp_path: Path) -> None:
    provider = Provider()
    async with house_before(provider, workspace_dir=tmp_path, ccr_offer="always") as house:
        notebook = noting(house)
        await lost(house, provider, notebook, 2)
        texts = [table(number) for number in range(1, 5)]
        await ask(house, notebook, ROUTES[0], texts[:3])
        await ask(house, notebook, ROUTES[0], texts)

    before, after = (received.json()["messages"] for received in provider.received[-2:])
    assert after[: len(before)] == before
    tools = [received.json()["tools"] for received in provider.received]
    assert all(each == tools[0] for each in tools)


async def test_a_store_that_is_down_is_as_if_nothing_were_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house_before(Provider()) as house:
        accounting = Accounting(Accounts(Down()))
        with_planning(house, accounting=accounting)
        notebook = noting(house)
        await ask(house, notebook, ROUTES[0], [])
        outcome = await ask(house, notebook, ROUTES[0], [log(1)])
        planning = planning_of(house)

    assert planning.accounting is accounting
    assert outcome.saved is not None
    assert outcome.saved > 0
    assert "an account cannot be written: the disk is gone" in caplog.text


async def test_the_cache_is_known_to_have_lapsed_by_the_time_of_the_last_request() -> None:
    now = [1_000.0]
    accounting = Accounting(Accounts(MemoryStore()), clock=lambda: now[0])
    async with house_before(Provider()) as house:
        with_planning(house, accounting=accounting)
        notebook = noting(house)
        await ask(house, notebook, ROUTES[0], [])
        assert house.app.proxy is not None
        planning = planning_of(house)
        now[0] += 299
        standing = await standing_of(planning, [log(1)])
        alive = accounting.caching(standing)
        now[0] += 3_600
        lapsed = accounting.caching(await standing_of(planning, [log(1)]))

    assert standing.account.requests == 1
    assert standing.account.last_at == 1_000.0
    assert (alive.alive, lapsed.alive) == (True, False)
    assert (alive.marked, alive.least) == (True, 512)


async def standing_of(planning: Any, texts: list[str]) -> Any:
    """The standing of a request that is only looked at."""
    body = body_of(ROUTES[0], texts, model=MODELS[ROUTES[0]])
    conversation = planning.formats["anthropic"].read(Document.read(body))
    place = await planning.ledger.look_up(conversation, planning.ledger.chain(conversation))
    return await planning.accounting.standing(conversation, place)


async def test_an_account_sums_up_its_conversation() -> None:
    async with house_before(Provider()) as house:
        notebook = noting(house)
        texts = [log(number) for number in range(3)]
        outcomes = [await ask(house, notebook, ROUTES[0], texts[:n]) for n in range(4)]
        standing = await standing_of(planning_of(house), [*texts, "more"])

    account: Account = standing.account
    assert (account.requests, account.turns, account.busts, account.stopped) == (4, 3, 0, 0)
    assert account.units == round(sum(outcome.units or 0 for outcome in outcomes) * 1_000)
    assert account.saved is not None
    assert float(account.saved) == pytest.approx(
        float(sum(outcome.saved or 0 for outcome in outcomes)), abs=1e-8
    )
    assert account.growth > 100
    assert dataclasses.replace(account, stopped=1) == account + Account(stopped=1)


async def test_whoever_no_longer_waits_for_prices_does_not_end_their_loading() -> None:
    accounting = Accounting(Accounts(MemoryStore()))
    impatient = asyncio.create_task(accounting.ready_for("a-model-of-nobody"))
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await accounting.load_prices()).startswith("genai-prices")
    assert impatient.cancelled()


def test_the_operator_says_from_how_many_tokens_on_a_model_caches() -> None:
    own = {"our-model": OwnModel(min_cacheable=256)}
    accounting = Accounting(Accounts(MemoryStore()), own=own)

    assert accounting.least_cached("our-model") == 256
    assert accounting.least_cached("claude-opus-4-6") == 4096
