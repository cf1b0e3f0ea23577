"""A program that has the terminal; how signals pass is seen in test_wrap.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from headroom.cli.child import run
from tests.cli.running import environment

END_AS = "import sys; from headroom.cli.child import end_as; end_as(int(sys.argv[1]))"


@pytest.mark.parametrize("code", [0, 3, 255])
def test_the_exit_code_is_the_programs(code: int) -> None:
    assert run([sys.executable, "-c", f"raise SystemExit({code})"], os.environ) == code


def test_a_signal_that_ended_it_is_told_below_0() -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    assert run([sys.executable, "-c", kill], os.environ) == -signal.SIGKILL


def test_what_cannot_be_run_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        run(["/nowhere/at/all"], os.environ)


def test_our_own_handlers_are_back_afterwards() -> None:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(name) for name in names]

    run([sys.executable, "-c", ""], os.environ)

    assert [signal.getsignal(name) for name in names] == before


@pytest.mark.parametrize("code", [0, 7, -signal.SIGTERM, -signal.SIGKILL, -signal.SIGSEGV])
def test_we_end_as_the_program_did(code: int) -> None:
    done = subprocess.run([sys.executable, "-c", END_AS, str(code)], env=environment(), check=False)

    assert done.returncode == code
