from __future__ import annotations

import threading

import pytest

from headroom.proxy.aside import LARGE_BODY_BYTES, aside


@pytest.mark.parametrize(
    ("size", "here"), [(LARGE_BODY_BYTES, True), (LARGE_BODY_BYTES + 1, False)]
)
async def test_what_is_large_is_done_in_another_thread(size: int, here: bool) -> None:
    def work(number: int, *, more: int) -> tuple[int, bool]:
        return number + more, threading.current_thread() is threading.main_thread()

    assert await aside(size, work, 1, more=2) == (3, here)
