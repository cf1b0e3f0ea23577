"""Outcomes as they are written down."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from headroom.observe.cause import OTHER_CAUSE
from headroom.observe.entry import (
    MOST_FRESH,
    MOST_NANOS,
    MOST_TOKENS,
    OTHER,
    SWITCHED,
    Entry,
    Fresh,
    count,
    entry_of,
    fresh_of,
    nanos,
    printable,
)
from headroom.outcome import Rewrite, Treated, Usage
from tests.observe.outcomes import NOON, PLANNED, planned


def test_all_that_is_counted_of_a_request_is_written_down() -> None:
    entry = entry_of(PLANNED)

    assert (entry.at, entry.before, entry.after, entry.tokens_saved) == (NOON, 1_000, 600, 400)
    assert (entry.input, entry.output, entry.read, entry.written_5m) == (700, 50, 400, 200)
    assert (entry.uncached, entry.used, entry.estimated) == (100, True, False)
    assert (entry.cost, entry.direct_cost, entry.saved) == (4_000_000, 7_000_000, 3_000_000)
    assert (entry.units, entry.direct_units) == (600_500, 1_000_000)
    assert entry.fresh == (
        Fresh("Bash", "log", "clean+log", 1, 900, 500),
        Fresh("", "", "", 1, 20, 20, OTHER_CAUSE),
    )


def test_what_the_provider_did_not_take_saved_nothing() -> None:
    entry = entry_of(planned(status=529, usage=None, cost=None, direct_cost=None))

    assert (entry.before, entry.after, entry.fresh, entry.used) == (0, 0, (), False)
    assert entry.saved is None


def test_a_request_that_our_tool_made_longer_saved_nothing_and_lost_nothing() -> None:
    assert entry_of(planned(tokens_before=500, tokens_after=560)).tokens_saved == 0


def test_only_legs_of_planned_requests_are_retrievals() -> None:
    assert entry_of(planned(legs=3)).retrievals == 2
    assert entry_of(planned(legs=3, verdict="relayed")).retrievals == 0
    assert entry_of(planned(legs=3, verdict="client_left", status=SWITCHED)).retrievals == 0


@pytest.mark.parametrize("verdict", ["client_left", "cut", "stopped", "upstream_failed"])
def test_what_was_given_back_counts_also_where_the_reply_broke_off(verdict: str) -> None:
    assert entry_of(planned(legs=3, verdict=verdict)).retrievals == 2


def test_a_rewrite_is_told_with_its_occasion() -> None:
    entry = entry_of(planned(rewrite=Rewrite("free", 700)))

    assert (entry.rewrite, entry.rewritten) == ("free", 700)


@pytest.mark.parametrize("tokens", [-5, 10**30])
def test_S4_what_a_hostile_provider_reports_stays_within_bounds(tokens: int) -> None:
    entry = entry_of(planned(usage=Usage(tokens, 1), cost=Decimal(10) ** 40))

    assert 0 <= entry.input <= MOST_TOKENS
    assert entry.cost == MOST_NANOS
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry) == entry


def test_S4_labels_are_short_and_of_one_line() -> None:
    entry = entry_of(planned(model="a\nb\x1b[31m" + "x" * 500, failed="“odd”\r\n"))

    assert entry.model.startswith("a?b?[31mxxx")
    assert len(entry.model) == 64
    assert entry.failed == "?odd???"


def test_S4_a_request_names_so_many_tools_at_most() -> None:
    blocks = [Treated(i, 1, "tool", "tool_result", f"tool {i}", 10, 10) for i in range(500)]

    fresh = fresh_of(blocks)

    assert len(fresh) == MOST_FRESH + 1
    assert fresh[-1] == Fresh(OTHER, OTHER, OTHER, 460, 4_600, 4_600, OTHER)


def test_blocks_that_had_been_sent_are_not_fresh() -> None:
    sent = Treated(1, 1, "tool", "tool_result", "Bash", 900, 100, ("stale",), was_sent=True)

    assert fresh_of([sent, Treated(2, 1, "assistant", "tool_call", "Bash")]) == ()


def test_dollars_are_whole_billionths() -> None:
    assert nanos(Decimal("0.0000000015")) == 2
    assert nanos(Decimal(-1)) == 0
    assert nanos(None) is None
    assert count(1.6) == 2
    assert printable("plain") == "plain"


def test_what_lost_something_that_is_kept_is_counted_once() -> None:
    cut = Treated(3, 1, "tool", "tool_result", "Bash", 900, 500, ("log",), original="ab")
    again = msgspec.structs.replace(cut, was_sent=True)
    encoded = msgspec.structs.replace(cut, original="")

    entry = entry_of(planned(treated=(cut, again, encoded)))
    refused = entry_of(planned(treated=(cut,), status=400))

    assert (entry.cut_before, entry.cut_after) == (900, 500)
    assert (refused.cut_before, refused.cut_after) == (0, 0)
