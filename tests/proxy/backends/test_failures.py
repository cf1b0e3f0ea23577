"""Errors of libraries become the provider's: status, words, when to come back, and no secret."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from headroom.proxy.backends.failures import Failure, failure_of, secrets
from headroom.proxy.backends.streamed import Failed


class Told(Exception):
    status_code = 429
    litellm_response_headers = MappingProxyType({"retry-after": "7"})


class APIConnectionError(Exception):
    status_code = 500


class Timeout(Exception):
    status_code = 408


def test_what_the_provider_said_is_told_with_when_to_come_back() -> None:
    assert failure_of("b", Told("slow down")) == Failure(429, "slow down", b"7")


def test_a_secret_of_the_environment_is_hidden() -> None:
    hidden = secrets({"SOME_API_KEY": "secret-1234", "PATH": "/usr/bin/and", "A_TOKEN": "short"})

    assert hidden == ("secret-1234",)
    assert failure_of("b", Told("no: key=secret-1234"), hidden).message == "no: key=…"


def test_words_of_an_error_without_a_status_are_not_shown() -> None:
    failure = failure_of("b", ValueError("invalid: the whole prompt"))

    assert failure == Failure(502, "the backend b failed: ValueError")


def test_connections_that_failed_are_told_as_such_whatever_they_are_called() -> None:
    outer = Told("500: something")
    outer.__cause__ = APIConnectionError("at https://host?key=k")

    assert failure_of("b", outer).status == 502
    assert failure_of("b", APIConnectionError("x")).status == 502
    assert failure_of("b", Timeout("x")).status == 504


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (
            b'event: error\ndata: {"error": {"type": "rate_limit_error", "message": "m"}}\n\n',
            Failure(429, "m"),
        ),
        (
            b'event: error\ndata: {"error": {"type": "e", "message": "litellm.RateLimitError: m"}}',
            Failure(429, "litellm.RateLimitError: m"),
        ),
        (
            b'event: error\ndata: {"error": {"type": "odd", "message": "m"}}\n\n',
            Failure(500, "m"),
        ),
        (b"event: error\ndata: no json\n\n", Failure(502, "the backend b failed")),
    ],
)
def test_an_event_of_an_error_is_one(event: bytes, failure: Failure) -> None:
    assert failure_of("b", Failed(event)) == failure
