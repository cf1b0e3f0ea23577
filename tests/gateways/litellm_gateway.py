"""LiteLLM's real gateway as a process of its own, with its Headroom guardrail in front of us."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.running import environment
from tests.gateways.environment import PYTHON, VARIABLES
from tests.upstream import Received, Reply

MASTER_KEY = "sk-master"
READY_WITHIN_S = 90.0
COMMAND = (PYTHON, PYTHON.with_name("litellm"), "--host", "127.0.0.1", "--telemetry", "False")


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One guardrail of the gateway's configuration; requests ask for it by its name."""

    name: str
    api_base: str
    options: Mapping[str, Any]


class Line:
    """Relays what the guardrail asks to the proxy, and notes it."""

    def __init__(self, url: str) -> None:
        self.received: list[Received] = []
        self._address = urllib.parse.urlsplit(url).netloc

    def __call__(self, received: Received) -> Reply:
        self.received.append(received)
        connection = http.client.HTTPConnection(self._address, timeout=30.0)
        headers = {name.decode(): value.decode() for name, value in received.headers}
        # It is the proxy that is asked.
        headers["host"] = self._address
        connection.request(
            received.method, received.target.decode(), received.body or None, headers
        )
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return Reply(reply.status, (("content-type", "application/json"),), (body,))


@contextmanager
def litellm_gateway(folder: Path, provider: str, guardrails: Sequence[Guardrail]) -> Iterator[str]:
    """Run LiteLLM's gateway in front of this provider; gives its URL once it answers."""
    config = folder / "config.yaml"
    # YAML takes JSON.
    config.write_text(json.dumps(_configuration(provider, guardrails)))
    log = folder / "gateway.log"
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "--config", config, "--port", str(port)],
            env=environment({**VARIABLES, "HOME": str(folder)}),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(READY_WITHIN_S)


def _configuration(provider: str, guardrails: Sequence[Guardrail]) -> Mapping[str, Any]:
    return {
        "model_list": [
            {
                "model_name": "gpt-6",
                "litellm_params": {
                    "model": "openai/gpt-6",
                    "api_base": f"{provider}/v1",
                    "api_key": "key",
                },
            },
            {
                "model_name": "claude",
                "litellm_params": {
                    "model": "anthropic/claude-opus-5-5",
                    "api_base": provider,
                    "api_key": "key",
                },
            },
        ],
        "guardrails": [
            {
                "guardrail_name": one.name,
                "litellm_params": {
                    "guardrail": "headroom",
                    "mode": "pre_call",
                    "api_base": one.api_base,
                    **one.options,
                },
            }
            for one in guardrails
        ],
        "litellm_settings": {"num_retries": 0},
        "general_settings": {"master_key": MASTER_KEY},
    }


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
        try:
            connection.request("GET", "/health/liveliness")
            if connection.getresponse().status == 200:
                return
        except OSError:
            # Polling another process: there is nothing to wait for but time.
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"LiteLLM's gateway did not get ready; it said: {log.read_text()}")
