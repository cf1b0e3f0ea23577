from __future__ import annotations

from headroom.replay.lane import Lane
from headroom.replay.segments import Prompt, Segment


def _prompt(*names: str) -> Prompt:
    segments = tuple(Segment(name.encode(), 1, "user", 0, name) for name in names)
    return Prompt(
        segments=segments,
        places=tuple((number, 0) for number in range(len(names))),
        digests=tuple(segment.digest for segment in segments),
        tokens=len(names),
    )


def test_the_first_prompt_is_written_whole() -> None:
    assert Lane().send(_prompt("a", "b")) == 0


def test_what_was_sent_before_is_read_and_the_rest_written() -> None:
    lane = Lane()
    lane.send(_prompt("a", "b"))

    assert lane.send(_prompt("a", "b", "c")) == 2
    assert lane.send(_prompt("a", "b", "c")) == 3


def test_nothing_behind_a_change_is_read() -> None:
    lane = Lane()
    lane.send(_prompt("a", "b", "c"))

    changed = _prompt("a", "x", "c")

    assert not lane.extends(changed)
    assert lane.send(changed) == 1


def test_an_older_prefix_is_still_cached_after_a_detour() -> None:
    lane = Lane()
    lane.send(_prompt("a", "b", "c"))
    lane.send(_prompt("x"))

    assert lane.send(_prompt("a", "b", "d")) == 2


def test_the_same_segment_at_another_place_is_not_cached() -> None:
    lane = Lane()
    lane.send(_prompt("a", "b"))

    assert lane.send(_prompt("b", "a")) == 0
