"""Who uses a proxy: a lock that the kernel lets go of."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

from headroom.cli.users import FILE, alone, folder_of, one_of_the_users, when_unused
from tests.cli.running import environment

HOLDS = (
    "import sys; from pathlib import Path; from headroom.cli.users import one_of_the_users\n"
    "with one_of_the_users(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "workspace", 8787)

    assert folder == tmp_path / "workspace" / "clients" / "8787"
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)} == {0o700}
    assert folder_of(tmp_path / "workspace", 8787) == folder


def test_unused_it_is_once_the_last_user_was_killed(tmp_path: Path) -> None:
    unused = threading.Event()
    with one_of_the_users(tmp_path):
        other = subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(tmp_path)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        when_unused(tmp_path / FILE, unused.set)
        still_used = not unused.is_set()
    used_by_the_other = not unused.wait(0.05)
    other.kill()
    other.communicate()

    assert still_used
    assert used_by_the_other
    assert unused.wait(10)


def test_one_at_a_time_looks_for_a_proxy(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with alone(tmp_path):
            order.append("second")

    with alone(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        order.append("first")
    thread.join(10)

    assert order == ["first", "second"]
