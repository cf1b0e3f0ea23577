"""What one process has under way, in a file of the workspace that outlives a kill.

A call gets a place in the file when it leaves for its provider; its outcome takes that place, and
gives it up once it stands in the journal.  The file is locked for as long as its process lives,
so any other process can tell who has died, and finds what it left.  Nothing is waited for and
nothing synced: what was written to a file outlives its process, not a loss of power.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from headroom.state import workspace

logger = logging.getLogger(__name__)

FOLDER = "running"
DRAFT = ".new"
PLACE_BYTES = 4096
"""A place is one page: so it is written whole, or not at all."""
MOST_PLACES = 4_096
HEAD = struct.Struct("<BxxxIQ")
FREE, BEGUN, ENDED = range(3)

MOST_BYTES = PLACE_BYTES - HEAD.size


class Diary:
    """The file of this process; what cannot be written there a kill takes away."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self._places: dict[str, int] = {}
        self._ended: deque[tuple[int, int]] = deque()
        self._free: list[int] = []
        self._count = 0
        self._last = 0

    @classmethod
    def of(cls, folder: Path, process: str) -> Diary | None:
        """The one of this process, begun; None where the workspace cannot be written."""
        path = folder / FOLDER / process
        try:
            workspace.prepare(folder)
            workspace.prepare(path.parent)
            # Locked before it has its name: an unlocked one is taken for that of a dead process.
            draft = path.with_name(process + DRAFT)
            workspace.create(draft)
            descriptor = os.open(draft, os.O_RDWR)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.rename(path)
        except OSError as error:
            logger.debug("what runs here is not written down: %s", error)
            return None
        return cls(descriptor, path)

    def begin(self, call: str, told: bytes) -> None:
        """This call is about to leave; *told* is what is known of it."""
        self._write(self._place(call), BEGUN, self._last, told)

    def end(self, call: str, number: int, told: bytes) -> None:
        """It has ended as *told*; *number* counts those that this process has ended."""
        place = self._place(call)
        self._places.pop(call, None)
        self._last = number
        self._write(place, ENDED, number, told)
        self._ended.append((number, place))

    def written(self, before: int) -> None:
        """Those with a number below this one stand in the journal, or never will."""
        while self._ended and self._ended[0][0] < before:
            _, place = self._ended.popleft()
            # Its number stays, so that the last one is always known.
            self._put(place, bytes([FREE]))
            self._free.append(place)

    def close(self) -> None:
        """Leave: with nothing under way the file goes too."""
        if not self._places and not self._ended:
            with suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)

    def _place(self, call: str) -> int:
        if call not in self._places:
            self._count += not self._free
            self._places[call] = self._free.pop() if self._free else self._count - 1
        return self._places[call]

    def _write(self, place: int, state: int, number: int, told: bytes) -> None:
        if len(told) > MOST_BYTES:
            state, told = FREE, b""
        self._put(place, HEAD.pack(state, len(told), number) + told)

    def _put(self, place: int, content: bytes) -> None:
        if place < MOST_PLACES:
            with suppress(OSError):
                os.pwrite(self._descriptor, content, place * PLACE_BYTES)


@dataclass(frozen=True, slots=True)
class Left:
    """What a process that has died left in its file, which is ours until it is closed."""

    process: str
    last: int
    """The number of the last call that it ended."""
    ended: tuple[tuple[int, bytes], ...]
    """Those that may not stand in the journal, with their numbers, in their order."""
    begun: tuple[bytes, ...]
    """Those that had left and not ended, in an order that is the same for whoever reads it."""
    path: Path
    descriptor: int

    def forget(self) -> None:
        """All of it has been seen to."""
        with suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        """Let another process see to it, unless it is forgotten."""
        os.close(self.descriptor)


def left_behind(folder: Path) -> list[Left]:
    """What processes of this workspace left that have died; each must be closed."""
    found: list[Left] = []
    with suppress(OSError):
        for path in sorted((folder / FOLDER).iterdir()):
            if path.suffix == DRAFT:
                continue
            with suppress(OSError):
                left = _left(path)
                if left is not None:
                    found.append(left)
    return found


def _left(path: Path) -> Left | None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        places = _places_of(descriptor)
    except OSError:
        # It lives, or somebody else sees to it.
        os.close(descriptor)
        return None
    ended = sorted((number, told) for state, number, told in places if state == ENDED)
    begun = tuple(told for state, _, told in places if state == BEGUN)
    last = max((number for _, number, _ in places), default=0)
    return Left(path.name, last, tuple(ended), begun, path, descriptor)


def _places_of(descriptor: int) -> list[tuple[int, int, bytes]]:
    """State, number and content of each place."""
    found = []
    size = min(os.fstat(descriptor).st_size, MOST_PLACES * PLACE_BYTES)
    for start in range(0, size, PLACE_BYTES):
        page = os.pread(descriptor, PLACE_BYTES, start)
        if len(page) < HEAD.size:
            break
        state, length, number = HEAD.unpack_from(page)
        found.append((state, number, page[HEAD.size : HEAD.size + length]))
    return found
