"""What is exported by whole proxies, as a collector gets it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from headroom.proxy.proxy import open_proxy
from tests.proxy.house import House, Seen, house_of, post, replying, settings_for, upstream_of
from tests.proxy.process import Process, process_of
from tests.reliability.test_secrets import ANSWERED, ASKED, MINE, REPLY, TOOL, body
from tests.support.collector import PATIENCE_S, Collector, collector, read
from tests.support.proxy_process import HEADROOM, clean_environ

COMMAND = (*HEADROOM, "--port", "0")
PUBLIC, SECRET, HEADER = "pk-lf-canary", "sk-lf-canary", "canary-of-a-header"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEY = b"x-api-key: " + MINE.encode()

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


def variables(receiver: Collector, **more: str) -> dict[str, str]:
    """Everything is exported to this receiver."""
    return {
        "HEADROOM_OTEL_METRICS_ENABLED": "1",
        "HEADROOM_OTEL_METRICS_ENDPOINT": receiver.url,
        "HEADROOM_OTEL_METRICS_HEADERS": f"x-key={HEADER}",
        # Only what is sent at the end arrives, unless a test says otherwise.
        "HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS": "3600000",
        "HEADROOM_LANGFUSE_ENABLED": "1",
        "LANGFUSE_PUBLIC_KEY": PUBLIC,
        "LANGFUSE_SECRET_KEY": SECRET,
        "LANGFUSE_BASE_URL": receiver.url,
        **more,
    }


class Reporting:
    """A provider that reports another usage each time, and adds up what it has reported."""

    def __init__(self) -> None:
        self.reported: Counter[str] = Counter()
        self._numbers = itertools.count(1)

    async def __call__(self, _seen: Seen, writer: asyncio.StreamWriter) -> None:
        number = next(self._numbers)
        usage = {
            "input_tokens": number,
            "cache_read_input_tokens": 10 * number,
            "cache_creation_input_tokens": 5 * number,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 3 * number,
                "ephemeral_1h_input_tokens": 2 * number,
            },
            "output_tokens": 7 * number,
        }
        self.reported.update(
            input=16 * number, output=7 * number, read=10 * number, written=5 * number
        )
        reply = json.dumps({**json.loads(REPLY), "usage": usage}).encode()
        writer.write(WHOLE % (len(reply), reply))


async def ask_often(process: Process, times: int) -> None:
    """Ask so often, something else each time: what is the same is answered from the store."""
    bodies = (body().replace(ASKED.encode(), b"%b %d" % (ASKED.encode(), n)) for n in range(times))
    answers = await asyncio.gather(
        *(process.ask(post(b"/v1/messages", each, KEY)) for each in bodies)
    )
    assert set(answers) == {200}


def roots(receiver: Collector) -> list[Span]:
    return [span for span in receiver.spans() if span.kind == Span.SPAN_KIND_SERVER]


async def test_M6_sums_over_four_workers_are_what_the_provider_reported(tmp_path: Path) -> None:
    provider = Reporting()
    with collector() as receiver:
        async with (
            upstream_of(provider) as upstream,
            process_of(
                upstream.url,
                tmp_path,
                (*COMMAND, "--workers", "4"),
                variables=variables(receiver),
            ) as process,
        ):
            await ask_often(process, 40)
            process.stop()
            assert await process.exit_code() == 0

    sums = receiver.sums()
    assert sums["headroom.proxy.requests"] == 40
    assert sums["headroom.proxy.tokens.input"] == provider.reported["input"]
    assert sums["headroom.proxy.tokens.output"] == provider.reported["output"]
    assert sums["headroom.proxy.cache.read_tokens"] == provider.reported["read"]
    assert sums["headroom.proxy.cache.write_tokens"] == provider.reported["written"]
    assert sums["headroom.proxy.cache.write_ttl_tokens"] == provider.reported["written"]
    instances = {whose for whose, _ in receiver.metrics()}
    assert 1 < len(instances) <= 4
    calls = [read(span.attributes) for span in roots(receiver)]
    assert len({call["headroom.request_id"] for call in calls}) == len(calls) == 40
    told = sum(int(call["gen_ai.usage.input_tokens"]) for call in calls)
    assert told == provider.reported["input"]
    async with open_proxy(settings_for("http://127.0.0.1:9", workspace_dir=tmp_path), [], {}) as it:
        counted = (await it.chronicle.read()).lifetime.sums
    assert counted.of("input") == provider.reported["input"]
    assert sums["headroom.proxy.tokens.saved"] == counted.of("tokens_saved") > 0
    dollars = sums["headroom.proxy.cost.gained"] - sums.get("headroom.proxy.cost.lost", 0.0)
    assert dollars == pytest.approx(counted.saved / 1e9)
    assert sums["headroom.proxy.cost.actual"] == pytest.approx(counted.of("cost") / 1e9)


async def test_T4_a_collector_that_hangs_holds_up_neither_calls_nor_the_stop(
    tmp_path: Path,
) -> None:
    with collector(None) as receiver:
        quick = variables(receiver, HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS="100")
        async with (
            upstream_of(Reporting()) as upstream,
            process_of(upstream.url, tmp_path, COMMAND, variables=quick) as process,
        ):
            await ask_often(process, 1)
            await asyncio.to_thread(receiver.wait_for, 1)
            await ask_often(process, 5)
            begun = time.monotonic()
            process.stop()
            assert await process.exit_code() == 0
            took = time.monotonic() - begun

    # 1.5 seconds for the last exports, on a machine that may do much else.
    assert took < 5


async def test_a_collector_that_refuses_costs_one_warning_of_one_worker(tmp_path: Path) -> None:
    with collector(401) as receiver:
        often = variables(receiver, HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS="100")
        del often["HEADROOM_LANGFUSE_ENABLED"]
        async with (
            upstream_of(Reporting()) as upstream,
            process_of(
                upstream.url, tmp_path, (*COMMAND, "--workers", "2"), variables=often
            ) as process,
        ):
            async with asyncio.timeout(PATIENCE_S):
                # Each worker has something to export once it has had a call.
                while b"answered 401" not in process.said:
                    await ask_often(process, 8)
            await asyncio.to_thread(receiver.wait_for, len(receiver.posted) + 4)
            # In a stop another worker may take the place of the one that speaks for all.
            said = re.findall(rb"OpenTelemetry: Failed.*", process.said)
            process.stop()
            assert await process.exit_code() == 0

    assert said == [
        f"OpenTelemetry: Failed to export metrics batch code: 401, "
        f"reason: {receiver.url} answered 401".encode()
    ]


async def test_what_cannot_be_reached_costs_one_warning_and_no_stop(tmp_path: Path) -> None:
    with collector() as gone:
        nowhere = variables(gone, HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS="100")
    async with (
        upstream_of(Reporting()) as upstream,
        process_of(upstream.url, tmp_path, COMMAND, variables=nowhere) as process,
    ):
        async with asyncio.timeout(PATIENCE_S):
            while b"cannot be reached" not in process.said:
                await ask_often(process, 1)
        begun = time.monotonic()
        process.stop()
        assert await process.exit_code() == 0
        took = time.monotonic() - begun

    assert took < 5
    assert b"Traceback" not in process.said
    # Of metrics, of traces, and that what was left was not taken.
    assert 1 <= process.said.count(b"OpenTelemetry: ") <= 3


async def test_S3_neither_keys_nor_headers_nor_content_are_exported_or_logged(
    tmp_path: Path,
) -> None:
    with collector() as receiver:
        often = variables(receiver, HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS="100")
        async with (
            upstream_of(replying(WHOLE % (len(REPLY), REPLY))) as upstream,
            process_of(upstream.url, tmp_path, COMMAND, variables=often) as process,
        ):
            await ask_often(process, 3)
            async with asyncio.timeout(PATIENCE_S):
                while b"headroom.compression.pipeline" not in everything_of(receiver):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            process.stop(signal.SIGINT)
            assert await process.exit_code() == 0

    exported = everything_of(receiver)
    assert b"headroom.proxy.requests" in exported
    basic = base64.b64encode(f"{PUBLIC}:{SECRET}".encode()).decode()
    content = (ASKED, ANSWERED, TOOL)
    secrets = (MINE, PUBLIC, SECRET, HEADER, basic)
    assert not [one for one in (*secrets, *content) if one.encode() in exported]
    assert not [one for one in (*secrets, *content) if one.encode() in process.said]
    kept = everything_in(tmp_path)
    assert not [one for one in secrets if one.encode() in kept]


def everything_of(receiver: Collector) -> bytes:
    return b"".join(posted.plain for posted in receiver.posted)


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""


async def test_without_the_extra_one_warning_says_what_to_do_and_calls_go_on(
    tmp_path: Path,
) -> None:
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCKED)
    path = f"{tmp_path / 'blocked'}:{':'.join(each for each in sys.path if each)}"
    with collector() as receiver:
        given = variables(receiver, PYTHONPATH=path)
        async with (
            upstream_of(Reporting()) as upstream,
            process_of(upstream.url, tmp_path, (*COMMAND, "--workers", "2"), variables=given) as it,
        ):
            await ask_often(it, 2)
            health = await it.answer(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            it.stop()
            assert await it.exit_code() == 0

    assert not receiver.posted
    config = json.loads(health.body)["config"]
    assert (config["otel"], config["langfuse"]) == (False, False)
    (said,) = re.findall(rb"headroom: (.*) have no effect: (.*)", it.said)
    assert said == (
        b"HEADROOM_OTEL_METRICS_ENABLED and HEADROOM_LANGFUSE_ENABLED",
        b'opentelemetry.sdk is not installed (pip install "headroom-ai[otel]").',
    )
    assert b"Traceback" not in it.said


async def test_without_keys_one_warning_says_what_to_do_and_calls_go_on(tmp_path: Path) -> None:
    given = {"HEADROOM_LANGFUSE_ENABLED": "1", "LANGFUSE_PUBLIC_KEY": PUBLIC}
    async with (
        upstream_of(Reporting()) as upstream,
        process_of(
            upstream.url, tmp_path, (*COMMAND, "--workers", "2"), variables=given
        ) as process,
    ):
        await ask_often(process, 2)
        process.stop()
        assert await process.exit_code() == 0

    assert process.said.count(b"Nothing is sent to Langfuse: set LANGFUSE_SECRET_KEY") == 1


OPENED = """
import asyncio, sys
from headroom.proxy.proxy import open_proxy
from headroom.settings import Settings

async def main():
    async with open_proxy(Settings(stateless=True), [], {}):
        pass

asyncio.run(main())
print([name for name in sys.modules if name.startswith(("opentelemetry", "google", "requests"))])
"""


def test_by_default_nothing_of_opentelemetry_is_imported(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", OPENED],
        env=clean_environ(tmp_path, "http://127.0.0.1:9"),
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == "[]"


def to_langfuse(receiver: Collector, **more: Any) -> dict[str, Any]:
    return {
        "langfuse_enabled": True,
        "langfuse_public_key": PUBLIC,
        "langfuse_secret_key": SECRET,
        "langfuse_base_url": receiver.url,
        **more,
    }


async def ask(house: House, *headers: bytes) -> None:
    answer = await house.ask(post(b"/v1/messages", body(), KEY, *headers))
    assert answer.status == 200


async def test_a_call_goes_on_in_its_callers_trace_with_its_stages_and_messages() -> None:
    reply = WHOLE % (len(REPLY), REPLY)
    with collector() as receiver:
        async with house_of(replying(reply), **to_langfuse(receiver)) as house:
            await ask(
                house,
                f"traceparent: 00-{TRACE}-{SPAN}-01".encode(),
                b"x-headroom-session-id: session-1",
            )

    (root,) = roots(receiver)
    assert (root.trace_id.hex(), root.parent_span_id.hex()) == (TRACE, SPAN)
    assert read(root.attributes)["session.id"] == "session-1"
    spans = {span.name: span for span in receiver.spans()}
    pipeline = spans["headroom.compression.pipeline"]
    assert pipeline.parent_span_id == root.span_id
    said = read(pipeline.attributes)
    assert said["headroom.message_count"] == 3
    assert int(said["headroom.tokens.before"]) > int(said["headroom.tokens.after"]) > 0
    assert spans["headroom.compression.transform"].parent_span_id == pipeline.span_id
    plan, look_up = spans["headroom.stage.plan"], spans["headroom.stage.look_up"]
    assert root.start_time_unix_nano <= look_up.start_time_unix_nano
    assert look_up.end_time_unix_nano <= plan.start_time_unix_nano
    assert plan.end_time_unix_nano <= root.end_time_unix_nano
    provider = spans["headroom.provider"]
    assert provider.start_time_unix_nano >= pipeline.end_time_unix_nano


async def test_content_is_told_where_it_was_asked_for() -> None:
    reply = WHOLE % (len(REPLY), REPLY)
    with collector() as receiver:
        given = to_langfuse(receiver, langfuse_content=True)
        async with house_of(replying(reply), **given) as house:
            await ask(house)

    (root,) = roots(receiver)
    said = read(root.attributes)
    assert TOOL in str(said["langfuse.observation.input"])
    assert said["langfuse.observation.output"] == ANSWERED


async def test_what_is_refused_or_cannot_be_sent_has_a_trace_with_its_error() -> None:
    with collector() as receiver:
        given = to_langfuse(receiver, rpm=1, openai_api_url="http://127.0.0.1:9")
        async with house_of(replying(WHOLE % (len(REPLY), REPLY)), **given) as house:
            answers = [
                await house.ask(post(b"/v1/messages", body(), KEY)),
                await house.ask(post(b"/v1/messages", body(), KEY)),
                await house.ask(post(b"/v1/chat/completions", b'{"model":"m","messages":[]}')),
            ]

    assert [answer.status for answer in answers] == [200, 429, 502]
    # One that was paid for is settled after one that was refused.
    calls = sorted(roots(receiver), key=lambda span: span.start_time_unix_nano)
    errors = [read(span.attributes).get("error.type") for span in calls]
    assert errors == [None, "rate_limited", "upstream_failed"]
