"""What the proxy behind the page has carried."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.proxy.talks import conversation, log, table

MODEL = "claude-opus-4-5"
HOSTILE = "<img src=x onerror=alert(1)>"
"""As a model and as a tool."""
NEEDLE = "failed 1"
"""Stands in a text that only its owner may see."""

AGAIN = 4

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """A running proxy."""

    url: str
    workspace: Path
    request: str = ""
    """The id of a request in which a table was cut down."""

    @property
    def operators_token(self) -> str:
        return (self.workspace / "admin_key").read_text().strip()


def call(house: House, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """One call on a connection of its own, so that any of the workers may get it."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(house.url).netloc, timeout=20)
    headers = {"content-type": "application/json", "x-api-key": "sk-ant-api03-mine"}
    try:
        connection.request(method, path, body, headers if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def told(house: House, path: str) -> Json:
    status, body = call(house, "GET", path)
    assert status == 200, body
    read: Json = json.loads(body)
    return read


def send(house: House, texts: list[str], *, model: str = MODEL, tool: str = "Bash") -> None:
    """One turn of a conversation, after so many calls of this tool."""
    body = json.dumps(conversation("/v1/messages", texts, model=model))
    body = body.replace('"Bash"', json.dumps(tool))
    status, answer = call(house, "POST", "/v1/messages", body.encode())
    # As SDKs do: beside many other tests a disk may be too busy to count in time.
    for _ in range(AGAIN * (status == 503)):
        time.sleep(1.0)
        status, answer = call(house, "POST", "/v1/messages", body.encode())
    assert status == 200, answer


def _ended(house: House, requests: int) -> list[Json]:
    """The requests once so many have ended, whichever worker took them."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        read = told(house, "/stats")
        if read["requests"]["total"] >= requests:
            found: list[Json] = read["recent_requests"]
            return found
        time.sleep(0.02)
    raise TimeoutError(f"{requests} requests have not ended")


def talk(url: str, workspace: Path) -> House:
    """Two conversations: a usual one, and one whose names try to be markup."""
    house = House(url, workspace)
    for texts in ([], [log(3)], [log(3), table(1)]):
        send(house, texts)
    request = max(_ended(house, 3), key=lambda one: int(one["input_tokens_original"]))
    for texts in ([], [table(2)]):
        send(house, texts, model=HOSTILE, tool=HOSTILE)
    return replace(house, request=request["request_id"])
