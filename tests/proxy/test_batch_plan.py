"""All requests of a batch, within a time."""

from __future__ import annotations

import dataclasses

import pytest

from headroom.conversation import Plan
from headroom.errors import UnreadableBody
from headroom.proxy.batch_plan import MOST_TRANSFORMS, Batch, Planned, plan_batch
from headroom.proxy.batch_row import RowMade, in_body, in_params
from headroom.proxy.planners import Planners
from headroom.wire.batch import lines, listed_requests
from headroom.wire.pieces import Pieces
from tests.proxy.batched import batch_of, bodies_in, lines_of, params_in, talk
from tests.proxy.house import house_of
from tests.proxy.talks import log, planning_of, rows

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"


async def planned(body: bytes, within_s: float = 30.0) -> Planned:
    batch = Batch(body, listed_requests(body, "requests"), in_params, "tenant")
    async with house_of() as house:
        return await plan_batch(planning_of(house), batch, within_s=within_s)


async def test_requests_stay_in_their_places_however_long_their_plans_take() -> None:
    # More than is read in one go; a long one is planned elsewhere, and short ones beside it.
    asked = [talk(MESSAGES, n, [log(n, 400 if n % 50 == 0 else 40)]) for n in range(300)]

    made = await planned(batch_of(asked))

    sent = params_in(b"".join(made.pieces))
    assert [one["messages"][0] for one in sent] == [one["messages"][0] for one in asked]
    assert made.requests == made.shorter == 300
    assert made.tokens_after < made.tokens_before


async def test_all_requests_are_counted_those_too_that_go_as_they_came() -> None:
    question = {"model": "m", "messages": [{"role": "user", "content": "Why is it so?"}]}
    body = batch_of([question, 5, talk(MESSAGES, 1, [rows(1)])])
    alone = await planned(batch_of([talk(MESSAGES, 1, [rows(1)])]))

    made = await planned(body)

    # Five tokens, and what is no request has none worth telling.
    assert made.requests == 3
    assert made.tokens_before - alone.tokens_before in range(5, 15)
    assert made.tokens_before - made.tokens_after == alone.tokens_before - alone.tokens_after
    assert made.notes == ("a batch of 3 requests, 1 of them made shorter",)


async def test_nothing_to_do_is_nothing_done() -> None:
    body = batch_of([{"messages": [{"role": "user", "content": "Why?"}]}] * 5)

    made = await planned(body)

    assert made.pieces == Pieces(body, [])


async def test_requests_that_are_not_found_in_time_are_not_looked_for() -> None:
    with pytest.raises(UnreadableBody):
        await planned(b'{"requests":[' + b",".join([b"{}"] * 5_000) + b"]}", within_s=-1.0)


async def test_what_comes_when_time_is_up_goes_as_it_came() -> None:
    body = batch_of([talk(MESSAGES, n, [rows(n)]) for n in range(3)])

    made = await planned(body, within_s=-1.0)

    assert b"".join(made.pieces) == body
    assert (made.requests, made.late, made.shorter) == (3, 3, 0)
    assert made.tokens_before == made.tokens_after > 0


async def test_each_request_of_a_file_stays_on_its_line() -> None:
    file = lines_of(CHAT, [talk(CHAT, n, [rows(n)]) for n in range(3)])
    batch = Batch(file, lines(file, (0, len(file))), in_body, "tenant", is_kept=True)
    async with house_of() as house:
        made = await plan_batch(planning_of(house), batch, within_s=30.0)

    sent = b"".join(made.pieces)
    assert len(bodies_in(sent)) == 3
    assert made.counts == (made.tokens_before, made.tokens_after, 3)


def test_only_so_many_transforms_are_told() -> None:
    made = Planned(Pieces(b""))
    for number in range(60):
        made.add(1, RowMade(plan=Plan(transforms=(f"a:{number}", "b"))))

    assert len(made.plan.transforms) in range(MOST_TRANSFORMS, MOST_TRANSFORMS + 2)


def test_a_batch_has_failed_where_nothing_came_of_any_request() -> None:
    made = Planned(Pieces(b""))
    for number in range(2):
        made.add(1, RowMade(plan=Plan(failed=f"f{number}")))

    assert made.plan.failed == "f0"
    made.add(1, RowMade(plan=Plan(tokens_before=9, tokens_after=5)))
    assert made.plan.failed == ""
    assert made.notes[1:] == ("2 requests of the batch failed to be planned (f0)",)


async def test_a_request_too_long_for_its_plan_goes_as_it_came_and_the_others_do_not() -> None:
    asked = [talk(MESSAGES, 1, [log(1, 9_000)]), talk(MESSAGES, 2, [rows(2)])]
    body = batch_of(asked)
    batch = Batch(body, listed_requests(body, "requests"), in_params, "tenant")
    async with house_of() as house:
        hasty = dataclasses.replace(
            planning_of(house), batch_planners=Planners(deadline_s=0.001, slots=1)
        )
        made = await plan_batch(hasty, batch, within_s=30.0)
        await hasty.batch_planners.close()

    long, short = params_in(b"".join(made.pieces))
    assert long == asked[0]
    assert short != asked[1]
    assert (made.requests, made.shorter, made.failures) == (2, 1, 1)
