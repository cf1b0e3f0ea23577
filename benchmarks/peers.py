"""Installs what we compare with, outside the repository, and ourselves in a fresh place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.subjects import ROOT, site_packages

FOLDER = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "headroom-benchmarks"

VERSIONS = {
    "original-0.5.21": "headroom-ai[proxy]==0.5.21",
    "original-0.42.0": "headroom-ai[proxy]==0.42.0",
}
"""The original as measured in our figures: its last described release, and its newest."""


def python_of(name: str, folder: Path) -> Path:
    """The interpreter of this version's virtual environment, made at first need.

    Raises RuntimeError when it cannot be installed.
    """
    home = folder / name
    if not (home / "bin" / "headroom").exists():
        install(home, VERSIONS[name])
    return home / "bin" / "python"


def install_ours(home: Path) -> Path:
    """This repository with the extra `proxy`, installed afresh; gives where its packages are."""
    install(home, f"{ROOT}[proxy]")
    return site_packages(home / "bin" / "python")


def install(home: Path, requirement: str) -> None:
    """Install a requirement into a new virtual environment.  Raises RuntimeError."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    python = str(home / "bin" / "python")
    if uv:
        commands = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", python, requirement],
        ]
    else:
        commands = [
            [sys.executable, "-m", "venv", str(home)],
            [python, "-m", "pip", "install", "--quiet", requirement],
        ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(home, ignore_errors=True)
            raise RuntimeError(f"{requirement} was not installed: {done.stderr.strip()[-500:]}")
