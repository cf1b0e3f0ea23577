from __future__ import annotations

import json

import pytest

from headroom.proxy.backends.vertex_errors import Failure, told

WAIT = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.3s"}


@pytest.mark.parametrize(
    ("status", "error", "found"),
    [
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "Quota.", "details": [WAIT]},
         Failure(429, "RESOURCE_EXHAUSTED: Quota.", 13)),
        (503, {"status": "UNAVAILABLE", "message": "Busy.", "details": [{"a": 1}, 3]},
         Failure(529, "UNAVAILABLE: Busy.")),
        (504, {"status": "DEADLINE_EXCEEDED"}, Failure(504, "DEADLINE_EXCEEDED")),
        (400, {"message": "No such field."}, Failure(400, "No such field.")),
        (401, {"status": 3, "details": "odd"}, Failure(401, "Vertex says status 401")),
    ],
)  # fmt: skip
def test_an_error_of_googles_has_a_status_and_its_own_words(
    status: int, error: dict[str, object], found: Failure
) -> None:
    assert told(status, json.dumps({"error": error}).encode()) == found
    assert told(status, json.dumps([{"error": error}]).encode()) == found


def test_what_the_model_itself_has_said_stays_as_it_is() -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens"}}'

    assert told(400, body) is None
    assert told(302, body) == Failure(502, "max_tokens")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error":"no"}', b"[" * 5000])
def test_an_error_that_says_nothing_is_told_by_its_status(body: bytes) -> None:
    assert told(502, body) == Failure(502, "Vertex says status 502")
