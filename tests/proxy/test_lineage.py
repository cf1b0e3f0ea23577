"""What a process is called, and who was in its place before."""

from __future__ import annotations

from headroom.proxy.lineage import MOST_BEFORE, Lineage


def test_a_name_is_that_of_one_process_alone() -> None:
    assert len({Lineage().name for _ in range(100)}) == 100
    assert Lineage().before == ()


def test_a_successor_knows_those_before_it_and_those_before_these() -> None:
    one, other = Lineage("one", ("first", "second")), Lineage("other")

    successor = Lineage.after([one, other])

    assert successor.before == ("first", "second", "one", "other")
    assert successor.name not in successor.before
    assert Lineage.after([]).before == ()


def test_it_is_told_on_a_command_line() -> None:
    for lineage in (Lineage(), Lineage("one", ("first", "second"))):
        assert Lineage.told(lineage.arguments) == lineage


def test_the_last_of_many_are_remembered() -> None:
    lineage = Lineage("0")
    for number in range(1, 200):
        lineage = Lineage(str(number), Lineage.after([lineage]).before)

    assert len(lineage.before) == MOST_BEFORE
    assert lineage.before[-1] == "198"
