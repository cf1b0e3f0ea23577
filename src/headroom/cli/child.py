"""A program that has the terminal: what the terminal and others say to us goes to it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
TO_ALL = (signal.SIGINT, signal.SIGQUIT)
"""What a terminal says, it says to the whole group, and so to the program too."""


def run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run it until it ends; its exit code, below 0 where a signal ended it.  Raises OSError."""
    # The command is the user's own, named on this command line.
    with (
        _deaf(),
        subprocess.Popen(command, env=dict(variables)) as process,  # noqa: S603
        _passing_on(process),
    ):
        return process.wait()


def end_as(code: int) -> None:
    """End this process as that one has ended: by the same signal, or with the same code."""
    if code < 0:
        number = signal.Signals(-code)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise SystemExit(code)


@contextmanager
def _deaf() -> Iterator[None]:
    """What the terminal says does not end us; who ignored it before goes on, with the program."""
    heard = [number for number in TO_ALL if signal.getsignal(number) is not signal.SIG_IGN]
    # A handler of ours, where ignoring would be inherited by the program.
    before = {number: signal.signal(number, _nothing) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the program has heard it too."""


@contextmanager
def _passing_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
