from __future__ import annotations

from headroom.proxy.passing import Passing


def test_a_message_is_packed_as_it_stands() -> None:
    assert Passing('{"é":"\\ud800"}').packed == '{"é":"\\ud800"}'.encode()
    assert not Passing("{}").told
