from __future__ import annotations

from headroom.state.bounded import Bounded


def test_the_longest_unwritten_leave() -> None:
    remembered: Bounded[str, int] = Bounded(3)
    for name in "abcade":
        remembered[name] = len(remembered)

    assert list(remembered.items()) == [("a", 3), ("d", 3), ("e", 3)]


def test_what_is_only_read_is_not_kept_for_it() -> None:
    remembered: Bounded[str, int] = Bounded(2)
    remembered["a"], remembered["b"] = 1, 2

    assert (remembered["a"], remembered.get("c"), "b" in remembered) == (1, None, True)
    remembered["c"] = 3

    assert list(remembered) == ["b", "c"]


def test_what_was_taken_out_leaves_room() -> None:
    remembered: Bounded[str, int] = Bounded(2)
    remembered["a"], remembered["b"] = 1, 2

    assert remembered.pop("b", None) == 2
    remembered["c"] = 3

    assert dict(remembered) == {"a": 1, "c": 3}
