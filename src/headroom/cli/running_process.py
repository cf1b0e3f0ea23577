"""Whether a process of this machine runs."""

from __future__ import annotations

import os


def is_running(pid: int) -> bool:
    """Whether a process of this machine has this number: one that was killed told nobody."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It is another user's.
        pass
    return True
