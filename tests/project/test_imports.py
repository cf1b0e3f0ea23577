"""What happens on import: nothing, and that quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.running import ROOT, environment, loaded_by, run

# Every module of ours is imported while the network and other processes are out of reach.
SANDBOX = """
import importlib, os, pkgutil, socket, subprocess, sys, threading

def poisoned(*arguments, **named):
    raise AssertionError("import reached for the outside")

for name in ("connect", "connect_ex", "bind", "sendto"):
    setattr(socket.socket, name, poisoned)
socket.getaddrinfo = socket.create_connection = poisoned
subprocess.Popen.__init__ = poisoned
os.system = os.fork = os.posix_spawn = os.execv = os.execve = poisoned
threading.Thread.start = poisoned

import headroom

names = [module.name for module in pkgutil.walk_packages(headroom.__path__, "headroom.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""

HEAVY = ("aiohttp", "uvicorn", "asyncio", "tiktoken", "genai_prices", "rich", "pydantic")

TIMED = """
import importlib, sys, time
started = time.perf_counter()
importlib.import_module(sys.argv[1])
print(time.perf_counter() - started)
"""


def test_P2_importing_reaches_for_no_network_process_or_thread() -> None:
    result = run(code=SANDBOX)

    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 20


def test_P2_importing_writes_no_file(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    result = subprocess.run(
        [sys.executable, "-c", SANDBOX],
        env=environment(home),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_library_and_the_command_load_nothing_heavy() -> None:
    assert loaded_by("headroom, headroom.cli.main", HEAVY) == []


def test_importing_the_library_takes_less_than_a_tenth_of_a_second() -> None:
    # The best of a few, as the machine may be busy with other things.
    times = [float(run("headroom", code=TIMED).stdout) for _ in range(5)]

    assert min(times) < 0.1


def test_importing_the_command_takes_less_than_three_tenths_of_a_second() -> None:
    times = [float(run("headroom.cli.main", code=TIMED).stdout) for _ in range(5)]

    assert min(times) < 0.3


def test_the_source_stands_where_the_tests_look_for_it() -> None:
    assert (ROOT / "src" / "headroom" / "py.typed").exists()
