"""Which programs have come through lately, and how they were answered."""

from __future__ import annotations

from headroom.observe.clients import clients
from headroom.observe.entry import entry_of
from tests.observe.outcomes import NOON, planned


def test_each_program_is_told_with_its_answers_the_latest_first() -> None:
    latest = entry_of(planned(client="claude", at=NOON + 60, status=401, notes=("a note",)))
    earlier = entry_of(planned(client="claude"))
    other = entry_of(planned(client="", verdict="upstream_failed"))

    told = clients([latest, earlier, other])

    assert told["claude"] == {
        "requests": 2,
        "last_request_at": "2026-09-21T14:14:20Z",
        "planned": 2,
        "tokens_before": 1_000,
        "tokens_saved": 400,
        "answers": {"401": 1, "answered": 1},
        "notes": {"a note": 1},
    }
    assert told["other"]["answers"] == {"upstream_failed": 1}


def test_what_only_asked_for_shorter_messages_came_through_to_nobody() -> None:
    assert clients([entry_of(planned(verdict="compressed", client="curl"))]) == {}
