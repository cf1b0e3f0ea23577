from __future__ import annotations

from headroom.proxy.lately import REMEMBERED, Lately

KIND = ("tenant", "m")


def test_of_the_last_forty_the_thirty_eighth_counts() -> None:
    known = Lately()
    for number in range(1, 101):
        known.note(KIND, number)

    assert known.high(KIND) == 98
    assert known.high(("tenant", "other")) == 0
    assert KIND in known
    assert ("tenant", "other") not in known


def test_L9_only_so_many_kinds_are_remembered() -> None:
    known = Lately()
    for number in range(REMEMBERED + 1):
        known.note((f"t{number}", "m"), 7)

    assert known.high(("t0", "m")) == 0
    assert known.high(("t1", "m")) == 7
