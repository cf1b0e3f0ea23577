"""One request in a batch: where it stands, and what becomes of it when all goes wrong."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from headroom.errors import UnreadableBody
from headroom.proxy.batch_row import (
    Row,
    RowMade,
    in_body,
    in_params,
    known_rows,
    plan_row,
    read_row,
    replay_row,
)
from headroom.proxy.planning import Planning
from headroom.tokens import Counter
from tests.proxy.batched import talk
from tests.proxy.house import House, house_of, post
from tests.proxy.talks import planning_of, rows, texts_of
from tests.support.outage import Down

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"
HOW: dict[str, Any] = {"tenant": "t", "beta": "", "may_lose": True}


def row_of(planning: Planning, request: Any, at: int = 0) -> Row:
    element = json.dumps({"custom_id": "1", "params": request}).encode()
    return read_row(element, at, in_params, planning.formats)


@asynccontextmanager
async def planning() -> AsyncIterator[tuple[House, Planning]]:
    async with house_of() as house:
        yield house, planning_of(house)


def test_the_body_of_a_request_is_found_with_its_dialect() -> None:
    element = b' {"params" : {"a":1}, "custom_id":"x"}'
    line = b'{"method":"POST","body":{"b":2},"url":"/v1/responses"}'

    name, span = in_params(element)
    other, at = in_body(line)

    assert (name, element[slice(*span)]) == ("anthropic", b'{"a":1}')
    assert (other, line[slice(*at)]) == ("openai_responses", b'{"b":2}')


@pytest.mark.parametrize(
    ("stands", "element"),
    [
        (in_params, b"{}"),
        (in_params, b'{"params":1,"params":2}'),
        (in_params, b"[]"),
        (in_body, b"{}"),
        (in_body, b'{"url":"/v1/chat/completions","method":"POST"}'),
        (in_body, b'{"url":"/v1/chat/completions","body":{}}'),
        (in_body, b'{"url":"/v1/embeddings","method":"POST","body":{}}'),
        (in_body, b'{"url":"/v1/chat/completions","method":"GET","body":{}}'),
        (in_body, b'{"url":1,"url":"/v1/responses","method":"POST","body":{}}'),
        (in_body, b'{"url":"/v1/embeddings","url":"/v1/responses","method":"POST","body":{}}'),
    ],
)
def test_what_is_not_planned_is_none(stands: Callable[[bytes], Any], element: bytes) -> None:
    with pytest.raises(UnreadableBody):
        stands(element)


async def test_a_row_knows_whether_anything_can_be_done_to_it() -> None:
    async with planning() as (_, plans):
        asking = row_of(plans, {"messages": [{"role": "user", "content": "Why?"}]}, at=100)
        short = row_of(plans, talk(MESSAGES, 1, ["ok"]))
        long = row_of(plans, talk(MESSAGES, 1, [rows(1)]))
        goes_on = {"previous_response_id": "r", "input": "And?"}
        line = json.dumps({"url": "/v1/responses", "method": "POST", "body": goes_on}).encode()
        held = read_row(line, 0, in_body, plans.formats)

    assert [each.may_be_shorter for each in (asking, short, long, held)] == [
        False,
        False,
        True,
        False,
    ]
    assert [each.may_be_known for each in (asking, short, long, held)] == [False, True, True, True]
    assert asking.span == (100 + 29, 100 + 29 + len(asking.document.body))
    assert asking.tokens(Counter.load()) == 2


async def test_only_what_was_sent_before_is_known() -> None:
    async with planning() as (house, plans):
        body = json.dumps(talk(MESSAGES, 1, [rows(1)])).encode()
        await house.ask(post(MESSAGES.encode(), body))
        both = [row_of(plans, talk(MESSAGES, number, [rows(1)])) for number in (1, 2)]

        assert await known_rows(plans, both) == [True, False]


async def test_a_request_that_fails_goes_as_it_came() -> None:
    async with planning() as (_, plans):
        row = row_of(plans, talk(MESSAGES, 1, [rows(1)]))
        # Somebody's mistake.
        broken = dataclasses.replace(plans, ledger=None)  # type: ignore[arg-type]

        assert await plan_row(broken, row, **HOW) == RowMade()


async def test_when_time_is_up_only_what_was_seen_is_written_again() -> None:
    texts = [rows(1), rows(2)]
    async with planning() as (house, plans):
        begun = json.dumps(talk(MESSAGES, 1, texts[:1])).encode()
        await house.ask(post(MESSAGES.encode(), begun))
        known, new = (row_of(plans, talk(MESSAGES, number, texts)) for number in (1, 2))
        late = plans.without_time()

        made = await replay_row(late, known, **HOW)
        other = await replay_row(late, new, **HOW)

    assert other == RowMade()
    assert made.body is not None
    assert texts_of(MESSAGES, made.body)[0] != texts[0]


async def test_while_the_store_is_down_what_is_late_goes_as_it_came() -> None:
    async with planning() as (_, plans):
        plans.ledger._store = Down()
        row = row_of(plans, talk(MESSAGES, 1, [rows(1)]))

        assert await replay_row(plans.without_time(), row, **HOW) == RowMade()
