"""What costs much to ask for, so that it is asked once a minute at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from headroom.errors import StoreError

Value = TypeVar("Value")

KEPT_S = 60.0
PATIENCE_S = 1.0
"""Nobody waits longer for an answer: who comes later is told."""


class Seldom(Generic[Value]):
    """The last answer to one question to the store; *unasked* until there was one."""

    __slots__ = ("_asked_at", "_asking", "_clock", "_value")

    def __init__(self, unasked: Value, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._value = unasked
        self._clock = clock
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def value(self, ask: Callable[[], Awaitable[Value]]) -> Value:
        """What *ask* answered a minute ago at most; or before, where no answer has come yet."""
        if self._asking is None and self._clock() - self._asked_at > KEPT_S:
            self._asking = asyncio.create_task(self._ask(ask))
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=PATIENCE_S)
        return self._value

    async def _ask(self, ask: Callable[[], Awaitable[Value]]) -> None:
        try:
            with suppress(StoreError):
                self._value = await ask()
                self._asked_at = self._clock()
        finally:
            self._asking = None
