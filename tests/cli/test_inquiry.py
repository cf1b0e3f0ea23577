"""Finding out how Headroom stands: from the proxy that runs, or from the store where none does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from headroom.cli.inquiry import inquire
from headroom.cli.standing import Standing
from headroom.settings import Settings
from headroom.state.backends.sqlite import SqliteStore
from tests.cli.pages import listening, page, send, settings_at
from tests.support.proxy_process import proxy_process
from tests.support.redis_server import needs_redis, redis_server
from tests.upstream import Failure, Provider, running


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def upstream(provider: Provider) -> Iterator[str]:
    with running(provider) as url:
        yield url


def told_of(settings: Settings, requests: int) -> Standing:
    """How the running proxy stands once it tells of so many requests.

    The first ones are counted once prices are known, a moment after they ended.
    """
    deadline = time.monotonic() + 10.0
    standing = inquire(settings)
    while standing.sums["lifetime"]["requests"] < requests and time.monotonic() < deadline:
        standing = inquire(settings)
    return standing


HEALTH = {
    "service": "headroom-proxy",
    "version": "9",
    "uptime_seconds": 5.0,
    "checks": {"startup": {"enabled": True, "ready": True, "status": "healthy"}},
}


def test_G1_the_store_tells_what_the_proxy_told_before_it_was_killed(
    tmp_path: Path, upstream: str, provider: Provider
) -> None:
    with proxy_process(tmp_path, upstream) as url:
        settings = settings_at(url, tmp_path)
        send(url, times=3)
        provider.next(Failure(529, "Overloaded"))
        send(url, model="claude-haiku-4-5")
        running_one = told_of(settings, 4)

    down = inquire(settings)

    assert (running_one.source, running_one.exit_code) == ("proxy", 0)
    assert (down.source, down.exit_code) == ("store", 3)
    assert running_one.sums["lifetime"]["requests"] == 4
    assert running_one.sums["lifetime"]["tokens"]["saved"] > 0
    assert down.sums == running_one.sums
    assert down.errors == running_one.errors
    [error] = running_one.errors
    assert (error["error"], error["model"]) == ("status 529", "claude-haiku-4-5")
    assert running_one.health["runtime"]["mode"] == "token"


def test_M6_all_workers_tell_the_same(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream, "--workers", "2", "--budget", "5") as url:
        settings = settings_at(url, tmp_path)
        send(url, times=12)
        told_of(settings, 12)
        told = [inquire(settings) for _ in range(8)]

    assert {one.sums["lifetime"]["requests"] for one in told} == {12}
    assert told[0].health["runtime"]["workers"] == 2
    [budget] = told[0].budgets
    assert budget["spent_usd"] == pytest.approx(told[0].sums["today"]["usd"]["actual"])


def test_what_was_spent_of_a_budget_is_read_from_the_store(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream, "--budget", "5") as url:
        send(url, times=2)
        settings = settings_at(url, tmp_path, budget=5.0)
        [told] = told_of(settings, 2).budgets

    [read] = inquire(settings).budgets

    assert read == told
    assert 0 < read["spent_usd"] < 5


@needs_redis
async def test_it_is_read_from_redis_too(tmp_path: Path, upstream: str) -> None:
    async with redis_server() as address:

        def run() -> tuple[int, int]:
            with proxy_process(tmp_path, upstream, "--store", address) as url:
                settings = settings_at(url, tmp_path, store=address)
                send(url, times=2)
                told = told_of(settings, 2).sums["lifetime"]["requests"]
            return told, inquire(settings).sums["lifetime"]["requests"]

        assert await asyncio.to_thread(run) == (2, 2)


def test_one_that_listens_on_another_port_is_found(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream) as url:
        there = inquire(settings_at(url, tmp_path))
        here = inquire(Settings(port=1, workspace_dir=tmp_path, config_dir=tmp_path))

    assert there.others == ()
    assert here.exit_code == 3
    assert here.others == (there.health["runtime"]["pid"],)


def test_S6_looking_makes_no_workspace_and_takes_nothing_over(tmp_path: Path) -> None:
    settings = Settings(port=1, workspace_dir=tmp_path / "none", config_dir=tmp_path)

    standing = inquire(settings)

    assert (standing.trouble, standing.source, standing.exit_code) == ("nobody", "", 3)
    assert "there is no state.db" in standing.store["problem"]
    assert list(tmp_path.iterdir()) == []


def test_S6_looking_leaves_a_store_as_it_was(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream) as url:
        send(url, times=2)
        settings = settings_at(url, tmp_path)
    before = _content(tmp_path)

    inquire(settings)

    assert _content(tmp_path) == before


def _content(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_store_of_another_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)

    standing = inquire(Settings(port=1, workspace_dir=tmp_path, config_dir=tmp_path))

    assert "cannot be read" in standing.store["problem"]
    assert [file.name for file in tmp_path.iterdir()] == ["state.db"]


def test_what_is_no_headroom_is_told(tmp_path: Path) -> None:
    with listening({"/health": page(service="other")}) as listener:
        standing = inquire(Settings(port=listener.port, workspace_dir=tmp_path, stateless=True))

    assert (standing.trouble, standing.exit_code) == ("stranger", 1)
    assert "something else" in standing.problems[0]


def test_E5_a_proxy_that_wants_a_token_is_up_and_tells_nothing(tmp_path: Path) -> None:
    answers = {"/readyz": page(service="headroom-proxy", version="9")}
    with listening(answers, token="wanted") as listener:
        standing = inquire(Settings(port=listener.port, workspace_dir=tmp_path, stateless=True))

    assert (standing.is_up, standing.trouble, standing.exit_code) == (True, "token", 1)
    assert "HEADROOM_API_KEY" in standing.problems[0]


def test_E5_with_its_token_it_tells_everything(tmp_path: Path, upstream: str) -> None:
    key = {"HEADROOM_API_KEY": "callers"}
    with proxy_process(tmp_path, upstream, variables=key) as url:
        without = inquire(settings_at(url, tmp_path))
        standing = inquire(settings_at(url, tmp_path, api_key="callers"))

    assert (without.trouble, without.source) == ("token", "store")
    assert (standing.trouble, standing.source, standing.exit_code) == ("", "proxy", 0)


@pytest.mark.parametrize(
    ("checks", "store", "said"),
    [
        (
            {"store": {"ready": True, "status": "degraded", "error": "disk full"}},
            {},
            ("store: disk full",),
        ),
        ({"startup": {"ready": False, "status": "unhealthy"}}, {}, ("startup: unhealthy",)),
        ({"memory": {"ready": True, "status": "disabled"}}, {"unwritten": 3}, ()),
        ({}, {"unwritten": 300}, ("300 requests are not written down yet",)),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_1(
    tmp_path: Path, checks: dict[str, object], store: dict[str, object], said: tuple[str, ...]
) -> None:
    answers = {
        "/health": page(**{**HEALTH, "checks": checks}),
        "/stats": page(store=store, lifetime={}),
    }
    with listening(answers) as listener:
        standing = inquire(Settings(port=listener.port, workspace_dir=tmp_path))

    assert standing.problems == said
    assert standing.exit_code == (1 if said else 0)


def test_requests_that_were_never_written_are_told(tmp_path: Path) -> None:
    answers = {"/health": page(**HEALTH), "/stats": page(store={"lost": 7}, lifetime={})}
    with listening(answers) as listener:
        standing = inquire(Settings(port=listener.port, workspace_dir=tmp_path))

    assert "7 requests were never written down" in standing.problems[0]


def test_statistics_that_cannot_be_told_are_a_problem(tmp_path: Path) -> None:
    answers = {"/health": page(**HEALTH), "/stats": (503, b'{"detail": "the store is down"}')}
    with listening(answers) as listener:
        standing = inquire(Settings(port=listener.port, workspace_dir=tmp_path))

    assert standing.exit_code == 1
    assert standing.problems == ("/stats tells nothing: the store is down",)


def test_it_is_quick_where_another_process_holds_the_store(tmp_path: Path) -> None:
    async def hold() -> float:
        store = SqliteStore(tmp_path)
        await store.open()
        await store.append("journal", b"")
        began = time.monotonic()
        await asyncio.to_thread(
            inquire, Settings(port=1, workspace_dir=tmp_path, config_dir=tmp_path)
        )
        took = time.monotonic() - began
        await store.close()
        return took

    assert asyncio.run(hold()) < 2.0
