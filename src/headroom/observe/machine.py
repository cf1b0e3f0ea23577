"""How much memory this process has, and how much there is: as the system tells."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
KIB = 1_024


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; None where the system does not tell."""

    resident: int
    virtual: int | None = None
    total: int | None = None
    available: int | None = None


def own_memory(proc: Path = PROC) -> tuple[int, int | None]:
    """What of this process is in memory, and what it has asked for."""
    try:
        pages = (proc / "self" / "statm").read_text("ascii").split()
        size = os.sysconf("SC_PAGE_SIZE")
        return int(pages[1]) * size, int(pages[0]) * size
    except (OSError, ValueError, IndexError):
        # The most that there ever was, in kilobytes but on macOS.
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * KIB, None


def memory(proc: Path = PROC) -> Memory:
    """The same, with what the machine has."""
    resident, virtual = own_memory(proc)
    told = _of_the_machine(proc)
    return Memory(resident, virtual, told.get("MemTotal"), told.get("MemAvailable"))


def _of_the_machine(proc: Path) -> dict[str, int]:
    try:
        lines = (proc / "meminfo").read_text("ascii").splitlines()
        pairs = (line.split() for line in lines)
        return {words[0].rstrip(":"): int(words[1]) * KIB for words in pairs}
    except (OSError, ValueError, IndexError):
        return {"MemTotal": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")}
