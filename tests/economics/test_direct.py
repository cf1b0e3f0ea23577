"""What a request would have used directly, against cases reckoned by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Facts, Plan
from headroom.economics import Account, Caching, Sizes, as_they_came, direct_usage, supposed
from headroom.economics.direct import expected_read
from headroom.outcome import Usage

# Tools and system 1 000, then 3 000 tokens of history of which 2 000 go on, then 1 000 new ones
# of which 500 do: 5 000 directly, 3 500 as sent.
TURN = Sizes(fixed=1_000, seen_before=3_000, seen_after=2_000, before=5_000, after=3_500)
MARKED = Caching(marked=True)


def test_sizes_come_from_the_plan() -> None:
    plan = Plan(
        tokens_before=5_000,
        tokens_after=3_560,
        blocks_before=4_000,
        blocks_after=2_500,
        seen_before=3_000,
        seen_after=2_000,
    )

    assert Sizes.of(plan) == replace(TURN, added=60, after=3_560)


def test_a_whole_read_is_a_whole_read_directly_in_tokens_of_the_provider() -> None:
    # The provider counts twice what we do: 7 000 for 3 500, so 10 000 directly; it read the
    # 3 000 that the request before had left, directly 4 000 of ours.
    used = Usage(7_000, 40, cache_read_tokens=6_000, cache_write_5m_tokens=1_000)

    direct = direct_usage([used], TURN, MARKED)

    assert direct == Usage(10_000, 40, cache_read_tokens=8_000, cache_write_5m_tokens=2_000)
    assert expected_read(used, TURN) == 6_000


@pytest.mark.parametrize(
    ("read", "directly"),
    [
        (0, 0),
        # Tools and system alone.
        (1_000, 1_000),
        # The half of the history after them, 1 000 of 2 000, is 1 500 of 3 000.
        (2_000, 2_500),
        # More than was left: half of what is new, 250 of 500, is 500 of 1 000.
        (3_250, 4_500),
        (3_500, 5_000),
    ],
)
def test_what_was_read_in_part_would_have_been_read_up_to_the_same_place(
    read: int, directly: int
) -> None:
    used = Usage(3_500, cache_read_tokens=read)

    assert direct_usage([used], TURN, MARKED).cache_read_tokens == directly


def test_what_is_not_read_is_written_and_left_uncached_in_the_same_proportion() -> None:
    # Of 500 that were not read 300 were written for five minutes, 100 for an hour: of 1 000
    # directly 600 and 200.
    used = Usage(
        3_500, cache_read_tokens=3_000, cache_write_5m_tokens=300, cache_write_1h_tokens=100
    )

    direct = direct_usage([used], TURN, MARKED)

    assert direct == Usage(
        5_000, cache_read_tokens=4_000, cache_write_5m_tokens=600, cache_write_1h_tokens=200
    )


def test_where_nobody_caches_everything_is_uncached() -> None:
    assert direct_usage([Usage(3_500, 7)], TURN, Caching()) == Usage(5_000, 7)


def test_our_tool_is_a_cost_of_ours_alone() -> None:
    first = Sizes(fixed=1_000, added=60, before=1_100, after=1_160)
    used = Usage(1_160, cache_write_5m_tokens=1_160)

    assert direct_usage([used], first, MARKED) == Usage(1_100, cache_write_5m_tokens=1_100)

    # And where another conversation had left tools, system and it.
    later = replace(used, cache_read_tokens=1_060, cache_write_5m_tokens=100)
    assert direct_usage([later], first, MARKED) == Usage(
        1_100, cache_read_tokens=1_000, cache_write_5m_tokens=100
    )


@pytest.mark.parametrize(
    ("caching", "read"),
    [(MARKED, 4_000), (Caching(always=True), 4_000), (Caching(marked=True, alive=False), 0)],
)
def test_what_our_own_rewrite_kept_from_being_read_would_have_been_read(
    caching: Caching, read: int
) -> None:
    used = Usage(3_500, cache_write_5m_tokens=3_500)

    direct = direct_usage([used], TURN, caching, rewrote=True)

    assert direct.cache_read_tokens == read
    assert direct.cache_write_5m_tokens == 5_000 - read


def test_nobody_could_have_sent_more_than_the_window_holds() -> None:
    used = Usage(3_500, cache_read_tokens=3_500)

    assert direct_usage([used], TURN, MARKED, window=4_200) == Usage(4_200, 0, 4_200)
    # What was really taken is the better witness.
    assert direct_usage([used], TURN, MARKED, window=100) == Usage(3_500, 0, 3_500)


def test_after_a_rewrite_what_was_seen_may_be_more_than_what_is_sent() -> None:
    sizes = replace(TURN, after=2_000)

    assert sizes.place_before(2_000) == sizes.fixed + sizes.seen_before
    assert sizes.place_before(1_000) == 1_000


def test_what_became_too_short_to_be_cached_would_have_been() -> None:
    # 2 700 are below 4 096 and paid in full; 5 600 directly, of which 5 000 were left, are not.
    sizes = Sizes(fixed=500, seen_before=4_500, seen_after=2_000, before=5_600, after=2_700)
    caching = Caching(marked=True, least=4_096)

    direct = direct_usage([Usage(2_700, 9)], sizes, caching)

    assert direct == Usage(5_600, 9, cache_read_tokens=5_000, cache_write_5m_tokens=600)


def test_a_retrieval_is_a_cost_of_ours_alone() -> None:
    legs = [Usage(3_500, 70, cache_read_tokens=3_000), Usage(5_500, 400), Usage(6_000, 20)]

    direct = direct_usage(legs, TURN, MARKED)

    # Without the two calls of 60 tokens each.
    assert (direct.input_tokens, direct.output_tokens) == (5_000, 370)


@pytest.mark.parametrize(
    ("reported", "directly"),
    [
        # The provider holds the history: 1 500 saved of ours are at most 3 750 of its own.
        (50_000, 53_750),
        # A picture that we count as text.
        (350, 1_100),
    ],
)
def test_a_count_that_is_far_off_changes_what_was_saved_within_bounds(
    reported: int, directly: int
) -> None:
    assert direct_usage([Usage(reported)], TURN, Caching()).input_tokens == directly


def test_where_nothing_was_reported_what_was_left_was_probably_read() -> None:
    counted = Usage(3_500, 10)

    assert supposed(counted, TURN, Caching(always=True)) == replace(
        counted, cache_read_tokens=3_000
    )
    assert supposed(counted, TURN, Caching()) == counted
    assert supposed(counted, TURN, Caching(always=True, alive=False)) == counted
    assert supposed(counted, TURN, Caching(always=True, least=3_001)) == counted
    assert supposed(counted, replace(TURN, seen_before=0, seen_after=0), MARKED) == counted


def test_what_we_had_cached_would_not_have_been_cached_directly() -> None:
    used = Usage(3_500, 7, cache_read_tokens=3_000, cache_write_5m_tokens=500)

    assert direct_usage([used], TURN, Caching(by_us=True)) == Usage(5_000, 7)


def test_what_is_known_of_caching_is_said_by_the_request_and_its_conversation() -> None:
    facts = Facts(cache_marks=True, always_cached=True)
    lapsed = Account(requests=1, at_ms=1_000, lifetime_s=300)

    assert Caching.of(facts, lapsed, now=400.0, least=512) == Caching(
        marked=True, always=True, alive=False, least=512
    )
    # Some upstreams cache although nobody asks.
    assert Caching.of(Facts(), Account(read=1)) == Caching(always=True)
    assert Caching.of(Facts(), by_us=True) == Caching(by_us=True)


TOKENS = st.integers(0, 20_000)


@given(parts=st.tuples(TOKENS, TOKENS, TOKENS, TOKENS, TOKENS), read=st.integers(0, 100))
def test_where_nothing_was_changed_going_direct_is_the_same(
    parts: tuple[int, int, int, int, int], read: int
) -> None:
    fixed, seen, new, reported, output = parts
    whole = fixed + seen + new
    sizes = Sizes(fixed, 0, seen, seen, whole, whole)
    cached = reported * read // 100
    used = Usage(reported, output, cached, cache_write_5m_tokens=reported - cached)

    assert direct_usage([used], sizes, MARKED) == used


@given(
    fixed=TOKENS,
    added=st.integers(0, 500),
    seen=st.tuples(TOKENS, TOKENS),
    new=st.tuples(TOKENS, TOKENS),
    reported=st.integers(0, 200_000),
    read=st.integers(0, 100),
)
def test_the_parts_of_what_is_used_directly_never_exceed_the_whole(
    fixed: int, added: int, seen: tuple[int, int], new: tuple[int, int], reported: int, read: int
) -> None:
    before, after = fixed + seen[0] + new[0], fixed + added + seen[1] + new[1]
    sizes = Sizes(fixed, added, seen[0], seen[1], before, after)
    cached = reported * read // 100
    used = Usage(reported, 0, cached, cache_write_5m_tokens=reported - cached)

    direct = direct_usage([used], sizes, MARKED)

    parts = (direct.cache_read_tokens, direct.cache_write_5m_tokens)
    assert all(0 <= part <= direct.input_tokens for part in parts)
    assert sum(parts) <= direct.input_tokens + 1


def test_what_left_a_batch_would_have_been_read_uncached() -> None:
    plan = Plan(tokens_before=300, tokens_after=200)

    assert as_they_came([Usage(400, 50)], plan) == Usage(600, 50)
    assert as_they_came([Usage(400, 50), Usage(10, 5)], plan) == Usage(610, 55)


@pytest.mark.parametrize(
    ("legs", "plan"),
    [
        ([], Plan(tokens_before=3, tokens_after=2)),
        ([Usage(400)], Plan()),
        ([Usage(400)], Plan(tokens_before=2, tokens_after=2)),
        ([Usage(0, 9)], Plan(tokens_before=3, tokens_after=2)),
    ],
)
def test_where_nothing_left_it_went_directly(legs: list[Usage], plan: Plan) -> None:
    assert as_they_came(legs, plan) is None
