"""Replies that a library makes: as they come, errors as the provider's, and nobody else asked."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import environment
from tests.gateways.environment import PYTHON, needed
from tests.gateways.far_side import KEY, variables
from tests.gateways.translating import MODELS, Translating, translating
from tests.upstream import Failure, Gate, Say, Script

pytestmark = needed

CALLERS = "key-of-the-caller"
BACKENDS = ("litellm-openrouter", "litellm-openai", "litellm-gemini", "anyllm")
ROUTES = ("/v1/messages", "/v1/chat/completions")

each = pytest.mark.parametrize("backend", BACKENDS)
# The scripted server of Gemini's says all at once.
paced = pytest.mark.parametrize("backend", [one for one in BACKENDS if one != "litellm-gemini"])
routes = pytest.mark.parametrize("route", ROUTES)
streams = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture(scope="module")
def nowhere() -> Iterator[socket.socket]:
    """Where all requests would go that are meant for another address than the far side's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        yield listener


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, nowhere: socket.socket
) -> Iterator[Translating]:
    elsewhere = f"http://127.0.0.1:{nowhere.getsockname()[1]}"
    others = {"HTTP_PROXY": elsewhere, "HTTPS_PROXY": elsewhere, "NO_PROXY": "127.0.0.1"}
    with translating(tmp_path_factory.mktemp("translated"), **others) as opened:
        yield opened


def ask(stage: Translating, backend: str, route: str, **members: Any) -> http.client.HTTPResponse:
    url = urllib.parse.urlsplit(stage.url(backend, cache=False))
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    said = [{"role": "user", "content": "Hello"}]
    body = {"model": MODELS[backend], "messages": said, "max_tokens": 64, **members}
    headers = {
        "connection": "close",
        "content-type": "application/json",
        "authorization": f"Bearer {CALLERS}",
        "x-api-key": CALLERS,
    }
    connection.request("POST", route, json.dumps(body), headers)
    return connection.getresponse()


@each
@routes
@streams
def test_an_error_has_the_providers_status_and_words(
    stage: Translating, backend: str, route: str, stream: bool
) -> None:
    stage.far.provider.next(Failure(429, "Slow down, please.", retry_after="7"))

    reply = ask(stage, backend, route, stream=stream)
    told = json.loads(reply.read())

    assert reply.status == 429
    assert "Slow down, please." in told["error"]["message"]
    if backend != "litellm-gemini":
        assert reply.getheader("retry-after") == "7"


@paced
@routes
def test_words_arrive_before_the_reply_is_whole(
    stage: Translating, backend: str, route: str
) -> None:
    gate = Gate()
    stage.far.provider.next(Script((Say("one two three"),), piece=4, gate=gate, hold_after=4))

    reply = ask(stage, backend, route, stream=True)
    first = b""
    while b"data:" not in first:
        first += reply.readline()
    gate.open()
    rest = reply.read()

    assert reply.status == 200
    assert re.search(rb"message_stop|\[DONE\]", rest)


@paced
def test_a_client_that_leaves_ends_the_librarys_request(stage: Translating, backend: str) -> None:
    gate = Gate()
    stage.far.provider.next(Script((Say("one two three"),), piece=4, gate=gate, hold_after=4))

    reply = ask(stage, backend, "/v1/messages", stream=True)
    reply.readline()
    reply.close()

    assert stage.far.received[-1].left.wait(10)
    gate.open()


@paced
def test_a_connection_that_breaks_is_told_as_one_and_nothing_is_sent_twice(
    stage: Translating, backend: str
) -> None:
    before = len(stage.far.received)
    stage.far.provider.next(Script((Say("one two three"),), cut_after=0))

    reply = ask(stage, backend, "/v1/messages")
    told = json.loads(reply.read())

    assert reply.status == 502
    assert backend in told["error"]["message"]
    assert len(stage.far.received) == before + 1


def test_the_callers_key_reaches_nobody_and_nobody_else_is_asked(
    stage: Translating, nowhere: socket.socket
) -> None:
    assert ask(stage, "litellm-openrouter", "/v1/messages").read()

    heads = str([received.headers for received in stage.far.received])
    assert CALLERS not in heads
    assert KEY in heads
    with pytest.raises(TimeoutError):
        nowhere.accept()


def test_a_client_that_did_not_ask_for_usage_gets_no_chunk_without_choices(
    stage: Translating,
) -> None:
    reply = ask(stage, "anyllm", "/v1/chat/completions", stream=True).read()

    chunks = [json.loads(line[6:]) for line in reply.splitlines() if line.startswith(b"data: {")]
    assert all(chunk["choices"] for chunk in chunks)
    assert chunks[-1]["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"backend": "litellm-nobody"}, "LiteLLM knows no nobody"),
        ({"backend": "litellm-databricks"}, "set DATABRICKS_API_BASE and DATABRICKS_API_KEY or"),
        ({"backend": "anyllm", "anyllm_provider": "nobody"}, "nobody"),
        ({"backend": "anyllm", "anyllm_provider": "bedrock"}, "try --backend litellm-bedrock"),
        ({"backend": "anyllm", "anyllm_provider": "moonshot"}, "set MOONSHOT_API_KEY"),
    ],
)
def test_what_cannot_be_is_said(stage: Translating, settings: dict[str, str], told: str) -> None:
    answer = stage.send({**settings, "stateless": True})

    assert told in answer["refused"]


def test_the_command_starts_it_and_is_ready_once_the_library_is(
    stage: Translating, tmp_path: Path
) -> None:
    given = {**variables(stage.far_url), "HEADROOM_WORKSPACE_DIR": str(tmp_path)}
    words = ["-m", "headroom", "proxy", "--port", "0", "--backend", "litellm-openrouter"]
    with subprocess.Popen(
        [PYTHON, *words],
        env=environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = next(
            int(found[1])
            for line in process.stdout
            if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line))
        )
        stage.urls["litellm-openrouter "] = f"http://127.0.0.1:{port}"
        try:
            reply = ask(stage, "litellm-openrouter", "/v1/messages")
        finally:
            del stage.urls["litellm-openrouter "]
            process.terminate()

    assert reply.status == 200
