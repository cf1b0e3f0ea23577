"""Asking for `/metrics` until what was asked before has been settled."""

from __future__ import annotations

import asyncio

from tests.observe.metrics.scraped import Scraped, samples, value
from tests.proxy.house import PATIENCE_S, House, get


async def scrape(house: House, *headers: bytes) -> Scraped:
    answer = await house.ask(get(b"/metrics", *headers))
    assert answer.status == 200
    return samples(answer.body.decode())


async def settled(house: House, requests: int) -> Scraped:
    """A scrape that knows of so many requests: a reply is whole before its request is settled."""
    async with asyncio.timeout(PATIENCE_S):
        while value(found := await scrape(house), "headroom_requests_total") < requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found
