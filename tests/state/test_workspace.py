"""The workspace is for its owner only."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.state import workspace


def test_a_folder_that_is_missing_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"

    workspace.prepare(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    workspace.prepare(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_file_is_made_once(tmp_path: Path) -> None:
    assert workspace.create(tmp_path / "file")
    (tmp_path / "file").write_text("kept")

    assert not workspace.create(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_file_is_replaced_as_a_whole_and_is_its_owners_only(tmp_path: Path) -> None:
    path, left = tmp_path / "file", tmp_path / "file.tmp"
    path.write_text("older and longer")
    left.symlink_to(tmp_path / "elsewhere")

    status = workspace.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_ino == status.st_ino
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_who_holds_the_lock_keeps_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "LOCK_PATIENCE_S", 0.05)

    with workspace.locked(tmp_path), pytest.raises(BlockingIOError), workspace.locked(tmp_path):
        pass
    with workspace.locked(tmp_path):
        pass


def test_whether_it_is_held_can_be_told_without_asking_for_it(tmp_path: Path) -> None:
    lead = workspace.Lead(tmp_path / "lock")

    told = [lead.is_held]
    lead.take()
    told.append(lead.is_held)
    lead.release()
    told.append(lead.is_held)

    assert told == [False, True, False]


LEADING = """
import sys
from pathlib import Path
from headroom.state.workspace import Lead
lead = Lead(Path(sys.argv[1]))
print(lead.take(), flush=True)
sys.stdin.readline()
"""


def test_one_process_leads_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "leading"
    command = [sys.executable, "-c", LEADING, str(path)]
    ours = workspace.Lead(path)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert not ours.take()
        other.kill()

    assert ours.take()
    assert ours.take()
    ours.release()
    ours.release()


def test_where_nothing_can_be_locked_nobody_leads(tmp_path: Path) -> None:
    assert not workspace.Lead(tmp_path / "missing" / "leading").take()
