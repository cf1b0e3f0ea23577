"""Run the command line as a process of its own, in an environment that holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent.parent

HOMELESS = "/dev/null/at/all"
"""A home that nobody can make, root neither."""

NOTHING: Mapping[str, str] = MappingProxyType({})

# What the interpreter and the measuring of coverage in processes need.
KEPT = ("PATH", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def environment(variables: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """A clean environment with these variables."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {"HOME": HOMELESS, **kept, "PYTHONPATH": str(ROOT / "src"), **variables}


def run(
    *arguments: str, variables: Mapping[str, str] = NOTHING, code: str = ""
) -> subprocess.CompletedProcess[str]:
    """`python -m headroom ARGUMENTS`, or *code* with these arguments."""
    start = ["-c", code] if code else ["-m", "headroom"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def loaded_by(importing: str, among: Sequence[str]) -> list[str]:
    """Which modules of these are loaded by importing others, joined by commas."""
    code = f"import sys, {importing}; print(*set(sys.argv[1:]).intersection(sys.modules))"
    done = run(*among, code=code)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
