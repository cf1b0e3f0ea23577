"""How often what is tried again and again is tried.

With TEST_AT_LENGTH=1 in the environment, as often as is worth it; else as fits into each change's
checks.
"""

from __future__ import annotations

import os

AT_LENGTH = int(os.environ.get("TEST_AT_LENGTH", "0"))
"""How many times the whole length."""


def at_length(count: int) -> int:
    """So many examples of a property at length, and a third of them else."""
    return count * AT_LENGTH or count // 3
