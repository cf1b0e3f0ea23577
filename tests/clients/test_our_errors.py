"""Errors of the proxy's own come in the provider's shape, so that SDKs raise the right thing."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import anthropic
import openai
import pytest

from tests.support.proxy_process import proxy_process

TOO_LONG = "word " * 400_000


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(scope="module")
def before_nobody(nobody: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A proxy whose provider cannot be reached, and that takes bodies of 1 MB."""
    with proxy_process(tmp_path_factory.mktemp("nobody"), nobody, "--body-limit-mb", "1") as url:
        yield url


@pytest.fixture(scope="module")
def before_silence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A proxy whose provider takes calls and never answers, and that waits only a moment."""
    workspace = tmp_path_factory.mktemp("silence")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        upstream = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with proxy_process(workspace, upstream, "--request-timeout-seconds", "0.3") as url:
            yield url


def anthropic_client(url: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key="key", max_retries=0)


def openai_client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0)


def create(client: anthropic.Anthropic, content: str = "Say hello.") -> None:
    client.messages.create(
        model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": content}]
    )


def complete(client: openai.OpenAI, content: str = "Say hello.") -> None:
    client.chat.completions.create(
        model="gpt-6.1-sol", messages=[{"role": "user", "content": content}]
    )


def test_anthropic_raises_an_internal_error_when_the_provider_is_not_reached(
    before_nobody: str,
) -> None:
    with (
        anthropic_client(before_nobody) as client,
        pytest.raises(anthropic.InternalServerError) as raised,
    ):
        create(client)

    assert raised.value.status_code == 502
    assert raised.value.type == "api_error"


def test_openai_raises_an_internal_error_when_the_provider_is_not_reached(
    before_nobody: str,
) -> None:
    with (
        openai_client(before_nobody) as client,
        pytest.raises(openai.InternalServerError) as raised,
    ):
        complete(client)

    assert raised.value.status_code == 502
    assert raised.value.type == "server_error"


def test_anthropic_raises_a_timeout_when_the_provider_is_silent(before_silence: str) -> None:
    with (
        anthropic_client(before_silence) as client,
        pytest.raises(anthropic.GatewayTimeoutError) as raised,
    ):
        create(client)

    assert raised.value.status_code == 504
    assert raised.value.type == "timeout_error"


def test_openai_raises_an_internal_error_when_the_provider_is_silent(before_silence: str) -> None:
    with (
        openai_client(before_silence) as client,
        pytest.raises(openai.InternalServerError) as raised,
    ):
        complete(client)

    assert raised.value.status_code == 504


def test_anthropic_is_told_that_a_body_is_too_large(before_nobody: str) -> None:
    with (
        anthropic_client(before_nobody) as client,
        pytest.raises(anthropic.ContentTooLargeError) as raised,
    ):
        create(client, TOO_LONG)

    assert raised.value.status_code == 413
    assert "request_too_large" in raised.value.response.text


def test_openai_is_told_that_a_body_is_too_large(before_nobody: str) -> None:
    with openai_client(before_nobody) as client, pytest.raises(openai.APIStatusError) as raised:
        complete(client, TOO_LONG)

    assert raised.value.status_code == 413
    assert raised.value.type == "invalid_request_error"
