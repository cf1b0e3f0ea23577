"""`headroom unwrap`, from the outside."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.cli.launch.test_leftovers import SETTINGS
from tests.cli.running import run


def unwrap(home: Path, *words: str) -> str:
    done = run("unwrap", *words, variables={"HOME": str(home)})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_what_was_left_is_taken_out_and_given_back_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_bytes(SETTINGS)
    file.chmod(0o640)

    said = unwrap(tmp_path, "claude")
    without = file.read_bytes()
    again = unwrap(tmp_path, "claude")
    undone = unwrap(tmp_path, "claude", "--undo")

    assert f"{file} holds nothing of Headroom's any more" in said
    assert b"ANTHROPIC_BASE_URL" not in without
    assert b'"KEEP": "this"' in without
    assert "nothing of Headroom's stands" in again
    assert undone == f"headroom: {file} is as it was\n"
    assert file.read_bytes() == SETTINGS
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_where_nothing_stands_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_bytes(b'{"env": {}}')

    assert "nothing of Headroom's stands in files of claude" in unwrap(tmp_path, "claude")
    assert not (tmp_path / ".headroom").exists()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_bytes(b"{")

    done = run("unwrap", "claude", variables={"HOME": str(tmp_path)})

    assert done.returncode == 2
    assert f"{file}: it is no JSON" in done.stderr
    assert file.read_bytes() == b"{"
