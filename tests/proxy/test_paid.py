"""Which calls cost something, and what they give."""

from __future__ import annotations

import time

import pytest

from headroom.proxy.call import Call, Message
from headroom.proxy.paid import is_paid, kind_of, thinks_unseen
from headroom.proxy.routes import find_route


async def nothing() -> Message:
    return {}


def call(method: str, path: str) -> Call:
    route = find_route(method, path.encode(), [])
    return Call({}, nothing, method, [], b"", route, time.perf_counter())


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages",
        "/v1/messages/batches",
        "/v1/complete",
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/responses/compact",
        "/v1/embeddings",
        "/embeddings",
        "/v1/completions",
        "/v1/images/generations",
        "/v1/audio/transcriptions",
        "/v1/batches",
        "/v1/threads/t1/runs",
        "/v1/fine_tuning/jobs",
        "/v1/something/new",
        "/v1beta/models/gemini-2.5-pro:generateContent",
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent",
        "/v1/models/gemini-2.5-pro:generateContent",
        "/v1beta/models/gemini-embedding-001:embedContent",
        "/v1beta/cachedContents",
    ],
)
def test_M1_every_paid_route_is_known(path: str) -> None:
    assert is_paid(call("POST", path))
    assert not any(is_paid(call(method, path)) for method in ("GET", "HEAD", "DELETE"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/count_tokens",
        "/v1/messages/batches/b1/cancel",
        "/v1/batches/b1/cancel",
        "/v1/responses/input_tokens",
        "/v1/responses/r1/cancel",
        "/v1/files",
        "/upload/v1beta/files",
        "/v1/moderations",
        "/v1/threads",
        "/v1/threads/t1/messages",
        "/v1beta/models/gemini-2.5-pro:countTokens",
        "/backend-api/codex/analytics-events/events",
    ],
)
def test_what_no_provider_charges_for_is_free(path: str) -> None:
    assert not is_paid(call("POST", path))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/embeddings", "vectors"),
        ("/v1beta/models/gemini-embedding-001:batchEmbedContents", "vectors"),
        ("/v1/images/edits", "images"),
        ("/v1/audio/speech", "sound"),
        ("/v1/batches", "batch"),
        ("/v1/messages/batches", "batch"),
        ("/v1beta/models/gemini-2.5-pro:generateContent", "text"),
        ("/v1/completions", "text"),
    ],
)
def test_what_a_call_gives_is_told_by_its_path(path: str, kind: str) -> None:
    assert kind_of(call("POST", path)) == kind


@pytest.mark.parametrize(
    ("model", "thinks"),
    [("o3", True), ("o4-mini", True), ("gpt-5", True), ("gpt-5.2-codex", True),
     ("gpt-4o", False), ("o3x", False), ("claude-opus-5-5", False), ("", False)],
)  # fmt: skip
def test_models_that_think_unseen_are_known(model: str, *, thinks: bool) -> None:
    assert thinks_unseen(model) is thinks
