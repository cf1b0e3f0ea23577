"""Facts for tests: a proxy that is well, on which every test changes something."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from headroom.cli.asking import Address, Answer
from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding
from headroom.settings import Settings

BASE = "http://127.0.0.1:8787"
HEALTH: dict[str, Any] = {
    "service": "headroom-proxy",
    "version": "9.1",
    "uptime_seconds": 65.0,
    "config": {"optimize": True, "virtual_keys": False},
    "runtime": {"pid": 77, "workers": 1, "store": "sqlite"},
    "checks": {"store": {"status": "healthy"}, "cache": {"status": "disabled"}},
}
WELL = Facts(
    Settings(workspace_dir=Path("/ws")),
    Address("127.0.0.1", 8787),
    "9.1",
    health=Answer(HEALTH),
    living=(77,),
)
DOWN = dataclasses.replace(WELL, health=Answer(trouble="nobody"), living=())


def facts(of: Facts = WELL, /, **changed: Any) -> Facts:
    """These facts with something else in them."""
    return dataclasses.replace(of, **changed)


def healthy(**changed: Any) -> Facts:
    """A proxy that says something else of itself."""
    return facts(health=Answer({**HEALTH, **changed}))


def session(**sums: Any) -> dict[str, Any]:
    """Statistics whose session comes to this."""
    return {"session": {"requests": 5, **sums}}


def told(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Each finding as level, about, and seen."""
    return [(one.level, one.about, one.seen) for one in findings]


def only(findings: Iterable[Finding]) -> Finding:
    """The one finding that there is."""
    [one] = findings
    return one
