from __future__ import annotations

import pytest

from headroom.replay.bill import CHEAP_READ, LAPSED, STANDARD, Penalty, Tokens


def test_reading_writing_and_answering_have_their_prices() -> None:
    tokens = Tokens(read=1000, written=100, output=10)

    assert tokens.units(STANDARD) == pytest.approx(100 + 125 + 50)
    assert tokens.units(CHEAP_READ) == pytest.approx(50 + 125 + 50)


def test_nothing_is_read_when_the_cache_has_lapsed() -> None:
    assert Tokens(read=1000, written=100, output=10).units(LAPSED) == pytest.approx(1375 + 50)


def test_a_penalty_is_the_prompt_again_a_call_and_the_original() -> None:
    assert Penalty(prompt_tokens=10_000, original_tokens=200).units(STANDARD) == pytest.approx(
        0.1 * 10_000 + 5 * 60 + 1.25 * 200
    )


def test_no_more_than_4000_tokens_of_an_original_are_charged() -> None:
    assert Penalty(0, 50_000).units(STANDARD) == pytest.approx(300 + 1.25 * 4000)
