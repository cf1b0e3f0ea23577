"""A child that is a copy of its parent, tried in interpreters that do nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

BEGIN = """
import json, os, signal, subprocess, sys, threading, time
from headroom.proxy.forked import Forked, forked, may_fork

def tell(**what):
    print(json.dumps(what), flush=True)

def child(work, closes=(), **environ):
    return forked(work, environ=environ, closes=closes)

"""


def run(code: str) -> tuple[list[Any], str]:
    """What this code tells, and what it writes to stderr; it has input that nobody reads."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code],
        input="what the parent is told",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_it_works_with_its_variables_in_a_session_of_its_own_without_input() -> None:
    [told, code], _ = run("""
def work():
    tell(word=os.environ["WORD"], leads=os.getsid(0) == os.getpid(), input=sys.stdin.read())

os.environ["WORD"] = "the parent's"
one = child(work, WORD="its own")
tell(code=one.wait(10), again=one.poll(), word=os.environ["WORD"])
""")

    assert told == {"word": "its own", "leads": True, "input": ""}
    assert code == {"code": 0, "again": 0, "word": "the parent's"}


@pytest.mark.parametrize(
    ("work", "code"),
    [
        ("sys.exit(3)", 3),
        ("sys.exit()", 0),
        ("sys.exit('a reason')", 1),
        ("os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("int('x')", 1),
    ],
)
def test_it_ends_as_an_interpreter_would(work: str, code: int) -> None:
    [told], said = run(f"""
signal.signal(signal.SIGTERM, lambda *_: tell(taken="by the parent's handler"))
tell(code=child(lambda: {work}).wait(10))
""")

    assert told == {"code": code}
    assert ("ValueError" in said) == (work == "int('x')")


def test_it_never_goes_on_in_its_parents_code() -> None:
    told, _ = run("""
try:
    child(lambda: None).wait(10)
finally:
    tell(here=True)
""")

    assert told == [{"here": True}]


def test_what_it_closes_is_closed_in_it_alone() -> None:
    told, _ = run("""
reading, writing = os.pipe()

def work():
    try:
        os.write(writing, b"x")
    except OSError as error:
        tell(error=error.strerror)

child(work, closes=[reading, writing]).wait(10)
tell(written=os.write(writing, b"x"))
""")

    assert told == [{"error": "Bad file descriptor"}, {"written": 1}]


def test_a_signal_for_its_parent_that_comes_meanwhile_is_taken_by_that() -> None:
    [told], _ = run("""
taken = []
signal.signal(signal.SIGTERM, lambda *_: taken.append(os.getpid()))
real = os.fork

def fork():
    os.kill(os.getpid(), signal.SIGTERM)
    return real()

os.fork = fork
one = child(lambda: time.sleep(0.1))
tell(code=one.wait(10), taken=taken == [os.getpid()])
""")

    assert told == {"code": 0, "taken": True}


def test_it_is_waited_for_told_to_end_and_ended() -> None:
    told, _ = run("""
def patient():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tell(ready=True)
    time.sleep(30)

one, other = child(lambda: time.sleep(30)), child(patient)
try:
    one.wait(0.05)
except subprocess.TimeoutExpired as error:
    tell(error=str(error.timeout), runs=one.poll() is None)
one.terminate()
tell(code=one.wait())
one.kill()
time.sleep(0.5)
other.terminate()
time.sleep(0.1)
tell(runs=other.poll() is None)
other.kill()
tell(code=other.wait(10))
""")

    assert {"ready": True} in told
    told.remove({"ready": True})
    assert told == [{"error": "0.05", "runs": True}, {"code": -15}, {"runs": True}, {"code": -9}]


def test_where_another_thread_runs_no_copy_is_whole() -> None:
    [told], _ = run("""
before = may_fork()
over = threading.Event()
threading.Thread(target=over.wait).start()
beside = may_fork()
over.set()
sys.platform = "darwin"
tell(before=before, beside=beside, elsewhere=may_fork())
""")

    assert told == {"before": True, "beside": False, "elsewhere": False}
