from __future__ import annotations

from headroom.compressors.base import Ask


def test_a_room_that_nobody_asked_for_is_that_of_the_usual_tokens() -> None:
    assert Ask().room_or(600) == 2_400
    assert Ask(room=100).room_or(600) == 100


def test_where_tokens_are_shorter_the_room_is_smaller() -> None:
    assert Ask().room_or(600, per_token=3) == 1_800
    assert Ask(room=100).room_or(600, per_token=3) == 100
