"""How Headroom stands, as one value: what `headroom status` tells, in words or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from headroom.cli.asking import Trouble

SCHEMA_VERSION = 1

UP, UNWELL, DOWN = 0, 1, 3
"""Exit codes, as those of `systemctl status`: 3 is for what does not run."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """All that `headroom status` tells."""

    address: str
    trouble: Trouble = ""
    """Why the proxy tells nothing; empty where it does."""
    health: Json = field(default_factory=dict)
    source: Literal["proxy", "store", ""] = ""
    """Who told the sums; empty where nobody could."""
    sums: Json = field(default_factory=dict)
    """As `overview` gives them."""
    budgets: Sequence[Json] = ()
    store: Json = field(default_factory=dict)
    errors: Sequence[Json] = ()
    others: tuple[int, ...] = ()
    """Processes that use the same store where none answers at this address."""
    problems: tuple[str, ...] = ()
    """What is wrong, a sentence each."""

    @property
    def is_up(self) -> bool:
        """Whether a Headroom answers there."""
        return self.trouble not in ("nobody", "stranger", "late")

    @property
    def exit_code(self) -> int:
        """0: it runs and all is well; 1: something is wrong; 3: it does not run."""
        if self.trouble == "nobody":
            return DOWN
        return UNWELL if self.trouble or self.problems else UP

    def as_json(self) -> dict[str, Any]:
        """The same as one object; fields are added, never renamed."""
        runtime = self.health.get("runtime", {})
        return {
            "schema_version": SCHEMA_VERSION,
            "address": self.address,
            "running": self.is_up,
            "healthy": self.exit_code == UP,
            "exit_code": self.exit_code,
            "version": self.health.get("version"),
            "uptime_seconds": self.health.get("uptime_seconds"),
            "pid": runtime.get("pid"),
            "workers": runtime.get("workers"),
            "mode": runtime.get("mode"),
            "config": self.health.get("config"),
            "source": self.source or None,
            **{name: self.sums.get(name) for name in ("today", "session", "lifetime", "brought")},
            "since": self.sums.get("since"),
            "last_request_at": self.sums.get("last_request_at"),
            "budgets": list(self.budgets),
            "store": dict(self.store),
            "last_errors": list(self.errors),
            "other_pids": list(self.others),
            "problems": list(self.problems),
        }
