from __future__ import annotations

import dataclasses

from headroom.conversation import Plan
from headroom.proxy.caller import Caller
from headroom.proxy.expected import REMEMBERED, AnswerLengths, Expected, expected
from headroom.tokens import Calibration
from tests.proxy.test_record import record


def test_the_planned_body_counts_in_the_providers_tokens() -> None:
    planned = record(model="m", plan=Plan(tokens_before=9_000, tokens_after=1_000))
    calibration = Calibration()
    calibration.learn("m", counted=1_000, reported=1_200)

    found = expected(planned, AnswerLengths(), calibration, body_bytes=77)

    assert found == Expected(1_200, 500)
    assert found.total == 1_700


def test_a_body_that_was_not_read_counts_by_its_bytes() -> None:
    found = expected(record(), AnswerLengths(), Calibration(), body_bytes=4_000)

    assert found.input_tokens == 1_000


def test_an_answer_is_expected_to_be_as_long_as_long_ones_were_lately() -> None:
    lengths = AnswerLengths()
    for length in [*range(1, 101), 5_000]:
        lengths.note("one", "m", length)
    of = {
        tenant: record(model="m", most_answer=2_000, caller=Caller(tenant))
        for tenant in ("one", "other")
    }
    long_ago = dataclasses.replace(of["one"], most_answer=50)

    found = {
        name: expected(each, lengths, Calibration(), body_bytes=4).output_tokens
        for name, each in {**of, "bounded": long_ago}.items()
    }

    # The 38th of the last forty, an eighth of what is allowed, and never more than that.
    assert found == {"one": 250, "other": 250, "bounded": 50}
    assert lengths.long_one("one", "m") == 99


def test_L9_only_so_many_callers_and_models_are_remembered() -> None:
    lengths = AnswerLengths()
    for number in range(REMEMBERED + 1):
        lengths.note(f"t{number}", "m", 7)

    assert lengths.long_one("t0", "m") == 0
    assert lengths.long_one("t1", "m") == 7
