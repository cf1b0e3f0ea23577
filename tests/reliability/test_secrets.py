"""Canaries: what must not be seen is brought in everywhere, and then looked for everywhere."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from headroom.proxy.pages import BELOW, PAGES
from tests.proxy.house import NOWHERE, Answer, Seen, get, post, upstream_of
from tests.proxy.keyrings import OPERATORS
from tests.proxy.process import Process, process_of
from tests.proxy.test_websocket import HANDSHAKE
from tests.reliability.test_access import headroom
from tests.support.proxy_process import HEADROOM

MINE = "sk-ant-api03-canary-of-a-caller"
IN_QUERY, COOKIE, BASIC = "AIza-canary-in-a-query", "canary-of-a-cookie", "Y2FuYXJ5OmJhc2lj"
CALLERS, ADMIN = "canary-of-callers", "canary-of-the-operator"
ASKED, ANSWERED, TOOL = "canary-in-a-prompt", "canary-in-a-reply", "canary-in-a-result"

PATHS = (
    b"/v1/messages", b"/v1/chat/completions", b"/v1/responses", b"/v1/embeddings",
    b"/v1beta/models/m:generateContent", b"/v1/messages/count_tokens", b"/v1/anything",
    b"/chat/completions", b"/nowhere",
)  # fmt: skip

REPLY = json.dumps(
    {
        "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": ANSWERED}],
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
).encode()  # fmt: skip

VARIABLES = {
    **OPERATORS,
    "HEADROOM_API_KEY": CALLERS,
    "HEADROOM_ADMIN_KEY": ADMIN,
    "OPENAI_TARGET_API_URL": NOWHERE,
    "HEADROOM_ALLOWED_BASE_URLS": "https://127.1",
}
COMMAND = (*HEADROOM, "--port", "0", "--virtual-keys", "--workers", "2", "--body-limit-mb", "1")


async def provider(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (len(REPLY), REPLY)
    )


def body() -> bytes:
    table = [{"id": n, "level": "INFO", "text": f"request {n} {TOOL}"} for n in range(300)]
    messages = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "t1", "name": "list", "input": {}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": json.dumps(table)},
        ]},
    ]  # fmt: skip
    return json.dumps(
        {"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": messages}
    ).encode()


def credentials(key: str, revoked: str) -> Iterator[tuple[bytes, ...]]:
    """All that a caller may bring, right and wrong, one after the other."""
    for value in (key, revoked, MINE, "hk-" + "0" * 48, CALLERS, ADMIN):
        yield (b"x-api-key: " + value.encode(),)
        yield (b"authorization: Bearer " + value.encode(),)
        yield (b"x-headroom-api-key: " + value.encode(), b"cookie: s=" + COOKIE.encode())
    yield (b"authorization: Basic " + BASIC.encode(), b"x-goog-api-key: " + MINE.encode())
    yield (b"x-headroom-base-url: https://127.1", b"x-api-key: " + MINE.encode())
    yield (b"x-headroom-base-url: https://evil.example", b"x-api-key: " + key.encode())
    yield (b"x-api-key: \xff" + MINE.encode(),)
    yield (b"origin: http://evil.example", b"x-api-key: " + MINE.encode())


async def sweep(process: Process, requests: list[bytes]) -> list[Answer]:
    answers = []
    for request in requests:
        with suppress(asyncio.IncompleteReadError):
            answers.append(await process.answer(request))
    return answers


def data_plane(key: str, revoked: str) -> list[bytes]:
    headers = list(credentials(key, revoked))
    requests = [post(path, body(), *one) for path in PATHS for one in headers]
    for value, path in itertools.product((key, revoked, IN_QUERY, "hk-1", CALLERS), PATHS):
        requests.append(post(path + b"?key=" + value.encode(), body()))
    own = b"x-api-key: " + MINE.encode()
    requests += [
        post(b"/v1/messages", b"{" + MINE.encode(), own),
        post(b"/v1/messages", b"x" * 2_000_000, own),
        post(b"/v1/messages", MINE.encode(), own, b"content-encoding: gzip"),
        post(b"/v1/messages", MINE.encode(), own, b"content-encoding: odd"),
        get(b"/livez", own, host=b"evil.example"),
        *(get(b"/v1/realtime", *HANDSHAKE, *one) for one in headers[:9]),
    ]
    return requests


def pages(*more: bytes) -> list[bytes]:
    names = [*PAGES, "/metrics", *(f"{one}{'0' * 24}" for one in BELOW)]
    # It never ends; what it tells is looked through in tests/proxy/pages/test_live.py.
    names.remove("/dashboard/events")
    requests = [get(name.encode(), *more) for name in names]
    requests += [post(name.encode(), body(), *more) for name in names]
    requests += [post(name.encode(), b"[" + MINE.encode(), *more) for name in names]
    requests += [post(name.encode(), b"{}", *more, b"content-type: text/plain") for name in names]
    return requests


def holds(text: bytes, canaries: tuple[str, ...]) -> set[str]:
    return {canary for canary in canaries if canary.encode() in text}


async def test_S1_S2_S3_nothing_that_is_secret_is_seen_anywhere(tmp_path: Path) -> None:
    async with (
        upstream_of(provider) as upstream,
        process_of(upstream.url, tmp_path, COMMAND, variables=VARIABLES) as process,
    ):
        _, key = await headroom(tmp_path, "keys", "create", "ann")
        _, revoked = await headroom(tmp_path, "keys", "create", "bob")
        _, listed = await headroom(tmp_path, "keys", "list")
        await headroom(tmp_path, "keys", "revoke", listed.splitlines()[2].split()[0])
        keys = (key[3:], revoked[3:])
        secrets = (MINE, IN_QUERY, COOKIE, BASIC, CALLERS, ADMIN, *keys, *OPERATORS.values())
        inside = (str(tmp_path), "127.0.0.1", "Traceback", 'File "', "ANTHROPIC_API_KEY")

        answers = await sweep(process, data_plane(key, revoked))
        ours = await sweep(process, pages())
        for bearer in (CALLERS, ADMIN, key):
            ours += await sweep(process, pages(b"authorization: Bearer " + bearer.encode()))
        process.stop()
        await process.exit_code()
        files = {path: path.read_bytes() for path in await files_in(tmp_path)}

    errors = [answer for answer in answers if answer.status >= 400]
    assert {answer.status for answer in errors} >= {400, 401, 403, 413, 421, 502}
    for answer in errors:
        assert not holds(answer.body, (*secrets, *inside, ASKED, TOOL)), answer
        assert json.loads(answer.body)["error"]["message"]
    assert {answer.status for answer in ours} >= {200, 400, 401, 404, 405, 415}
    for answer in ours:
        # Where requests go is told to the operator, by the page that is for that.
        hidden = () if answer.body.startswith(b'{"upstreams":') else inside
        assert not holds(answer.body, (*secrets, *hidden)), answer
        told_back = answer.body.startswith(b'{"messages":')
        assert told_back or not holds(answer.body, (ASKED, ANSWERED, TOOL)), answer
    assert not holds(bytes(process.said), (*secrets, "Traceback", ASKED, ANSWERED, TOOL))
    assert (tmp_path / "state.db") in files
    for path, content in files.items():
        assert not holds(content, secrets), path
    assert any(value == [b"sk-ant-api03-operator"] for value in sent(upstream.seen))
    assert not any(
        holds(seen.head, (key[3:], revoked[3:], CALLERS, ADMIN)) for seen in upstream.seen
    )


HOSTILE = (
    'm\n{"record":1,"request_id":"hr_forged"}', "m\r\n2026-01-01 00:00:00 ERROR forged",
    "m\x1b[2J", "m\u2028\u0085x", "m\x00", "\ud83d\ude00" * 100, "x" * 10_000, "",
)  # fmt: skip
STOPS_READING = ("--port", "0", "--workers", "2", "--body-limit-mb", "1", "--virtual-keys")


def hostile_requests() -> list[bytes]:
    """Odd words wherever a client has a say, with a credential beside each."""
    own = b"x-api-key: " + MINE.encode()
    requests = [
        post(path, json.dumps({**json.loads(body()), "model": model}).encode(), own)
        for model in HOSTILE
        for path in PATHS[:3]
    ]
    odd = (
        b"x-headroom-tag: a\tb",
        b"x-headroom-team: \xff\xfe",
        b"x-headroom-key: " + MINE.encode(),
    )
    requests += [post(b"/v1/messages", body(), own, one) for one in odd]
    requests += [
        post(b"/v1/messages%0aforged?key=" + IN_QUERY.encode(), body(), own),
        post(b"/v1beta/models/m%0Aforged:generateContent?key=" + IN_QUERY.encode(), body()),
        get(b"/v1/%1b[2J?api_key=" + MINE.encode(), own),
        b"BREW /v1/messages HTTP/1.1\r\nhost: localhost\r\n" + own + b"\r\n\r\n",
    ]
    return requests


@pytest.mark.parametrize("form", ["text", "json"])
async def test_S3_S4_logs_hold_no_secret_and_one_record_per_line(tmp_path: Path, form: str) -> None:
    file = tmp_path / "log.jsonl"
    words = ("--log-file", str(file), "--log-format", form, "--log-level", "debug")
    async with (
        upstream_of(provider) as upstream,
        process_of(
            upstream.url, tmp_path, (*HEADROOM, *STOPS_READING, *words), variables=VARIABLES
        ) as process,
    ):
        await sweep(process, [*hostile_requests(), *data_plane("hk-none", "hk-other"), *pages()])
        process.stop()
        await process.exit_code()
        logged = await asyncio.to_thread(file.read_bytes)

    said = bytes(process.said)
    secrets = (MINE, IN_QUERY, COOKIE, BASIC, CALLERS, ADMIN, *OPERATORS.values())
    for text in (logged, said):
        assert not holds(text, (*secrets, ASKED, ANSWERED, TOOL, "Traceback", "\x1b"))
        assert b"hr_" in text
    lines = [json.loads(line) for line in logged.decode().splitlines()]
    assert len(lines) > 100
    assert len({tuple(line) for line in lines}) == 1
    assert all(str(line["request_id"]).startswith("hr_") for line in lines)
    assert not any("forged" in str(line["request_id"]) for line in lines)
    assert {len(str(line["model"])) <= 64 for line in lines} == {True}
    assert_well_formed(said.decode(), form)


def assert_well_formed(said: str, form: str) -> None:
    """Each line of the log begins as such a line does; the banner stands elsewhere."""
    start = (
        r'\{"time":' if form == "json" else r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]{4,8} +\[\d+\] "
    )
    lines = [line for line in said.splitlines() if "hr_" in line or "ERROR" in line]
    assert len(lines) > 100
    for line in lines:
        assert re.match(start, line), line
        if form == "json":
            json.loads(line)


async def test_S3_with_messages_what_was_said_stands_in_the_log_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    words = ("--port", "0", "--log-file", str(file), "--log-messages")
    async with (
        upstream_of(provider) as upstream,
        process_of(upstream.url, tmp_path, (*HEADROOM, *words)) as process,
    ):
        own = (b"x-api-key: " + MINE.encode(), b"cookie: s=" + COOKIE.encode())
        await sweep(process, [post(path, body(), *own) for path in PATHS[:3]])
        process.stop()
        await process.exit_code()
        logged = await asyncio.to_thread(file.read_bytes)

    assert b"all prompts and replies" in process.said
    assert holds(logged, (ASKED, ANSWERED, TOOL)) == {ASKED, ANSWERED, TOOL}
    assert not holds(logged, (MINE, COOKIE))
    assert not holds(bytes(process.said), (ASKED, ANSWERED, TOOL, MINE, COOKIE))


async def files_in(folder: Path) -> list[Path]:
    return await asyncio.to_thread(lambda: [path for path in folder.rglob("*") if path.is_file()])


def sent(seen: list[Seen]) -> list[list[bytes]]:
    return [one.values(b"x-api-key") for one in seen]
