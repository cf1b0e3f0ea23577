"""A user's file is changed, and given back as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.cli import kept_file
from headroom.cli.kept_file import Content, KeptFile
from tests.cli.running import environment

OURS = b"ours = true\n"
THEIRS = b"# mine\r\n\tmodel = 'x'  \xff\n"


def with_ours(content: Content) -> Content:
    return (content or b"") + OURS


def without_ours(content: Content) -> Content:
    return content if content is None else content.replace(OURS, b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".agent" / "config.toml"


@pytest.fixture
def kept(path: Path, tmp_path: Path) -> KeptFile:
    return KeptFile(path, "mcp", tmp_path / "workspace")


def given(path: Path, content: bytes = THEIRS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_file_is_changed_and_restored_byte_for_byte(path: Path, kept: KeptFile) -> None:
    given(path)
    path.chmod(0o640)

    assert kept.change(with_ours, without_ours)

    assert path.read_bytes() == THEIRS + OURS
    assert kept.backup is not None
    assert kept.backup.read_bytes() == THEIRS
    assert kept.restore(without_ours) == "whole"
    assert path.read_bytes() == THEIRS
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_was_not_there_is_gone_again(path: Path, kept: KeptFile) -> None:
    kept.change(with_ours, without_ours)
    assert path.read_bytes() == OURS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    assert kept.restore(without_ours) == "whole"

    assert not path.exists()


def test_nothing_is_left_in_the_workspace_or_beside_the_file(
    path: Path, kept: KeptFile, tmp_path: Path
) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    kept.restore(without_ours)

    assert [one.name for one in (tmp_path / "workspace" / "kept").iterdir()] == ["lock"]
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]
    assert not kept.is_changed
    assert kept.backup is None


def test_the_same_change_twice_writes_nothing(path: Path, kept: KeptFile) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    before = path.stat()

    assert not kept.change(with_ours, without_ours)

    assert path.stat().st_ino == before.st_ino


def test_another_change_is_made_to_what_stood_there_before_the_first(
    path: Path, kept: KeptFile
) -> None:
    given(path)
    kept.change(with_ours, without_ours)

    kept.change(lambda content: b"other\n" + (content or b""), without_ours)

    assert path.read_bytes() == b"other\n" + THEIRS
    assert kept.restore(without_ours) == "whole"
    assert path.read_bytes() == THEIRS


def test_what_others_wrote_since_stays(path: Path, kept: KeptFile) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    path.write_bytes(path.read_bytes() + b"new = 1\n")

    assert kept.restore(without_ours) == "ours"

    assert path.read_bytes() == THEIRS + b"new = 1\n"
    assert not kept.is_changed


def test_what_others_wrote_since_is_what_a_later_change_goes_back_to(
    path: Path, kept: KeptFile
) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    path.write_bytes(path.read_bytes() + b"new = 1\n")

    kept.change(with_ours, without_ours)

    assert path.read_bytes() == THEIRS + b"new = 1\n" + OURS
    assert kept.restore(without_ours) == "whole"
    assert path.read_bytes() == THEIRS + b"new = 1\n"


def test_a_file_that_the_user_deleted_or_put_back_stays_so(path: Path, kept: KeptFile) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    path.unlink()
    assert kept.restore(without_ours) == "nothing"
    assert not path.exists()

    given(path)
    kept.change(with_ours, without_ours)
    path.write_bytes(THEIRS)
    assert kept.restore(without_ours) == "nothing"
    assert path.read_bytes() == THEIRS


def test_without_its_backup_only_what_is_ours_is_taken_out(path: Path, kept: KeptFile) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    assert kept.backup is not None
    kept.backup.unlink()

    kept.restore(without_ours)

    assert path.read_bytes() == THEIRS


def test_what_is_ours_is_taken_out_though_the_workspace_is_gone(path: Path, kept: KeptFile) -> None:
    given(path, THEIRS + OURS)

    assert kept.restore(without_ours) == "ours"

    assert path.read_bytes() == THEIRS


def test_a_damaged_record_counts_as_none(path: Path, kept: KeptFile, tmp_path: Path) -> None:
    given(path)
    kept.change(with_ours, without_ours)
    (record,) = (tmp_path / "workspace" / "kept").glob("*.json")
    record.write_bytes(b"{")

    assert not kept.is_changed
    assert kept.restore(without_ours) == "ours"
    assert path.read_bytes() == THEIRS


def test_two_purposes_are_undone_in_any_order(path: Path, tmp_path: Path) -> None:
    given(path)
    one = KeptFile(path, "mcp", tmp_path / "workspace")
    two = KeptFile(path, "wrap", tmp_path / "workspace")

    def with_more(content: Content) -> Content:
        return b"more\n" + (content or b"")

    def without_more(content: Content) -> Content:
        return content if content is None else content.replace(b"more\n", b"")

    one.change(with_ours, without_ours)
    two.change(with_more, without_more)

    one.restore(without_ours)
    assert path.read_bytes() == b"more\n" + THEIRS
    two.restore(without_more)
    assert path.read_bytes() == THEIRS


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "config.toml"
    given(target)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    kept = KeptFile(path, "mcp", tmp_path / "workspace")

    kept.change(with_ours, without_ours)

    assert path.is_symlink()
    assert target.read_bytes() == THEIRS + OURS


def test_a_change_that_cannot_be_made_leaves_the_file_as_it_was(path: Path, kept: KeptFile) -> None:
    given(path)

    def odd(content: Content) -> Content:
        raise ValueError("not to be understood")

    with pytest.raises(ValueError, match="not to be understood"):
        kept.change(odd, without_ours)

    assert path.read_bytes() == THEIRS
    assert not kept.is_changed


def test_a_file_that_changes_meanwhile_is_read_again(path: Path, kept: KeptFile) -> None:
    given(path)
    writers = iter([b"first\n", b"second\n"])

    def while_others_write(content: Content) -> Content:
        if (more := next(writers, None)) is not None:
            path.write_bytes(more)
        return with_ours(content)

    kept.change(while_others_write, without_ours)

    assert path.read_bytes() == b"second\n" + OURS
    kept.restore(without_ours)
    assert path.read_bytes() == b"second\n"


def test_a_file_that_changes_all_the_time_is_left_alone(path: Path, kept: KeptFile) -> None:
    given(path)
    seen = []

    def while_others_write(content: Content) -> Content:
        seen.append(content)
        path.write_bytes(b"%d" % len(seen))
        return with_ours(content)

    with pytest.raises(OSError, match="close what uses it"):
        kept.change(while_others_write, without_ours)

    assert path.read_bytes() == b"%d" % kept_file.MOST_TRIES
    assert kept.restore(without_ours) == "nothing"


def test_all_changed_files_of_a_purpose_are_known(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        given(path)
        KeptFile(path, "mcp", workspace).change(with_ours, without_ours)
    KeptFile(tmp_path / "c.json", "wrap", workspace).change(with_ours, without_ours)

    assert [one.path for one in KeptFile.all("mcp", workspace)] == paths


def test_another_users_file_keeps_its_owner(
    path: Path, kept: KeptFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)

    with pytest.raises(PermissionError, match="belongs to another user"):
        kept.change(with_ours, without_ours)

    assert path.read_bytes() == THEIRS


KILLED = """
import os, signal, sys
from pathlib import Path
from headroom.cli.kept_file import KeptFile
from tests.cli.test_kept_file import OURS, THEIRS, with_ours, without_ours

folder = Path(sys.argv[1])
before = THEIRS if sys.argv[2] == "there" else None

def killed_at(step, work):
    "Do this in a process that is killed before its nth touch of the disk; whether it was."
    child = os.fork()
    if not child:
        steps = iter(range(10_000))
        def hook(event, arguments):
            if event in TOUCHES and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0

TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod"}
kills = 0
for doing in ("change", "restore"):
    for step in range(10_000):
        path = folder / f"{doing}-{step}" / "config.toml"
        path.parent.mkdir()
        if before is not None:
            path.write_bytes(before)
        kept = KeptFile(path, "mcp", folder / f"workspace-{doing}-{step}")
        if doing == "change":
            killed = killed_at(step, lambda: kept.change(with_ours, without_ours))
        else:
            kept.change(with_ours, without_ours)
            killed = killed_at(step, lambda: kept.restore(without_ours))
        assert kept.read() in (before, with_ours(before)), (doing, step)
        kept.restore(without_ours)
        assert kept.read() == before, (doing, step, kept.read())
        assert not kept.is_changed
        assert [one.name for one in path.parent.iterdir()] == (["config.toml"] if before else [])
        kills += killed
        if not killed:
            break
assert kills > 10, kills
print(kills)
"""


@pytest.mark.parametrize("beginning", ["there", "absent"])
def test_T_killed_at_any_moment_the_file_is_whole_and_the_way_back_is_known(
    beginning: str, tmp_path: Path
) -> None:
    root = Path(__file__).parent.parent.parent
    variables = environment({"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"})

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), beginning],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
