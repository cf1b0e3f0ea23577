"""The words by which a cell of a table says that something went wrong."""

from __future__ import annotations

import re

LONGEST_VERDICT = 32
"""Characters of a cell that is a verdict: in longer ones such words are part of a story."""

_FAILURE = re.compile(
    r"error|exception|fail|fatal|critical|panic|traceback|denied|timed? ?out|refused|unhealthy"
    r"|not.?found|not.?ready|crash|back-?off|oomkill|killed|evicted|unreachable|unavailable"
    r"|defunct|zombie|abort|corrupt|exited \([1-9]|\(dead\)",
    re.IGNORECASE,
)


def tells_of_failure(cell: str) -> bool:
    """Whether a cell holds such a word."""
    return _FAILURE.search(cell) is not None


def is_failure(cell: str) -> bool:
    """Whether a cell is such a verdict: a level, a status, a result."""
    return len(cell) <= LONGEST_VERDICT and tells_of_failure(cell)
