"""A process that begins as a copy of this one, with all that is loaded.

It shares the memory of what is loaded with all its siblings, and stands in a fraction of the time
that a fresh interpreter takes.
"""

from __future__ import annotations

import gc
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

STEP_S = 0.01


def may_fork() -> bool:
    """Whether a copy of this process is whole: of its threads only the one that forks is there.

    On macOS it never is, as libraries of the system do not outlive a fork.
    """
    return sys.platform == "linux" and threading.active_count() == 1


class Forked:
    """A child of this process, with what is used of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float = math.inf) -> int:
        """Its exit code, once it has ended.  Raises TimeoutExpired, as `Popen.wait` does."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(STEP_S)
        return code

    def send_signal(self, number: int) -> None:
        """Send it this signal, unless it has ended."""
        # Its number is its own until it has been waited for.
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def forked(
    work: Callable[[], None], *, environ: Mapping[str, str], closes: Iterable[int]
) -> Forked:
    """A child that does this *work* and ends; only where `may_fork`.

    It has a session of its own, no input, the usual ends by signals, these variables, and not
    the descriptors that it *closes*.
    """
    # What is loaded is shared for as long as nobody writes to it, and the collector would.
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    handled = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    # A signal that comes in between is the child's: it must not be taken for one of the parent's.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    try:
        pid = os.fork()
        if not pid:
            _live(work, environ, closes, handled)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return Forked(pid)


def _live(
    work: Callable[[], None],
    environ: Mapping[str, str],
    closes: Iterable[int],
    handled: Iterable[signal.Signals],
) -> None:
    """The whole life of the child: whatever happens, it never goes back into its parent's code."""
    code = 1
    try:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        for descriptor in closes:
            os.close(descriptor)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.environ.update(environ)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        logging.shutdown()
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
