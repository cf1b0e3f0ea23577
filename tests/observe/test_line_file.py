"""A file of lines that others append to, rotate and break off."""

from __future__ import annotations

import os
import resource
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headroom.observe.line_file import LineFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_S6_a_file_is_made_for_its_owner_only_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        LineFile(path).append(b"one\n")
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"one\n"


def test_a_file_that_is_there_keeps_its_mode_and_its_lines(path: Path) -> None:
    path.write_bytes(b"one\n")
    path.chmod(0o640)

    LineFile(path).append(b"two\n")

    assert path.read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("half", [b"tw", b"x" * 200_000])
def test_half_a_line_is_cut_off(path: Path, half: bytes) -> None:
    path.write_bytes(b"one\n" + half)
    file = LineFile(path)

    assert file.last() == b"one"
    file.append(b"two\n")

    assert path.read_bytes() == b"one\ntwo\n"


def test_a_file_of_half_a_line_begins_anew(path: Path) -> None:
    path.write_bytes(b"half")
    file = LineFile(path)

    assert file.last() == b""
    file.append(b"one\n")

    assert path.read_bytes() == b"one\n"


def test_a_file_that_was_moved_away_is_made_anew(path: Path) -> None:
    file = LineFile(path)
    file.append(b"one\n")
    path.rename(path.with_suffix(".1"))

    file.append(b"two\n")

    assert path.read_bytes() == b"two\n"
    assert path.with_suffix(".1").read_bytes() == b"one\n"


def test_a_file_that_was_emptied_goes_on_from_its_beginning(path: Path) -> None:
    file = LineFile(path)
    file.append(b"one\n")
    os.truncate(path, 0)

    file.append(b"two\n")

    assert path.read_bytes() == b"two\n"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may become larger: as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_G4_what_has_no_room_leaves_no_half_a_line(path: Path) -> None:
    file = LineFile(path)
    file.append(b"one\n")

    with room_for(6), pytest.raises(OSError, match="too large"):
        file.append(b"two\nthree\n")

    assert path.read_bytes() == b"one\n"


def test_G2_lines_of_several_stay_whole(path: Path) -> None:
    def write(name: bytes) -> None:
        file = LineFile(path)
        for _ in range(50):
            file.append(name * 3_000 + b"\n")

    threads = [threading.Thread(target=write, args=[name]) for name in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = path.read_bytes().splitlines()
    assert sorted(lines) == [name * 3_000 for name in (b"a", b"b", b"c") for _ in range(50)]


def test_a_pipe_takes_lines_too(path: Path) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    file = LineFile(path)

    assert file.last() == b""
    file.append(b"one\n")

    assert os.read(reader, 100) == b"one\n"
    os.close(reader)


@pytest.mark.parametrize("where", ["missing/log.jsonl", "."])
def test_what_cannot_be_written_is_told(tmp_path: Path, where: str) -> None:
    with pytest.raises(OSError, match="directory"):
        LineFile(tmp_path / where).check()
