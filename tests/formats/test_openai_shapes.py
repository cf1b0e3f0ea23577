from __future__ import annotations

from typing import Any

import pytest

from headroom.formats.openai_shapes import error, usage
from headroom.outcome import Usage


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (413, "invalid_request_error", "request_too_large"),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (502, "server_error", "bad_gateway"),
        (504, "server_error", "timeout"),
    ],
)
def test_an_error_has_the_type_and_code_of_its_status(
    status: int, kind: str, code: str | None
) -> None:
    assert error(status, "no")["error"] == {
        "message": "no",
        "type": kind,
        "param": None,
        "code": code,
    }


@pytest.mark.parametrize(
    ("details", "written"),
    [
        ({"cache_write_tokens": 400}, 400),
        ({"cache_write_tokens_details": {"ttl_30m_tokens": 300, "ttl_12h_tokens": 100}}, 400),
        ({"cache_write_tokens": 400, "cache_write_tokens_details": {"ttl_30m_tokens": 300}}, 400),
        ({"cache_write_tokens": 0, "cache_write_tokens_details": None}, 0),
        (None, 0),
        (5, 0),
    ],
)
def test_what_was_written_to_the_cache_is_counted_once(details: Any, written: int) -> None:
    reported = {"whole": 2000, "details": details, "output": 30}

    assert usage(reported, "whole", "details", "output") == Usage(
        input_tokens=2000, output_tokens=30, cache_write_other_tokens=written
    )
