"""What both SDKs' clients have in common once they shorten what they send."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest

from headroom.integrations.openai import with_headroom
from headroom.integrations.sdk import Shortening, refuse
from headroom.integrations.shortener import Shortener
from tests.proxy.talks import body_of, log

SHORTENING = Shortening(Shortener(), {"/responses": "openai_responses"})
BODY = body_of("/v1/responses", [log(1)])


def request(path: str = "/v1/responses", **headers: str) -> httpx2.Request:
    said = {"content-type": "application/json", "x-own": "1", **headers}
    url = f"https://example.com{path}?api-version=1"
    return httpx2.Request("POST", url, headers=said, content=BODY, extensions={"own": 1})


def test_a_request_gets_a_shorter_body_and_its_length_and_nothing_else() -> None:
    asked, plain = request(), request()

    SHORTENING.change(asked)

    assert len(asked.content) < len(BODY)
    assert asked.read() == b"".join(asked.stream)  # type: ignore[arg-type]  # of a waiting client
    told = {**plain.headers, "content-length": str(len(asked.content))}
    assert list(asked.headers.items()) == list(told.items())
    assert (asked.method, asked.url) == (plain.method, plain.url)
    assert asked.extensions == {"own": 1}


@pytest.mark.parametrize(
    "other",
    [
        request("/v1/embeddings"),
        request("/v1/responses/resp_1/cancel"),
        request(**{"content-type": "multipart/form-data; boundary=b"}),
        request(**{"content-encoding": "gzip"}),
    ],
    ids=["another route", "a route below", "not JSON", "packed"],
)
def test_A2_other_requests_stay_as_they_are(other: httpx2.Request) -> None:
    headers = list(other.headers.items())

    SHORTENING.change(other)

    assert other.content == BODY
    assert list(other.headers.items()) == headers


def test_a_client_is_copied_and_stays_of_its_class() -> None:
    plain = openai.OpenAI(api_key="key", timeout=7.0, max_retries=5)

    short = with_headroom(plain)

    assert isinstance(short, openai.OpenAI)
    assert type(short).__name__ == "OpenAI"
    assert type(plain) is openai.OpenAI
    assert (short.timeout, short.max_retries, short.api_key) == (7.0, 5, "key")
    assert short._client is plain._client


def test_a_client_is_not_shortened_twice() -> None:
    twice = with_headroom(with_headroom(openai.OpenAI(api_key="key")))

    assert type(twice).__mro__[1] is openai.OpenAI


def test_options_of_a_call_keep_it() -> None:
    short = with_headroom(openai.OpenAI(api_key="key"))

    assert type(short.with_options(timeout=1.0)) is type(short)


def test_the_refusal_names_what_came_and_what_is_wanted() -> None:
    wrong: Any = SimpleNamespace()

    assert (
        str(refuse(wrong, "A", "B"))
        == "with_headroom takes a client of A or B, not SimpleNamespace"
    )
    with pytest.raises(TypeError, match="OpenAI or AsyncOpenAI, not SimpleNamespace"):
        with_headroom(wrong)
