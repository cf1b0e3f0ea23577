"""Processes as the system lists them: whose child, and whether they have ended."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path


def children_of(parent: int) -> list[int]:
    """The running children of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            state, its_parent = _state_of(int(entry.name))
            if its_parent == parent and state != "Z":
                found.append(int(entry.name))
    return sorted(found)


def is_running(process: int) -> bool:
    """Whether this process is there and has not ended."""
    return _state_of(process)[0] not in ("", "Z")


def is_connected_to(process: int, port: int) -> bool:
    """Whether this process has a connection to this port of IPv4."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"
    }
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        # It may be closed meanwhile.
        with suppress(FileNotFoundError):
            found.add(str(file.readlink()))
    return bool(found & sockets)


def wait_for_end(process: int, within_s: float) -> bool:
    """Wait until a process, anybody's child, has ended; false when it has not in time."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(within_s * 1000))
    finally:
        os.close(handle)


def _state_of(process: int) -> tuple[str, int]:
    """State and parent, as `/proc/…/stat` tells; an empty state when it is not there."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        return "", 0
    # The name in parentheses may hold blanks and parentheses itself.
    state, parent = told.rpartition(")")[2].split()[:2]
    return state, int(parent)
