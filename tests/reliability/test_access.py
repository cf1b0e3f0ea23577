"""The real proxy, asked from elsewhere: who may ask what, over workers, servers and restarts."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.proxy.house import Seen, get, post, upstream_of
from tests.proxy.keyrings import OPERATORS
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of
from tests.proxy.test_workers import until
from tests.reliability.test_hopping import stopping
from tests.support.addresses import needs_own_address, own_address
from tests.support.proxy_process import HEADROOM, clean_environ
from tests.support.redis_server import needs_redis, redis_server

ELSEWHERE = own_address()
OPEN_TO_ALL = (*HEADROOM, "--host", "0.0.0.0", "--port", "0")
GUNICORN = (
    sys.executable, "-m", "gunicorn", "headroom.proxy.server:app", "--workers", "2",
    "--bind", "0.0.0.0:0", "--worker-class", "uvicorn.workers.UvicornWorker",
    "--forwarded-allow-ips", "*",
)  # fmt: skip
GUNICORN_SIGN = rb"Listening at: http://0\.0\.0\.0:(\d+)"

TRIES = 24
"""As many new connections reach each of two workers."""

FORGED = (b"x-forwarded-for: 127.0.0.1", b"forwarded: for=127.0.0.1", b"x-real-ip: 127.0.0.1")


def asked(path: bytes, *headers: bytes) -> bytes:
    return get(path, *headers, host=ELSEWHERE.encode())


async def statuses(process: Process, request: bytes, address: str) -> Counter[int]:
    """How often each status came, of so many connections that each worker had some."""
    asking = (process.answer(request, address) for _ in range(TRIES))
    return Counter([answer.status for answer in await asyncio.gather(*asking)])


TOLD = re.compile(rb"x-headroom-api-key: ([0-9a-f]{48}) ")


def token_in(workspace: Path) -> bytes:
    return b"x-headroom-api-key: " + (workspace / "token").read_bytes().strip()


@needs_own_address
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_E5_bound_to_all_addresses_strangers_have_the_data_plane_and_need_a_token_for_ours(
    workers: str, tmp_path: Path
) -> None:
    command = (*OPEN_TO_ALL, "--workers", workers)
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, command) as process:
        await until(lambda: bool(TOLD.search(process.said)))
        told = TOLD.findall(process.said)
        token = token_in(tmp_path)
        here = await statuses(process, get(b"/health"), "127.0.0.1")
        there = await statuses(process, asked(b"/health"), ELSEWHERE)
        forged = await statuses(process, asked(b"/health", *FORGED), ELSEWHERE)
        opened = await statuses(process, asked(b"/health", token), ELSEWHERE)
        operators = await process.answer(
            post(b"/v1/telemetry/import", b"{}", token, host=ELSEWHERE.encode()), ELSEWHERE
        )
        sent = post(b"/v1/messages", b"{}", b"x-api-key: mine", host=ELSEWHERE.encode())
        data = await process.answer(sent, ELSEWHERE)
        live = await process.answer(asked(b"/livez"), ELSEWHERE)
        ready = await process.answer(asked(b"/readyz"), ELSEWHERE)
        named = await process.answer(get(b"/livez", host=b"proxy.evil"), ELSEWHERE)

    assert [b"x-headroom-api-key: " + one for one in told] == [token]
    assert (here, opened) == (Counter({200: TRIES}), Counter({200: TRIES}))
    assert (there, forged) == (Counter({401: TRIES}), Counter({401: TRIES}))
    assert operators.status == 401
    assert (data.status, live.status, ready.status, named.status) == (200, 200, 200, 421)
    assert set(json.loads(ready.body)["checks"]) == {
        "startup", "http_client", "cache", "rate_limiter", "memory",
    }  # fmt: skip


@needs_own_address
async def test_E5_on_all_addresses_of_both_kinds_peers_are_told_apart_as_well(
    tmp_path: Path,
) -> None:
    command = (*HEADROOM, "--host", "::", "--port", "0")
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, command) as process:
        old = await process.answer(get(b"/health"), "127.0.0.1")
        new = await process.answer(get(b"/health", host=b"[::1]"), "::1")
        there = await process.answer(asked(b"/health"), ELSEWHERE)

    assert (old.status, new.status, there.status) == (200, 200, 401)


@needs_own_address
async def test_E5_the_token_outlives_a_restart_and_is_not_told_again(tmp_path: Path) -> None:
    async with upstream_of() as upstream:
        async with process_of(upstream.url, tmp_path, OPEN_TO_ALL):
            token = token_in(tmp_path)
        async with process_of(upstream.url, tmp_path, OPEN_TO_ALL) as process:
            opened = await process.answer(asked(b"/health", token), ELSEWHERE)
            said = bytes(process.said)

    assert opened.status == 200
    assert token.rpartition(b" ")[2] not in said
    assert str(tmp_path / "token").encode() in said


@needs_own_address
async def test_E5_the_workers_of_gunicorn_agree_on_the_token_whatever_it_makes_of_addresses(
    tmp_path: Path,
) -> None:
    """It believes what forwarding headers say of the peer; we do not."""
    async with upstream_of() as upstream:
        opening = process_of(upstream.url, tmp_path, GUNICORN, GUNICORN_SIGN)
        async with stopping(opening) as process:
            assert len(children_of(process.process.pid)) == 2
            token = token_in(tmp_path)
            here = await statuses(process, get(b"/health"), "127.0.0.1")
            there = await statuses(process, asked(b"/health"), ELSEWHERE)
            forged = await statuses(process, asked(b"/health", FORGED[0]), ELSEWHERE)
            named = await statuses(process, get(b"/health", FORGED[0]), ELSEWHERE)
            opened = await statuses(process, asked(b"/health", token), ELSEWHERE)
            said = bytes(process.said)

    assert (here, opened) == (Counter({200: TRIES}), Counter({200: TRIES}))
    assert there == forged == named == Counter({401: TRIES})
    assert token.rpartition(b" ")[2] not in said
    assert b"in the file `token`" in said


@needs_own_address
async def test_E5_a_token_that_is_set_is_needed_here_and_elsewhere_by_each_worker(
    tmp_path: Path,
) -> None:
    variables = {"HEADROOM_API_KEY": "callers", "HEADROOM_ADMIN_KEY": "operators"}
    command = (*OPEN_TO_ALL, "--workers", "2")
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, command, variables=variables) as process,
    ):
        bringing = b"authorization: Bearer callers"
        without = await statuses(process, post(b"/v1/compress", b"{}"), "127.0.0.1")
        here = await statuses(process, post(b"/v1/compress", b"{}", bringing), "127.0.0.1")
        there = await statuses(process, asked(b"/v1/toin/stats", bringing), ELSEWHERE)
        operators = post(
            b"/v1/telemetry/import", b"{}", b"x-headroom-api-key: operators",
            host=ELSEWHERE.encode(),
        )  # fmt: skip
        imported = await statuses(process, operators, ELSEWHERE)
        said = bytes(process.said)

    assert without == Counter({401: TRIES})
    assert here == Counter({400: TRIES})
    assert there == Counter({200: TRIES})
    assert imported == Counter({400: TRIES})
    assert b"callers" not in said.replace(b"callers from other machines", b"")
    assert not (tmp_path / "token").exists()


async def headroom(workspace: Path, *words: str, **variables: str) -> tuple[int, str]:
    """What `headroom WORDS` ended with, and printed."""
    process = await asyncio.create_subprocess_exec(
        *(*HEADROOM[:-1], *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**clean_environ(workspace, "http://127.0.0.1:9"), **variables},
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode().strip()


def keys_sent(seen: list[Seen]) -> set[bytes]:
    return {value for one in seen for value in one.values(b"x-api-key")}


async def test_a_key_that_is_made_and_revoked_while_workers_run_holds_for_all_of_them(
    tmp_path: Path,
) -> None:
    command = (*HEADROOM, "--port", "0", "--virtual-keys", "--workers", "2")
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, command, variables=OPERATORS) as process,
    ):
        _, key = await headroom(tmp_path, "keys", "create", "ann")
        request = post(b"/v1/messages", b"{}", b"x-api-key: " + key.encode())
        before = await statuses(process, request, "127.0.0.1")
        _, listed = await headroom(tmp_path, "keys", "list")
        name = listed.splitlines()[1].split()[0]
        code, _ = await headroom(tmp_path, "keys", "revoke", name)
        after = await statuses(process, request, "127.0.0.1")

    assert code == 0
    assert before == Counter({200: TRIES})
    assert after == Counter({401: TRIES})
    assert keys_sent(upstream.seen) == {b"sk-ant-api03-operator"}
    assert len(upstream.seen) == TRIES


@needs_redis
async def test_a_key_holds_for_all_proxies_on_one_redis(tmp_path: Path) -> None:
    async with redis_server() as url, upstream_of() as upstream:
        command = (*HEADROOM, "--port", "0", "--virtual-keys", "--store", url)
        async with (
            process_of(upstream.url, tmp_path / "a", command, variables=OPERATORS) as one,
            process_of(upstream.url, tmp_path / "b", command, variables=OPERATORS) as other,
        ):
            _, key = await headroom(tmp_path / "c", "keys", "create", "ann", HEADROOM_STORE=url)
            request = post(b"/v1/messages", b"{}", b"x-api-key: " + key.encode())
            before = [await one.ask(request), await other.ask(request)]
            _, listed = await headroom(tmp_path / "c", "keys", "list", HEADROOM_STORE=url)
            name = listed.splitlines()[1].split()[0]
            await headroom(tmp_path / "c", "keys", "revoke", name, HEADROOM_STORE=url)
            after = [await one.ask(request), await other.ask(request)]

    assert (before, after) == ([200, 200], [401, 401])
