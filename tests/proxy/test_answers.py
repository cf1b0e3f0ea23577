from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.errors import BadRequest, TooLarge, UpstreamTimeout
from headroom.proxy.answers import answer_error, error_body, error_event
from headroom.proxy.routes import Provider


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (413, "request_too_large"), (421, "invalid_request_error"),
     (502, "api_error"), (504, "timeout_error")],
)  # fmt: skip
def test_anthropic_errors_have_a_type(status: int, kind: str) -> None:
    told = json.loads(error_body("anthropic", status, "why"))

    assert told == {"type": "error", "error": {"type": kind, "message": "why"}}


def test_openai_errors_have_all_four_fields() -> None:
    told = json.loads(error_body("openai", 502, "why"))

    assert told == {
        "error": {"message": "why", "type": "server_error", "param": None, "code": "bad_gateway"}
    }


def test_a_relayed_stream_of_openai_ends_as_chat_completions_do() -> None:
    assert error_event("openai", "", 502, "why") == error_event("openai", "openai_chat", 502, "why")


def test_gemini_errors_have_a_status_name() -> None:
    told = json.loads(error_body("gemini", 504, "why"))

    assert told == {"error": {"code": 504, "message": "why", "status": "DEADLINE_EXCEEDED"}}


@pytest.mark.parametrize(
    ("provider", "dialect"),
    [("anthropic", "anthropic"), ("openai", "openai_chat"), ("openai", "openai_responses"),
     ("gemini", "")],
)  # fmt: skip
def test_an_error_event_is_one_whole_event(provider: Provider, dialect: str) -> None:
    event = error_event(provider, dialect, 502, "line one\nline two")

    # Google ends its lines with carriage returns too.
    event = event.replace(b"\r\n", b"\n")
    *_, data, empty = event.removesuffix(b"\n").split(b"\n")
    assert empty == b""
    assert event.count(b"\n\n") == 1
    assert "error" in json.loads(data.removeprefix(b"data: "))


async def test_a_refusal_tells_when_to_come_back() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await answer_error(send, "openai", BadRequest("why", retry_after_s=1.2))

    assert (b"retry-after", b"2") in sent[0]["headers"]


@pytest.mark.parametrize(("error", "status"), [(TooLarge("x"), 413), (UpstreamTimeout("x"), 504)])
async def test_an_error_is_answered_with_its_status(error: Any, status: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await answer_error(send, "anthropic", error)

    assert sent[0]["status"] == status
    assert len(sent[1]["body"]) == int(dict(sent[0]["headers"])[b"content-length"])
