"""Which programs have come through lately, and how they were answered: of the last requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headroom.observe.client import OTHER_CLIENT
from headroom.observe.entry import Entry
from headroom.observe.shown import error, second

DOUBLED = "its path began with /v1/v1: the base URL of its client has a /v1 too many"
"""A note of requests."""


def clients(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """Of each program: requests, when the last one ended, how many ended how, and notes.

    *entries* come the latest first; `answers` counts statuses of the provider, and the words for
    what else ended a request.
    """
    told: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if not entry.is_call:
            continue
        one = told.setdefault(
            entry.client or OTHER_CLIENT,
            {
                "requests": 0,
                "last_request_at": second(entry.at),
                "planned": 0,
                "tokens_before": 0,
                "tokens_saved": 0,
                "answers": {},
                "notes": {},
            },
        )
        one["requests"] += 1
        one["planned"] += entry.verdict == "planned"
        one["tokens_before"] += entry.before
        one["tokens_saved"] += entry.tokens_saved
        answer = (error(entry) or "answered").removeprefix("status ")
        for table, word in (("answers", answer), *(("notes", note) for note in entry.notes)):
            one[table][word] = one[table].get(word, 0) + 1
    return told
