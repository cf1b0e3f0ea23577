"""Law 2 across processes: what was sent begins what is sent next, whoever sends it."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from headroom.proxy.troubles import Troubles
from tests.proxy.house import House, Upstream, get, house_of, post, upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.talks import (
    ROUTES,
    body_of,
    log,
    planning_of,
    results,
    rows,
    texts_of,
    with_planning,
)
from tests.reliability.test_lifecycle import GUNICORN, GUNICORN_SIGN
from tests.reliability.test_planning_faults import turn
from tests.reliability.test_store import fill, mounting
from tests.support.outage import Down
from tests.support.proxy_process import HEADROOM

TURNS = 12
TEXTS = results(TURNS)
LARGE = log(3, 600)


async def take_turns(process: Process, upstream: Upstream, route: str, turns: range) -> list[bytes]:
    """What the provider gets for these turns of a conversation."""
    sent = []
    for count in turns:
        assert await process.ask(post(route.encode(), body_of(route, TEXTS[:count]))) == 200
        sent.append((await upstream.next()).body)
    return sent


def assert_each_begins_the_next(route: str, sent: list[bytes]) -> None:
    for earlier, later in itertools.pairwise(sent):
        assert later.startswith(earlier[:-2])
    assert texts_of(route, sent[-1]) != TEXTS[: len(sent)]


async def test_G1_a_conversation_goes_on_after_its_proxy_was_killed(tmp_path: Path) -> None:
    async with upstream_of() as upstream:
        async with process_of(upstream.url, tmp_path) as process:
            sent = {
                route: await take_turns(process, upstream, route, range(1, 7)) for route in ROUTES
            }
            process.stop(signal.SIGKILL)
        async with process_of(upstream.url, tmp_path) as process:
            for route in ROUTES:
                sent[route] += await take_turns(process, upstream, route, range(7, TURNS + 1))

    for route in ROUTES:
        assert_each_begins_the_next(route, sent[route])


async def test_G2_a_conversation_hops_between_two_proxies_on_one_workspace(tmp_path: Path) -> None:
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path) as one,
        process_of(upstream.url, tmp_path) as other,
    ):
        sent: dict[str, list[bytes]] = {route: [] for route in ROUTES}
        for count in range(1, TURNS + 1):
            process = (one, other, other)[count % 3]
            for route in ROUTES:
                sent[route] += await take_turns(process, upstream, route, range(count, count + 1))

    for route in ROUTES:
        assert_each_begins_the_next(route, sent[route])


@pytest.mark.parametrize("route", ROUTES)
async def test_changed_settings_change_no_form_that_was_given(route: str, tmp_path: Path) -> None:
    texts = [rows(1), LARGE, rows(2), LARGE + "\nok"]
    changes: list[dict[str, Any]] = [
        {"mode": "cache"},
        # Too late to shorten what is large: raw is its form from now on.
        {"mode": "token", "plan_deadline_seconds": 0.001},
        {"mode": "token", "plan_deadline_seconds": 30.0},
        {"mode": "cache", "plan_deadline_seconds": 30.0},
    ]
    sent = []

    for count, settings in enumerate(changes, 1):
        async with house_of(workspace_dir=tmp_path, **settings) as house:
            _, body = await turn(house, texts[:count], route)
            sent.append(body)

    for earlier, later in itertools.pairwise(sent):
        assert later.startswith(earlier[:-2])
    assert texts_of(route, sent[3])[1] == LARGE
    assert texts_of(route, sent[3])[2] != rows(2)


@pytest.mark.parametrize("route", ROUTES)
async def test_A1_while_the_store_is_down_a_conversation_goes_on_from_memory_and_is_kept_later(
    route: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [rows(1), LARGE, rows(2), LARGE + "\nok", rows(4)]
    async with house_of(workspace_dir=tmp_path, plan_deadline_seconds=0.001) as house:
        sent = [(await turn(house, texts[:1], route))[1]]
        ledger = planning_of(house).ledger
        store, ledger._store = ledger._store, Down()
        # What is large comes too late, so that memory alone knows that it went raw.
        sent += [(await turn(house, texts[:count], route))[1] for count in (2, 3)]
        ledger._store = store
        sent.append((await turn(house, texts[:4], route))[1])
    async with house_of(workspace_dir=tmp_path, plan_deadline_seconds=30.0) as house:
        sent.append((await turn(house, texts, route))[1])

    for earlier, later in itertools.pairwise(sent):
        assert later.startswith(earlier[:-2])
    assert texts_of(route, sent[4])[1] == LARGE
    assert caplog.text.count("the ledger cannot be read") == 1
    assert caplog.text.count("the ledger cannot be written") == 1


async def store_check(house: House | Process, *headers: bytes) -> dict[str, Any]:
    """What `/readyz` says of the store, nothing to strangers; the proxy is ready all the time."""
    client = await house.connect()
    client.writer.write(get(b"/readyz", *headers))
    answer = await client.answer()
    client.close()
    assert answer.status == 200
    check: dict[str, Any] = json.loads(answer.body)["checks"].get("store", {})
    return check


async def test_G3_a_damaged_store_is_told_to_local_callers(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nonsense " * 1000)

    async with house_of(workspace_dir=tmp_path) as house:
        here = await store_check(house)
        there = await store_check(house, b"x-forwarded-for: 192.0.2.1")

    assert "state.db is damaged; it was set aside as state.db.corrupt-" in here["notice"]
    assert there == {}


async def test_a_workspace_that_cannot_be_made_costs_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async with house_of(workspace_dir=tmp_path / "file" / "workspace") as house:
        with_planning(house, troubles=Troubles())
        _, first = await turn(house, [rows(1)])
        _, second = await turn(house, [rows(1), rows(2)])
        here = await store_check(house)
        there = await store_check(house, b"x-forwarded-for: 192.0.2.1")

    assert second.startswith(first[:-2])
    assert here["status"] == "degraded"
    assert "Not a directory" in here["error"]
    assert there == {}


@mounting
async def test_G4_a_proxy_on_a_full_disk_serves_and_says_so_until_there_is_room(
    tmp_path: Path,
) -> None:
    mount = f'mount -t tmpfs -o size=2m tmpfs "{tmp_path}" && exec "$@"'
    command = ("unshare", "--mount", "sh", "-c", mount, "sh", *HEADROOM, "--port", "0")
    route = "/v1/messages"
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, command) as process:
        filler = Path(f"/proc/{process.process.pid}/root{tmp_path}/filler")
        sent = await take_turns(process, upstream, route, range(1, 3))
        await asyncio.to_thread(fill, filler)
        count = 3
        while (await store_check(process))["status"] == "healthy":
            # The log has some room left of its own.
            sent += await take_turns(process, upstream, route, range(count, count + 1))
            count += 1
        sent += await take_turns(process, upstream, route, range(count, count + 1))
        await asyncio.to_thread(filler.unlink)
        for _ in range(200):
            if (await store_check(process))["status"] == "healthy":
                break
            await asyncio.sleep(0.02)
        sent += await take_turns(process, upstream, route, range(count + 1, count + 2))

        assert (await store_check(process)) == {
            "enabled": True, "ready": True, "status": "healthy",
        }  # fmt: skip
    assert_each_begins_the_next(route, sent)


async def test_a_stateless_proxy_leaves_nothing_behind(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        for settings in ({"stateless": True}, {"store": "memory"}):
            house = await stack.enter_async_context(house_of(workspace_dir=tmp_path, **settings))
            await turn(house, [rows(1)])
            assert await store_check(house) == {
                "enabled": False, "ready": True, "status": "disabled",
            }  # fmt: skip

    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_a_conversation_hops_between_the_workers_of_gunicorn(tmp_path: Path) -> None:
    command = [*GUNICORN, "--workers", "2"]
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, command, GUNICORN_SIGN) as process,
    ):
        sent = {
            route: await take_turns(process, upstream, route, range(1, TURNS + 1))
            for route in ROUTES
        }
        process.stop()
        await process.exit_code()

    for route in ROUTES:
        assert_each_begins_the_next(route, sent[route])
