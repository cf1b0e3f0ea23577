"""A file of lines that several processes append to, and that may be rotated at any time.

It is opened for each write: so a file that was moved away is made anew, and one that was emptied
goes on from its beginning.
"""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headroom.state import workspace

READER_PATIENCE_S = 1.0
LOOKED_AT_ONCE = 65_536
LONGEST_LINE = 4 << 20


class LineFile:
    """The file at this path.  Its verbs wait for the disk and raise OSError."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: bytes) -> None:
        """Write these whole lines, all or none.

        Half a line that stands at the end, as its writer was killed, is cut off before.
        """
        with self._opened() as descriptor:
            if not _is_regular(descriptor):
                _write_all(descriptor, lines)
                return
            size = _cut(descriptor)
            try:
                _write_all(descriptor, lines)
            except OSError:
                os.ftruncate(descriptor, size)
                raise

    def check(self) -> None:
        """Find out whether it can be written; it is made if it is missing."""
        with self._opened():
            pass

    def last(self) -> bytes:
        """The last whole line; empty where there is none."""
        with self._opened() as descriptor:
            if not _is_regular(descriptor):
                return b""
            end = _end_of_lines(descriptor)
            begin = max(end - LONGEST_LINE, 0)
            return os.pread(descriptor, end - begin, begin)[:-1].rpartition(b"\n")[2]

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, for us alone among those that open it so; made for its owner only."""
        if not self.path.exists():
            workspace.create(self.path)
        # What is no file may have no reader, and is not waited for.
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK)
        try:
            if _is_regular(descriptor):
                workspace.lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _write_all(descriptor: int, lines: bytes) -> None:
    left = memoryview(lines)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            if not select.select([], [descriptor], [], READER_PATIENCE_S)[1]:
                raise


def _cut(descriptor: int) -> int:
    """Cut off half a line at the end; how long the file is then."""
    size = os.fstat(descriptor).st_size
    end = _end_of_lines(descriptor)
    if end < size:
        os.ftruncate(descriptor, end)
    return end


def _end_of_lines(descriptor: int) -> int:
    """Where the last whole line ends."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        begin = max(end - LOOKED_AT_ONCE, 0)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
