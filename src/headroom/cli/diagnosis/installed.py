"""Which agents a shell finds on this machine, and which versions they are.

A version is read from what was installed where that tells it; else the program is asked, and one
that does not answer soon is left.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from headroom.cli.agents import PROGRAMS
from headroom.cli.diagnosis.facts import Installed
from headroom.cli.launch.agent import Agent
from headroom.proxy.waiting import within

PATIENCE_S = 1.0
MOST_UP = 6
"""So many folders above a program is its package.json looked for."""

_VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.]+)?)(?![\w.])")


def installed(
    environ: Mapping[str, str],
    agents: Sequence[Agent] = PROGRAMS,
    *,
    patience_s: float = PATIENCE_S,
) -> tuple[Installed, ...]:
    """The agents on the PATH of this environment, in the order of the table."""
    found = {
        agent: path
        for agent in agents
        if (path := shutil.which(agent.command, path=environ.get("PATH", "")))
    }
    known = {agent: version_of(agent, Path(path)) for agent, path in found.items()}
    asked: dict[str, Callable[[], str]] = {
        agent.command: partial(_asked, path, environ, patience_s)
        for agent, path in found.items()
        if not known[agent]
    }
    told = within(patience_s + 0.2, asked)
    return tuple(
        Installed(agent, path, known[agent] or told.get(agent.command, ""))
        for agent, path in found.items()
    )


def version_of(agent: Agent, path: Path) -> str:
    """What is written down of the version of this program; empty where nothing is."""
    try:
        real = path.resolve()
    except OSError:
        return ""
    return next(filter(None, _written(agent, real)), "")


def _written(agent: Agent, real: Path) -> Iterator[str]:
    yield next((part for part in reversed(real.parts) if _VERSION.fullmatch(part)), "")
    for folder in [*real.parents][:MOST_UP]:
        file = folder / "package.json"
        if file.is_file():
            yield _of_package(file)
            break
    if agent.package:
        pattern = f"lib/python*/site-packages/{agent.package}-*.dist-info"
        for found in real.parent.parent.glob(pattern):
            yield found.name.removeprefix(f"{agent.package}-").removesuffix(".dist-info")


def _of_package(file: Path) -> str:
    try:
        version = json.loads(file.read_bytes()).get("version")
    except (OSError, ValueError, AttributeError):
        return ""
    return version if isinstance(version, str) and _VERSION.fullmatch(version) else ""


def _asked(path: str, environ: Mapping[str, str], patience_s: float) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - what a shell would run by that name
            [path, "--version"],
            env=environ,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=patience_s,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = _VERSION.search(done.stdout.decode("utf-8", "replace"))
    return found[1] if found else ""
