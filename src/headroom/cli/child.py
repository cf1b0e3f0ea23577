"""A program that has the terminal: what the terminal and others say to us goes to it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
TO_ALL = (signal.SIGINT, signal.SIGQUIT)
"""What a terminal says, it says to the whole group, and so to the program too."""


def run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run it until it ends; its exit code, below 0 where a signal ended it.  Raises OSError."""
    early: list[int] = []
    """What was said to us before the program had begun."""
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    with _answering({**dict.fromkeys(TO_ALL, _nothing), **dict.fromkeys(PASSED_ON, pass_on)}):
        # The command is the user's own, named on this command line.
        process = subprocess.Popen(command, env=dict(variables))  # noqa: S603
        for number in early:
            process.send_signal(number)
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
def _answering(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """These answer, instead of ending us; what is ignored here is ignored by the program too.

    Handlers, where ignoring would be inherited by the program.
    """
    heard = [number for number in handlers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handlers[number]) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the program has heard it too."""
