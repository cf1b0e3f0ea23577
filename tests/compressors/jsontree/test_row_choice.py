from __future__ import annotations

from headroom.compressors.jsontree.row_choice import Room, fair_share, stay
from headroom.compressors.jsontree.telling_rows import KEPT, MUST, URGENT


def test_what_is_worth_most_stays_as_far_as_there_is_room_and_the_ends_in_any_case() -> None:
    worth = [0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0]

    assert stay([100] * 7, worth, Room(430, 430, 430)) == [0, 2, 3, 6]
    assert stay([100] * 7, worth, Room(10, 10, 10)) == [0, 6]


def test_what_must_stay_has_more_room_and_what_is_urgent_more_still() -> None:
    room = Room(200, 350, 600)

    assert stay([100] * 6, [0, 0, MUST, MUST, 0, 0], room) == [0, 2, 5]
    assert stay([100] * 6, [0, 0, URGENT, URGENT, URGENT, 0], room) == [0, 2, 3, 4, 5]
    assert room.is_strict is False


def test_a_gap_that_is_smaller_than_its_note_is_not_made() -> None:
    assert stay([5] * 5, [0.0] * 5, Room(10, 10, 10)) == [0, 1, 2, 3, 4]


def test_small_parts_leave_their_share_to_large_ones() -> None:
    assert fair_share([10, 10, 500, 500], 220) == 100
    assert fair_share([10, 20], 100) == 100
    assert fair_share([500], 0) == 0
    assert fair_share([], 50) == 50


def test_what_is_kept_stays_whatever_it_takes() -> None:
    assert stay([100] * 6, [0, 0, 0, KEPT, MUST, 0], Room(10, 10, 10)) == [0, 3, 5]
