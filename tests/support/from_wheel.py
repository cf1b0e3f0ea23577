"""Headroom as somebody has it who installs it: from the wheel, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


def wheel_in(folder: Path) -> Path:
    """The wheel, built into this folder."""
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, check=True)
    return next(folder.glob("headroom_ai-*.whl"))


def environment_in(folder: Path, *requirements: str) -> Path:
    """An environment with nothing but these and what they need, at the locked versions."""
    _uv("venv", "--quiet", "--python", sys.executable, str(folder))
    python = str(folder / "bin" / "python")
    lock = str(ROOT / "requirements-dev.lock")
    _uv("pip", "install", "--quiet", "--python", python, "--constraint", lock, *requirements)
    return folder


def outside(variables: dict[str, str], programs: Sequence[Path]) -> dict[str, str]:
    """These variables without what leads into the source; *programs* are looked for first."""
    left_out = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    kept = {name: value for name, value in variables.items() if name not in left_out}
    return {**kept, "PATH": os.pathsep.join([*map(str, programs), variables["PATH"]])}


def _uv(*words: str) -> None:
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    assert uv is not None
    subprocess.run([uv, *words], check=True, timeout=120)
