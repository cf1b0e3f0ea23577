from __future__ import annotations

from typing import Any

import pytest

from headroom.conversation import Plan
from headroom.outcome import Usage
from headroom.proxy.caller import Caller
from headroom.proxy.expected import expect
from headroom.proxy.lately import Lately
from headroom.proxy.planning import open_planning
from tests.proxy.drafts import record
from tests.proxy.house import NOWHERE, settings_for


async def told(lengths: Lately, path: bytes = b"/v1/messages", **known: Any) -> Usage:
    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.calibration.learn("m", counted=1_000, reported=1_200)
        seen = record(path, **{"model": "m", **known})
        expect(planning, seen, lengths)
    return seen.expected


async def test_the_planned_body_counts_in_the_providers_tokens() -> None:
    plan = Plan(tokens_before=9_000, tokens_after=1_000)

    assert await told(Lately(), plan=plan, sent_tokens=7) == Usage(1_200, 4_000)


async def test_a_body_that_was_not_read_counts_as_it_is_estimated() -> None:
    assert await told(Lately(), sent_tokens=1_000) == Usage(1_000, 4_000)


@pytest.mark.parametrize(
    ("tenant", "most", "answer"),
    [
        # The 38th of the last forty, an eighth of what is allowed, and never more than that.
        ("one", 80, 80),
        ("one", 500, 99),
        ("one", 2_000, 250),
        ("one", 0, 500),
        # Nobody knows: as long as it may be, within reason.
        ("other", 2_000, 2_000),
        ("other", 40_000, 5_000),
        ("other", 0, 4_000),
    ],
)
async def test_an_answer_is_expected_to_be_as_long_as_long_ones_were_lately(
    tenant: str, most: int, answer: int
) -> None:
    lengths = Lately()
    for length in [*range(1, 101), 5_000]:
        lengths.note(("one", "m"), length)

    found = await told(lengths, caller=Caller(tenant), most_answer=most)

    assert (lengths.high(("one", "m")), found.output_tokens) == (99, answer)


async def test_several_answers_are_several_times_as_long() -> None:
    found = await told(Lately(), most_answer=100, answers=8)

    assert found.output_tokens == 800


async def test_what_is_no_text_is_as_long_as_it_usually_is() -> None:
    found = await told(Lately(), b"/v1/embeddings", usual_answer=0)

    assert found.output_tokens == 0
