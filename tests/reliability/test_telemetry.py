"""P4: nothing is sent anywhere but to providers and, where the operator names one, an endpoint."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.proxy.house import upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.test_workers import until
from tests.reliability.test_request_log import asking, say
from tests.support.receiver import receiving

# The proxy as it is, but with telemetry at once, and telling whom it connects to and looks up.
LISTENING = """
import os, sys

def hear(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        where = arguments[1] if event != "socket.getaddrinfo" else arguments[:2]
        with open(os.environ["HEARD"], "a") as file:
            file.write(f"{event} {where}\\n")

sys.addaudithook(hear)
import headroom.proxy.beacon as beacon
beacon.Beacon.__init__.__kwdefaults__["times"] = beacon.Times(0.1, 0.1, 0.0)
from headroom.cli.main import main
main()
"""
COMMAND = (sys.executable, "-c", LISTENING, "proxy", "--port", "0", "--no-cache")


async def asked_some(process: Process) -> None:
    for number in range(5):
        assert await process.ask(asking(number)) == 200


async def heard_in(file: Path) -> set[str]:
    text = await asyncio.to_thread(file.read_text)
    return {line for line in text.splitlines() if not line.startswith("socket.getaddrinfo")}


@pytest.mark.parametrize("switch", ["on", "off"])
async def test_P4_without_an_endpoint_only_the_provider_hears_of_it(
    tmp_path: Path, switch: str
) -> None:
    heard = tmp_path / "heard"
    variables = {"HEARD": str(heard), "HEADROOM_TELEMETRY": switch}
    async with (
        upstream_of(say) as upstream,
        process_of(upstream.url, tmp_path, COMMAND, variables=variables) as process,
    ):
        await asked_some(process)
        # Several times as long as it waits to send.
        await asyncio.sleep(0.5)
        process.stop()
        await process.exit_code()
        provider = f"socket.connect ('127.0.0.1', {upstream.port})"

    assert await heard_in(heard) == {provider}
    assert b"Nothing is sent about it to anybody" in process.said


async def test_P4_switched_off_nothing_is_sent_to_the_endpoint_either(tmp_path: Path) -> None:
    async with receiving() as receiver, upstream_of(say) as upstream:
        variables = {
            "HEARD": str(tmp_path / "heard"),
            "HEADROOM_TELEMETRY_ENDPOINT": receiver.url,
        }
        command = (*COMMAND, "--no-telemetry")
        async with process_of(upstream.url, tmp_path, command, variables=variables) as process:
            await asked_some(process)
            await asyncio.sleep(0.5)
            process.stop()
            await process.exit_code()

    assert not receiver.bodies


async def test_P4_an_endpoint_gets_what_is_shown_and_nothing_else(tmp_path: Path) -> None:
    async with receiving() as receiver, upstream_of(say) as upstream:
        variables = {
            "HEARD": str(tmp_path / "heard"),
            "HEADROOM_TELEMETRY_ENDPOINT": receiver.url,
            "HEADROOM_SDK": "my-app",
        }
        async with process_of(upstream.url, tmp_path, COMMAND, variables=variables) as process:
            await asked_some(process)
            await until(lambda: bool(receiver.bodies) and receiver.bodies[-1]["requests"] == 5)
            process.stop()
            await process.exit_code()
        shown = await asyncio.to_thread(
            run,
            "telemetry",
            "show",
            variables={"HEADROOM_WORKSPACE_DIR": str(tmp_path), "HEADROOM_SDK": "my-app"},
        )

    assert receiver.bodies[-1] == json.loads(shown.stdout)
    assert receiver.url.removeprefix("http://").removesuffix("/in").encode() in process.said
    sent = json.dumps([receiver.bodies, receiver.heads])
    assert not any(word in sent for word in (str(tmp_path), "question", "/v1/messages"))
