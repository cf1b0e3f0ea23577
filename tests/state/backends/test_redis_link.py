"""How a Redis server is asked; whole servers are tried in test_redis.py."""

from __future__ import annotations

import asyncio

import pytest

from headroom.errors import StoreError
from headroom.state.backends import redis_link
from headroom.state.backends.redis_link import MOST_AT_ONCE, Link
from tests.support.redis_server import needs_redis

pytestmark = needs_redis


class Asked:
    """A question whose first answers are errors."""

    def __init__(self, errors: int) -> None:
        self.errors = errors
        self.times = 0

    async def __call__(self) -> str:
        from redis.exceptions import ConnectionError as Closed

        self.times += 1
        if self.times <= self.errors:
            raise Closed("Connection closed by server.")
        return "answer"


async def test_a_connection_that_was_closed_is_tried_once_more() -> None:
    link = Link("redis://nowhere", clock=lambda: 0.0)
    once_closed = Asked(1)

    assert await link.ask(once_closed) == "answer"
    assert once_closed.times == 2


async def test_what_must_not_be_done_twice_is_asked_once() -> None:
    link = Link("redis://nowhere", clock=lambda: 0.0)
    once_closed = Asked(1)

    with pytest.raises(StoreError, match="does not answer"):
        await link.ask(once_closed, once=True)

    assert once_closed.times == 1
    assert link.problem


async def test_only_so_many_are_asked_at_once() -> None:
    link = Link("redis://nowhere", clock=lambda: 0.0)
    asked = most = 0

    async def question() -> None:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0)
        asked -= 1

    await asyncio.gather(*(link.ask(question) for _ in range(3 * MOST_AT_ONCE)))

    assert most == MOST_AT_ONCE


async def test_who_waits_for_their_turn_at_a_server_that_is_gone_wait_no_longer_than_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_link, "PATIENCE_S", 0.02)
    link = Link("redis://nowhere", clock=lambda: 0.0)
    begun = 0

    async def silence() -> None:
        nonlocal begun
        begun += 1
        await asyncio.get_running_loop().create_future()

    asked = (link.ask(silence) for _ in range(3 * MOST_AT_ONCE))
    failures = await asyncio.gather(*asked, return_exceptions=True)

    assert begun == MOST_AT_ONCE
    assert all(isinstance(failure, StoreError) for failure in failures)
    assert link.problem == "Redis did not answer within 0.02 s"


async def test_a_server_that_answers_again_is_asked_again_at_once() -> None:
    link = Link("redis://nowhere", clock=lambda: 0.0)
    answers = asyncio.Event()

    async def question() -> str:
        await answers.wait()
        return "answer"

    slow = asyncio.ensure_future(link.ask(question))
    with pytest.raises(StoreError):
        await link.ask(Asked(2))
    answers.set()

    assert await slow == "answer"
    assert await link.ask(Asked(0)) == "answer"
    assert not link.problem
