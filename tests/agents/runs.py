"""One run of an agent at the task, direct or through `headroom wrap`, and what came of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.agents import task
from tests.agents.cases import Case
from tests.agents.installed import environ, program
from tests.support.addresses import free_port
from tests.upstream import Provider, Received, running
from tests.upstream.memory import canonical

PATIENCE_S = 120
TARGETS = (
    "ANTHROPIC_TARGET_API_URL",
    "OPENAI_TARGET_API_URL",
    "GEMINI_TARGET_API_URL",
    "HEADROOM_CHATGPT_API_URL",
)
TURNS = ("messages", "input", "contents")
WRAP = (sys.executable, "-P", "-m", "headroom", "wrap")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it."""

    code: int
    said: str
    files: Mapping[str, str]
    received: Sequence[Received]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the task's own requests; side questions bring no tools, where any do."""
        posted = [each.json() for each in self.received if each.method == "POST"]
        return [body for body in posted if body.get("tools")] or posted

    @property
    def size(self) -> int:
        """Bytes of what was asked."""
        return sum(len(canonical(body)) for body in self.asked)

    def repeated(self) -> list[int]:
        """Of each request but the first, how many turns it shares with the one before it."""
        return [_shared(_turns(one), _turns(other)) for one, other in pairwise(self.asked)]


def _turns(body: Mapping[str, Any]) -> list[bytes]:
    return [canonical(turn) for name in TURNS if name in body for turn in body[name]]


def _shared(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    same = [a == b for a, b in zip(one, other, strict=False)]
    return same.index(False) if False in same else len(same)


def direct(case: Case, folder: Path) -> Run:
    """Without us."""
    provider = Provider(otherwise=case.model)
    with running(provider) as url:
        command = [program(case.agent), *case.direct_arguments(url), *case.arguments]
        return _run(case, folder, command, case.direct(url), provider)


def wrapped(case: Case, folder: Path) -> Run:
    """Through `headroom wrap`, which starts a proxy."""
    provider = Provider(otherwise=case.model)
    with running(provider) as url:
        at = ("--port", str(free_port()))
        command = [*WRAP, case.agent, *at, *case.wrap, "--", *case.arguments]
        # A machine that does much else needs longer to make plans.
        variables = {**dict.fromkeys(TARGETS, url), "HEADROOM_PLAN_DEADLINE_SECONDS": "10"}
        return _run(case, folder, command, variables, provider)


def _run(
    case: Case,
    folder: Path,
    command: Sequence[str],
    variables: Mapping[str, str],
    provider: Provider,
) -> Run:
    home, work = folder / "home", folder / "work"
    home.mkdir(parents=True)
    task.lay_out(work)
    case.prepare(home)
    ended = subprocess.run(
        command,
        cwd=work,
        env=environ({**_places(home, work, folder / "workspace"), **case.variables, **variables}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
        check=False,
    )
    return Run(ended.returncode, ended.stdout, task.files(work), tuple(provider.received))


def _places(home: Path, work: Path, workspace: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PWD": str(work),
        "HEADROOM_WORKSPACE_DIR": str(workspace),
        "HEADROOM_CONFIG_DIR": str(workspace),
    }


def told(run: Run) -> str:
    """What a failing test shows of it."""
    return f"it ended with {run.code} and said:\n{run.said[-2000:]}"
