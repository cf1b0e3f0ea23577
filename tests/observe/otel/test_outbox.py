"""Calls whose traces are still to be told."""

from __future__ import annotations

import itertools

import pytest

from headroom.observe.otel.outbox import AT_ONCE, MOST_KEPT, Outbox
from headroom.observe.otel.post import Undelivered
from headroom.observe.otel.spans import Told
from tests.observe.otel.made import PLANNED


class Delivery:
    """Takes batches, unless there is trouble."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.trouble: Undelivered | None = None

    def __call__(self, batch: list[Told], _within_s: float) -> None:
        if self.trouble:
            raise self.trouble
        self.taken += [told.ended_ns for told in batch]


def put(outbox: Outbox, *numbers: int) -> None:
    for number in numbers:
        outbox.put(Told(PLANNED, number))


def test_what_was_put_in_comes_out_in_order_and_once() -> None:
    delivery = Delivery()
    outbox = Outbox(delivery)
    put(outbox, *range(AT_ONCE * 2 + 5))

    outbox.empty(10.0)
    outbox.empty(10.0)

    assert delivery.taken == [*range(AT_ONCE * 2 + 5)]


def test_what_may_be_taken_later_is_kept() -> None:
    delivery = Delivery()
    outbox = Outbox(delivery)
    put(outbox, 1, 2)
    delivery.trouble = Undelivered("down")
    with pytest.raises(Undelivered):
        outbox.empty(10.0)

    delivery.trouble = None
    put(outbox, 3)
    outbox.empty(10.0)

    assert delivery.taken == [1, 2, 3]


def test_what_will_never_be_taken_is_let_go() -> None:
    delivery = Delivery()
    outbox = Outbox(delivery)
    put(outbox, 1)
    delivery.trouble = Undelivered("answered 400", again=False)
    with pytest.raises(Undelivered):
        outbox.empty(10.0)

    delivery.trouble = None
    put(outbox, 2)
    outbox.empty(10.0)

    assert delivery.taken == [2]


def test_while_nothing_arrives_no_more_than_so_many_are_remembered() -> None:
    delivery = Delivery()
    outbox = Outbox(delivery)
    put(outbox, *range(MOST_KEPT + 10))

    outbox.empty(10.0)

    assert delivery.taken == [*range(10, MOST_KEPT + 10)]


def test_a_full_batch_is_not_waited_for() -> None:
    outbox = Outbox(Delivery())
    hurried: list[int] = []
    outbox.hurry = lambda: hurried.append(1)

    put(outbox, *range(AT_ONCE - 1))
    assert not hurried
    put(outbox, 1, 2)

    assert hurried == [1]


def test_no_batch_is_begun_after_the_time() -> None:
    delivery = Delivery()
    ticking = itertools.count()
    outbox = Outbox(delivery, clock=lambda: next(ticking))
    put(outbox, *range(AT_ONCE * 3))

    outbox.empty(1.5)

    assert len(delivery.taken) == AT_ONCE
