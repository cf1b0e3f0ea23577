"""What the npm SDK reads of a request."""

from __future__ import annotations

from headroom.observe.client_view import client_view
from headroom.observe.entry import entry_of
from tests.observe.outcomes import planned


def test_it_is_the_same_request_under_other_names() -> None:
    assert client_view(entry_of(planned()), mode="cache") == {
        "stream": True,
        "mode": "cache",
        "tokens_input_before": 1_000,
        "tokens_input_after": 600,
        "tokens_output": 50,
        "cached_tokens": 400,
        "cacheable_tokens": 600,
        "estimated_cache_hit": True,
        "semantic_cache_hit": False,
        "block_breakdown": {"log": 900, "unknown": 20},
    }


def test_a_stored_reply_is_a_hit() -> None:
    told = client_view(entry_of(planned(cache="hit", usage=None)), mode="token")

    assert told["semantic_cache_hit"]
    assert not told["estimated_cache_hit"]
