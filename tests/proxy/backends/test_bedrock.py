from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headroom.proxy.backends.bedrock import Bedrock
from headroom.settings import Settings
from tests.contracts.backends import NATIVE
from tests.proxy.house import post
from tests.proxy.marked_talks import AUTO, agent
from tests.proxy.talks import noting
from tests.upstream import Provider, Received
from tests.upstream.bedrock import REQUEST_ID
from tests.upstream.validate import marks_of

CASE = next(case for case in NATIVE if case.backend == "bedrock")
KEY = b"x-api-key: k"
BODY = (
    b'{"model": "%s", "max_tokens": 1e1, "stream": %s, "messages":[{"role":"user","content":"a"}] }'
)
REST = b'{"max_tokens": 1e1, "messages":[{"role":"user","content":"a"}]'
ARN = b"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5"


async def test_model_and_stream_stand_in_the_path_and_all_other_bytes_are_the_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beta = b"anthropic-beta: context-1m-2025-08-07,claude-code-20250219"
    async with CASE.house(Provider(), tmp_path, monkeypatch, optimize=False) as (house, wire):
        body = BODY % (b"claude-opus-5-5", b"true")
        streamed = await house.ask(post(b"/v1/messages", body, KEY, beta))
        whole = await house.ask(post(b"/v1/messages", BODY % (ARN, b"false"), KEY))

    first, second = wire.received
    version = b',"anthropic_version":"bedrock-2023-05-31"'
    assert first.target == (b"/model/eu.anthropic.claude-opus-5-5/invoke-with-response-stream")
    assert first.body == REST + version + b',"anthropic_beta":["context-1m-2025-08-07"] }'
    assert second.target.endswith(b"inference-profile%2Feu.anthropic.claude-opus-5-5/invoke")
    assert second.body == REST + version + b" }"
    for answer in (streamed, whole):
        assert answer.status == 200
        assert answer.values(b"request-id") == [REQUEST_ID.encode()]
    assert streamed.values(b"content-type") == [b"text/event-stream; charset=utf-8"]
    assert json.loads(whole.body)["type"] == "message"


async def test_the_operator_says_what_a_model_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"model_map": "best=global.anthropic.claude-opus-5-5, small=anthropic.claude-haiku-5-5"}
    async with CASE.house(Provider(), tmp_path, monkeypatch, **said) as (house, wire):
        await house.ask(post(b"/v1/messages", BODY % (b"best", b"false"), KEY))

    assert wire.received[0].target == b"/model/global.anthropic.claude-opus-5-5/invoke"


async def test_what_nobody_knows_is_asked_for_and_aws_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with CASE.house(Provider(), tmp_path, monkeypatch) as (house, _):
        answer = await house.ask(post(b"/v1/messages", BODY % (b"gpt-9/../x", b"false"), KEY))

    assert answer.status == 400
    assert "The provided model identifier is invalid." in answer.body.decode()


async def test_a_signature_that_aws_refuses_is_told_in_anthropics_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with CASE.house(Provider(), tmp_path, monkeypatch, region="us-east-1") as (house, _):
        answer = await house.ask(post(b"/v1/messages", BODY % (b"claude-opus-5-5", b"true"), KEY))

    assert answer.status == 403
    error = json.loads(answer.body)["error"]
    assert error["type"] == "permission_error"
    assert error["message"].startswith("InvalidSignatureException: ")


async def test_tokens_are_counted_for_the_model_behind_a_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    path = b"/v1/messages/count_tokens"
    async with CASE.house(provider, tmp_path, monkeypatch) as (house, wire):
        answer = await house.ask(post(path, BODY % (b"claude-opus-5-5", b"false"), KEY))

    assert wire.received[0].target == b"/model/anthropic.claude-opus-5-5/count-tokens"
    assert answer.status == 200


def test_each_region_has_its_address() -> None:
    settings = Settings(backend="bedrock", region="ap-southeast-2")

    made = Bedrock.make(settings, {"AWS_BEARER_TOKEN_BEDROCK": "key"})

    assert made.address == "https://bedrock-runtime.ap-southeast-2.amazonaws.com"


async def test_a_cloud_that_knows_no_mark_of_a_whole_request_gets_marks_on_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(minimum_cached=512, refuses="auto")
    # Its key is nobody's: whether it pays by the token is the operator's affair here.
    bare = b"x-api-key: sk-ant-oat01-a-subscription"
    async with CASE.house(provider, tmp_path, monkeypatch, workspace_dir=tmp_path) as (house, _):
        answers = [
            await house.ask(post(b"/v1/messages", json.dumps(agent(turn)).encode(), bare))
            for turn in range(4)
        ]

    found = [marks_in(received) for received in provider.received]
    assert {answer.status for answer in answers} == {200}
    assert [AUTO in each for each in found] == [True, False, False, False, False]
    assert [bool(each) for each in found[2:]] == [True, True, True]


def marks_in(received: Received) -> list[str]:
    return [where for where, _, _ in marks_of(received.json())]


async def test_each_profile_has_its_own_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    settings: dict[str, Any] = {"budget": 5.0, "model_map": f"mine={ARN.decode()}"}
    async with CASE.house(Provider(), tmp_path, monkeypatch, **settings) as (house, _):
        notebook = noting(house)
        for name in (b"global.anthropic.claude-opus-5-5", b"claude-opus-5-5", ARN, b"mine"):
            await house.ask(post(b"/v1/messages", BODY % (name, b"true"), KEY))
            costs.append((await notebook.next()).cost)

    everywhere, *here = costs
    assert everywhere
    assert here == [everywhere * Decimal("1.1")] * 3
