"""A proxy in front of an upstream that says 200 to everything."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.proxy.house import House, house_of


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with house_of() as house:
        yield house
