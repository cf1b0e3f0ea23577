from __future__ import annotations

import os
import subprocess
import sys

from headroom.cli.running_process import is_running


def test_a_process_that_has_ended_is_none() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert is_running(os.getpid())
    assert is_running(1)
    assert not is_running(ended.pid)
