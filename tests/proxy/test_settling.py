"""The end of a call, whatever it was."""

from __future__ import annotations

import asyncio

from headroom.outcome import Outcome, Usage
from headroom.proxy.settling import settle
from tests.proxy.drafts import record
from tests.proxy.house import house_of
from tests.proxy.paying import proxy_of
from tests.proxy.talks import noting


class Hold:
    """Notes what it is settled with."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None

    async def settle(self, outcome: Outcome) -> None:
        self.outcome = outcome


async def test_it_is_told_once_and_what_was_set_apart_is_settled() -> None:
    hold = Hold()
    kind = ("anonymous", "gpt-5")
    ended = record(model="gpt-5-2026-01-01", kind=kind, usage=Usage(1_000, 70), holds=[hold])
    async with house_of() as house:
        notebook = noting(house)
        proxy = proxy_of(house)
        settle(proxy, ended)
        outcome = await notebook.next()
        await asyncio.sleep(0)
        length = proxy.answer_lengths.high(kind)

    assert hold.outcome is outcome
    assert length == 70


async def test_L8_prices_are_never_read_in_where_others_wait() -> None:
    cut = record(model="gpt-5", sent_tokens=1_000, sent=True)
    async with house_of() as house:
        notebook = noting(house)
        proxy = proxy_of(house)
        assert not proxy.planning.accounting.has_prices
        settle(proxy, cut)
        assert proxy.planning.ending
        took, ended = cut.elapsed_ms(), proxy.planning.clock()
        outcome = await notebook.next()

    # What it waits for is not what the call took.
    assert outcome.total_ms <= took
    assert outcome.at <= ended
    assert outcome.cost is not None
    assert outcome.estimated
