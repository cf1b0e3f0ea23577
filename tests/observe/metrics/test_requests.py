"""How requests ended, why some were refused, what became of their content."""

from __future__ import annotations

import pytest

from headroom.observe.metrics.requests import VERDICTS
from headroom.observe.shown import reason_of
from tests.observe.metrics.scraped import scraped, value
from tests.observe.outcomes import PLANNED, planned


def test_each_verdict_is_there_and_together_they_are_all_requests() -> None:
    found = scraped(PLANNED, *(planned(verdict=verdict) for verdict in VERDICTS))

    by_verdict = [
        value(found, "headroom_requests_by_verdict_total", verdict=verdict) for verdict in VERDICTS
    ]
    assert by_verdict == [2, *[1] * (len(VERDICTS) - 1)]
    assert sum(by_verdict) == value(found, "headroom_requests_total")


def test_refusals_are_told_by_their_word() -> None:
    found = scraped(planned(verdict="refused", refusal="too_large"))

    assert value(found, "headroom_requests_refused_total", reason="too_large") == 1
    assert value(found, "headroom_requests_refused_total", reason="over_budget") == 0


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ("no plan within 2 s", "late"),
        ("17 plans are waiting already", "late"),
        ("MemoryError", "MemoryError"),
        ("ValueError, KeyError", "ValueError, KeyError"),
        ("the planner failed with OSError", "planner"),
    ],
)
def test_A1_a_failed_compression_is_told_by_why_in_few_words(failed: str, reason: str) -> None:
    found = scraped(planned(failed=failed), planned(failed=failed), PLANNED)

    assert reason_of(failed) == reason
    assert value(found, "headroom_compression_failures_total", reason=reason) == 2


def test_what_was_sent_for_the_first_time_is_told_before_and_after() -> None:
    found = scraped(PLANNED)

    tokens = "headroom_kind_tokens_total"
    assert value(found, tokens, content="log", state="before") == 900
    assert value(found, tokens, content="log", state="after") == 500
    by_pass = {"pass": "clean+log", "state": "after"}
    assert value(found, "headroom_pass_tokens_total", **by_pass) == 500
    assert value(found, "headroom_transforms_total", transform="router:log") == 1


def test_busts_are_told_by_whose_doing_they_are() -> None:
    found = scraped(planned(bust="other", missed_tokens=70), planned(legs=3), planned(cache="hit"))

    assert value(found, "headroom_busts_total", by="ours") == 0
    assert value(found, "headroom_busts_total", by="others") == 1
    assert value(found, "headroom_bust_tokens_total", by="others") == 70
    assert value(found, "headroom_retrievals_total") == 2
    assert value(found, "headroom_stored_reply_lookups_total", result="hit") == 1
