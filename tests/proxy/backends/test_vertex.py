from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headroom.errors import BadRequest, SettingsError
from headroom.proxy.backends.vertex import Vertex, model_name, usual_address
from headroom.settings import Settings
from tests.contracts.backends import NATIVE
from tests.proxy.house import NOWHERE, post
from tests.upstream import Provider
from tests.upstream.vertex import account_file

CASE = next(case for case in NATIVE if case.backend == "vertex")
KEY, NEW = b"x-api-key: k", b"cache-control: no-store"
BODY = b'{"model": "claude-haiku-4-5-20251001", "max_tokens": 1e1, "stream": true, "messages":[{"role":"user","content":"a"}] }'  # noqa: E501


async def test_the_model_stands_in_the_path_and_all_other_bytes_are_the_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = (KEY, b"anthropic-beta: context-1m-2025-08-07,oauth-2025-04-20")
    async with CASE.house(Provider(), tmp_path, monkeypatch, optimize=False) as (house, wire):
        answer = await house.ask(post(b"/v1/messages", BODY, *headers))

    (received,) = wire.received
    assert answer.status == 200
    assert received.path.endswith("/models/claude-haiku-4-5@20251001:streamRawPredict")
    assert received.body == (
        b'{"max_tokens": 1e1, "stream": true, "messages":[{"role":"user","content":"a"}]'
        b',"anthropic_version":"vertex-2023-10-16" }'
    )
    assert received.header("anthropic-beta") == "context-1m-2025-08-07"


async def test_a_token_that_google_refuses_is_told_in_anthropics_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with CASE.house(Provider(), tmp_path, monkeypatch) as (house, wire):
        wire.token = "another"  # type: ignore[attr-defined]  # it is a Vertex
        wire.tokens = 0  # type: ignore[attr-defined]
        first = await house.ask(post(b"/v1/messages", BODY, KEY, NEW))
        wire.token = "a third"  # type: ignore[attr-defined]
        answer = await house.ask(post(b"/v1/messages", BODY, KEY, NEW))

    assert (first.status, answer.status) == (200, 401)
    assert json.loads(answer.body)["error"]["type"] == "authentication_error"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5@20250929"),
        ("claude-3-5-haiku-20241022", "claude-3-5-haiku@20241022"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929"),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-opus-5@default", "claude-opus-5@default"),
    ],
)
def test_the_date_of_a_model_stands_behind_an_at(name: str, found: str) -> None:
    assert model_name(name) == found


@pytest.mark.parametrize("name", ["..", "a/b", "a:predict", "a?b", "a%2fb", "a b", "@x", "a@b@c"])
def test_what_would_lead_elsewhere_is_no_model(name: str) -> None:
    with pytest.raises(BadRequest):
        model_name(name)


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("europe-west1", "https://europe-west1-aiplatform.googleapis.com"),
    ],
)
def test_each_region_has_its_address(region: str, address: str) -> None:
    assert usual_address(region) == address


@pytest.mark.parametrize(
    ("settings", "variables", "sentence"),
    [
        ({"vertex_project": "my-project"}, {}, "needs a region: set --region"),
        ({"vertex_project": "my-project"}, {"CLOUD_ML_REGION": "evil.example/x"}, "a region such"),
        ({"vertex_project": "a/../b"}, {"CLOUD_ML_REGION": "global"}, "the id of a project"),
    ],
)
def test_what_would_lead_elsewhere_or_is_missing_is_told_at_start(
    settings: dict[str, Any],
    variables: dict[str, str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = str(account_file(tmp_path, NOWHERE))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", file)

    with pytest.raises(SettingsError, match=sentence):
        Vertex.make(Settings(backend="vertex", **settings), variables)


def test_the_project_is_that_of_the_credentials_where_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(account_file(tmp_path, NOWHERE))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", file)

    made = Vertex.make(Settings(backend="vertex", region="global"), {})

    assert made.address == "https://aiplatform.googleapis.com"
