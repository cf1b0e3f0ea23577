"""Counters inside one process."""

from __future__ import annotations

from headroom.state.backends.memory_counters import Counters
from headroom.state.base import CORRECTED_S, RESERVED_S, Reservation
from headroom.state.namespaces import FOR_EVER, Declared

ACCOUNT = ("total", b"one")


def test_what_was_charged_and_never_corrected_is_forgotten_in_the_end() -> None:
    counters = Counters(Declared(1.0, {"total": FOR_EVER}), limit_bytes=1)
    counters.reserve(Reservation((ACCOUNT,), "1-1"), {ACCOUNT: 10}, 5, now=0, steady=0)
    counters.settle(Reservation((ACCOUNT,), "1-2"), 0, unsure=True, now=0, steady=0)

    for steady in (RESERVED_S, RESERVED_S + CORRECTED_S):
        again = Reservation((ACCOUNT,), "1-3")
        assert counters.reserve(again, {ACCOUNT: 5}, 5, now=0, steady=steady) == [ACCOUNT]

    assert counters.add({ACCOUNT: 0}, now=0) == {ACCOUNT: 5}
    assert counters._reserved == {}
    assert not counters._settled
