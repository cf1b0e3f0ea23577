"""Work that goes on until it is cancelled: what ends of itself has failed, which is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)


def lasting(
    work: Coroutine[Any, Any, None], what: str, *, failed: Callable[[], None] = lambda: None
) -> asyncio.Task[None]:
    """*work*, begun.  Should it fail, the log says so of *what*, and *failed* is called."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s has failed, and stays away until a restart", what, exc_info=error)
            failed()

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    return task
