"""What waits side by side holds nobody up."""

from __future__ import annotations

import threading
import time

from headroom.proxy.waiting import within


def test_what_comes_in_time_is_given_and_what_hangs_is_left() -> None:
    never = threading.Event()
    began = time.monotonic()

    given = within(0.2, {"quick": lambda: True, "hangs": never.wait})

    assert given == {"quick": True}
    assert time.monotonic() - began < 2.0
    never.set()


def test_none_is_waited_for_where_nothing_is_asked() -> None:
    assert within(5.0, {}) == {}
