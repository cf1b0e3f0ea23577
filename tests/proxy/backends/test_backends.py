"""Who may answer, how each is found by its name, and what none takes."""

from __future__ import annotations

import pytest

from headroom.errors import NotServed, SettingsError
from headroom.formats import FORMATS
from headroom.options import BACKENDS as NAMES
from headroom.options import TRANSLATED
from headroom.proxy.backends import BACKENDS, Listed, made
from headroom.proxy.backends.base import check_served
from headroom.proxy.call import Call
from headroom.settings import Settings
from tests.proxy.backends.calls import call

ROUTES = ("POST /v1/messages", "GET /v1/models", "POST /v1/chat/completions")


def test_every_backend_that_is_listed_may_be_chosen() -> None:
    assert {one.name for one in BACKENDS} <= {*NAMES, TRANSLATED}


def test_every_backend_takes_dialects_that_there_are() -> None:
    dialects = {one.name for one in FORMATS}

    assert all(set(one.dialects) <= dialects for one in BACKENDS)


def test_one_that_is_listed_by_its_beginning_is_named_by_all_that_follow() -> None:
    many, one = Listed("litellm-", "", ()), Listed("vertex", "", ())

    assert [many.is_named(name) for name in ("litellm-groq", "litellm-", "vertex")] == [
        True, True, False,
    ]  # fmt: skip
    assert [one.is_named(name) for name in ("vertex", "vertex-ai")] == [True, False]


def test_nobody_else_is_asked_where_a_backend_is_not_there() -> None:
    with pytest.raises(SettingsError, match="nobody is not there"):
        made(Settings(backend="nobody"), {})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", b"/v1/messages"),
        ("POST", b"//v1/./messages/"),
        ("POST", b"/chat/completions"),
        ("GET", b"/models"),
    ],
)
def test_a_route_is_taken_however_it_is_written(method: str, path: bytes) -> None:
    check_served("vertex", call(method=method, path=path), ROUTES)


@pytest.mark.parametrize(
    "refused",
    [
        call(method="GET", path=b"/v1/messages"),
        call(method="POST", path=b"/v1/embeddings"),
        call(method="POST", path=b"/v1/messages/batches"),
        call(method="POST", path=b"/backend-api/codex/responses"),
        call(method="POST", path=b"/v1/chat/completions", kind="websocket"),
        call((b"chatgpt-account-id", b"a"), method="POST", path=b"/v1/chat/completions"),
    ],
)
def test_what_a_backend_does_not_take_is_refused_with_what_it_takes(refused: Call) -> None:
    with pytest.raises(NotServed) as told:
        check_served("vertex", refused, ROUTES)

    assert "vertex" in str(told.value)
    assert "POST /v1/messages and GET /v1/models and POST /v1/chat/completions" in str(told.value)
    assert told.value.status == 404


async def test_no_call_may_name_an_address_where_the_operator_lends_credentials() -> None:
    settings = Settings(
        backend="bedrock", region="eu-west-1", allowed_base_urls=("https://gateway.example",)
    )

    with pytest.raises(SettingsError, match="leave out --allowed-base-url"):
        made(settings, {"AWS_BEARER_TOKEN_BEDROCK": "key"})
