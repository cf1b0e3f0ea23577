"""What runs is counted as it begins and ends, however it ends."""

from __future__ import annotations

import asyncio

import pytest

from headroom.proxy.running import Running
from tests.proxy.house import PATIENCE_S


def test_calls_and_sockets_count_while_they_run() -> None:
    running = Running()

    with running.a_call(), running.a_call(), running.a_socket():
        assert (running.calls, running.sockets) == (2, 1)

    assert (running.calls, running.sockets) == (0, 0)


def test_what_fails_has_ended_too() -> None:
    running = Running()

    with pytest.raises(ValueError, match="odd"), running.a_call(), running.a_socket():
        raise ValueError("odd")

    assert running == Running()


async def test_a_task_counts_until_it_is_done_also_if_it_never_began() -> None:
    running = Running()
    task = asyncio.create_task(asyncio.sleep(PATIENCE_S))
    running.relay(task)
    assert running.relays == 1

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)

    assert running.relays == 0
