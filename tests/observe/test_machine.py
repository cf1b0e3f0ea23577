"""Memory, as the system tells it, and where it does not."""

from __future__ import annotations

from pathlib import Path

from headroom.observe.machine import memory, own_memory


def test_memory_is_what_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text("2000 500 100 1 0 700 0\n")
    (tmp_path / "meminfo").write_text("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n")

    found = memory(tmp_path)

    assert found.virtual is not None
    assert found.virtual == 4 * found.resident
    assert (found.total, found.available) == (1_024_000, 409_600)


def test_this_process_has_some_of_what_there_is() -> None:
    found = memory()

    assert found.total is not None
    assert 1_000_000 < found.resident < found.total


def test_without_proc_less_is_known(tmp_path: Path) -> None:
    found = memory(tmp_path)

    assert found.resident > 1_000_000
    assert found.virtual is None
    assert found.available is None
    assert found.total is not None
    assert own_memory(tmp_path)[0] >= own_memory()[0] // 2
