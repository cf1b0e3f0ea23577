"""Room for large bodies is taken while they are held, and given back."""

from __future__ import annotations

import pytest

from headroom.proxy.room import Room


def test_who_finds_no_room_does_without() -> None:
    room = Room(10)

    with room.taken(6) as one, room.taken(5) as other, room.taken(4) as third:
        assert (one, other, third) == (True, False, True)
        assert room.filled == (10, 10, 10)

    assert room.filled == (0, 0, 10)


def test_room_is_given_back_when_something_goes_wrong() -> None:
    room = Room(10)

    with pytest.raises(ValueError, match="wrong"), room.taken(10):
        raise ValueError("wrong")

    assert room.filled == (0, 0, 10)
