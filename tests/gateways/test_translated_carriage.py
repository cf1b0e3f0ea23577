"""What the table of translation says is so: each feature arrives, or is refused by its name."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from headroom.proxy.backends.carriage import ADVISORY, ANYLLM, Row, litellm_row
from headroom.proxy.backends.translated import NEEDS
from tests.gateways.environment import needed
from tests.gateways.features import FEATURES, arrived
from tests.gateways.translating import MODELS, Translating, translating

pytestmark = needed

DIALECTS = {"/v1/messages": "anthropic", "/v1/chat/completions": "openai_chat"}

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ROWS = [*MODELS.items(), ("litellm-bedrock", CLAUDE), ("litellm-groq", "llama")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translating]:
    with translating(tmp_path_factory.mktemp("translated")) as opened:
        yield opened


def ask(url: str, route: str, body: Any) -> tuple[int, Any]:
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    headers = {"content-type": "application/json", "authorization": "Bearer of-the-caller"}
    connection.request("POST", route, json.dumps(body), headers)
    reply = connection.getresponse()
    told = json.loads(reply.read())
    connection.close()
    return reply.status, told


def row_of(backend: str, model: str) -> Row:
    return ANYLLM if backend == "anyllm" else litellm_row(backend.removeprefix("litellm-"), model)


def judged(stage: Translating, backend: str, model: str, route: str, name: str) -> str:
    """What is wrong with this feature behind this backend; nothing, if all is as it should be."""
    asked, marks = FEATURES[route][name]
    row = row_of(backend, model)
    body = {"max_tokens": 64, **asked} if route == "/v1/messages" else asked
    lost = [
        need for need in NEEDS[DIALECTS[route]](body) if need.name not in row.of(DIALECTS[route])
    ]
    refused = next((need for need in lost if need.name not in ADVISORY), None)
    before = len(stage.far.received)
    url = stage.url(backend, cache=False, optimize=False, environ={})
    status, told = ask(url, route, {"model": model, **body})
    sent = [received.body.decode() for received in stage.far.received[before:]]
    if refused is not None:
        words = told["error"]["message"] if "error" in told else ""
        is_named = backend in words and refused.place in words
        return "" if status == 400 and not sent and is_named else f"is not refused: {status} {told}"
    if status == 400 and not sent and "support" in told["error"]["message"]:
        # The library says itself that this model takes no such thing.
        return ""
    if status != 200 or len(sent) != 1:
        return f"was sent {len(sent)} times: {status} {told}"
    if not lost and not arrived(sent[0], marks):
        return f"did not arrive: {sent[0]}"
    return ""


@pytest.mark.parametrize("route", DIALECTS)
@pytest.mark.parametrize(("backend", "model"), ROWS)
def test_each_feature_arrives_or_is_refused_by_its_name_and_place(
    stage: Translating, backend: str, model: str, route: str
) -> None:
    wrong = {
        name: told
        for name in FEATURES[route]
        if (told := judged(stage, backend, model, route, name))
    }

    assert not wrong


@pytest.mark.parametrize("route", DIALECTS)
def test_every_name_in_the_table_is_tried(route: str) -> None:
    dialect = DIALECTS[route]
    tried = {need.name for asked, _ in FEATURES[route].values() for need in NEEDS[dialect](asked)}
    named = {name for backend, model in ROWS for name in row_of(backend, model).of(dialect)}

    assert named <= tried
