"""Several things that wait, done side by side, none of them beyond a deadline.

What cannot be broken off (a name that nobody resolves, a program that hangs) is left to itself: it
holds up neither who asked nor the end of the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Given = TypeVar("Given")


def within(seconds: float, asked: Mapping[str, Callable[[], Given]]) -> dict[str, Given]:
    """What each of these gives, of those that came to their end in so many seconds."""
    given: dict[str, Given] = {}

    def keep(name: str, ask: Callable[[], Given]) -> None:
        given[name] = ask()

    threads = [
        threading.Thread(target=keep, args=one, name=one[0], daemon=True) for one in asked.items()
    ]
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(ends - time.monotonic(), 0.0))
    # A copy: who is late may come while it is read.
    return given.copy()
