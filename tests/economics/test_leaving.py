"""Something leaves a block where that is expected to pay."""

from __future__ import annotations

from headroom.economics import leaving_out_pays, still_pays


def test_leaving_out_pays_by_what_is_saved_later_against_a_likely_retrieval() -> None:
    # Saved: 1 000 x (1.25 + 14 x 0.1) = 2 650.  A retrieval: 0.1 x 20 000 + 5 x 60 + 1.25 x 2 000
    # = 4 800.
    def pays(asked_back: float) -> bool:
        return leaving_out_pays(
            1_000, prompt_tokens=20_000, original_tokens=2_000, asked_back=asked_back
        )

    assert pays(0.55)
    assert not pays(0.56)


def test_a_retrieval_fetches_only_so_much() -> None:
    # Saved: 106.  A retrieval: 300 + 1.25 x 4 000 = 5 300, however long the original is.
    assert leaving_out_pays(40, prompt_tokens=0, original_tokens=90_000, asked_back=0.0199)
    assert not leaving_out_pays(40, prompt_tokens=0, original_tokens=90_000, asked_back=0.0201)


def test_where_it_is_known_how_often_it_is_fetched_that_decides() -> None:
    # Saved: 2 650 for each that is not regretted.  One that is: 0.1 x 20 000 + 5 x 60 = 2 300 for
    # the call, and 200 x 2.65 = 530 for what stayed.
    def pays(regret: float, asking: float) -> bool:
        return still_pays(1_000, 200, prompt_tokens=20_000, regret=regret, asking=asking)

    assert pays(0.48, 0.48)
    assert not pays(0.49, 0.49)
    # A part costs the call and 1 000 tokens: 4 950.
    assert pays(0.0, 0.53)
    assert not pays(0.0, 0.54)


def test_much_that_leaves_is_worth_a_question_each_time_but_not_all_of_it_each_time() -> None:
    assert still_pays(20_000, 500, prompt_tokens=50_000, regret=0.0, asking=1.0)
    assert not still_pays(20_000, 500, prompt_tokens=0, regret=1.0, asking=1.0)
