"""What a client receives through the proxy is, byte for byte, what it receives directly.

Only headers may differ, and only those that the proxy may add or that belong to one hop.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

import pytest

from tests.clients.conftest import Stage
from tests.upstream import Call, Failure, Provider, Received, Say, Script, Think

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}

ASKED: dict[str, dict[str, Any]] = {
    "/v1/messages": {
        "model": "claude-sonnet-5-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Look — and say what you see."}],
    },
    "/v1/chat/completions": {
        "model": "gpt-6.1-sol",
        "messages": [{"role": "user", "content": "Look — and say what you see."}],
    },
    "/v1/responses": {"model": "gpt-6.1-sol", "input": "Look — and say what you see."},
}

SPOKEN = (
    Think("Let me see… a 漢字 and a 🙂."),
    Say("Two files: a.py and b.py, 'quoted' and \"so\"."),
    Call("read", {"path": "a.py", "lines": [1, 2], "deep": {"x": None}}),
)

SCRIPTS = {
    "spoken": Script(SPOKEN),
    "one character at a time": Script(SPOKEN, piece=1),
    "compressed": Script(SPOKEN, encoding="gzip"),
    "broken by an error": Script(SPOKEN, cut_after=3, error=Failure(529, "Overloaded")),
    "refused": Failure(429, "Slow down — please.", retry_after="3"),
    "overloaded": Failure(529),
    "strange": Failure(418, "I'm a teapot", headers=(("x-odd", "a"), ("x-odd", "b"))),
}

Answered = tuple[int, list[tuple[str, str]], bytes]


def ask(url: str, path: str, body: dict[str, Any]) -> Answered:
    """One POST by the plainest client there is: status, headers, bytes of the body."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10.0)
    headers = {"content-type": "application/json", "authorization": "Bearer key"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


def of_the_provider(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that must be equal."""
    return [
        (name.lower(), value)
        for name, value in headers
        if name.lower() not in HOP_BY_HOP and not name.lower().startswith("x-headroom-")
    ]


def as_sent(received: Received) -> list[tuple[bytes, bytes]]:
    """The request headers that must be equal; ASGI gives their names in lower case."""
    one_hop = {b"host", b"connection", b"content-length"}
    named = [(name.lower(), value) for name, value in received.headers]
    return [(name, value) for name, value in named if name not in one_hop]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
@pytest.mark.parametrize("path", ASKED)
def test_a_reply_arrives_with_the_same_bytes(
    stage: Stage,
    direct: str,
    proxied: str,
    path: str,
    script: Script | Failure,
    stream: bool,
) -> None:
    body = {**ASKED[path], "stream": stream}
    received = []

    for url in (direct, proxied):
        # A fresh provider each time: its ids begin anew, so equal requests get equal bytes.
        stage.provider = Provider(otherwise=script)
        received.append(ask(url, path, body))
    straight, through = received

    assert through[0] == straight[0]
    assert through[2] == straight[2]
    assert of_the_provider(through[1]) == of_the_provider(straight[1])


@pytest.mark.parametrize("path", ASKED)
def test_a_request_arrives_with_the_same_bytes(
    stage: Stage, direct: str, proxied: str, path: str
) -> None:
    arrived = []

    for url in (direct, proxied):
        stage.provider = Provider()
        ask(url, f"{path}?beta=true&x=%2F&x=1", ASKED[path])
        arrived.append(stage.provider.received[0])
    straight, through = arrived

    assert through.body == straight.body
    assert through.target == straight.target
    assert as_sent(through) == as_sent(straight)
