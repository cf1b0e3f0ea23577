"""All checks, in the order in which one thing stands in the way of the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from headroom.cli.diagnosis import (
    key_checks,
    proxy_checks,
    savings_checks,
    traffic_checks,
    upstream_checks,
    way_checks,
)
from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding

Check = Callable[[Facts], Iterable[Finding]]
"""What the facts mean in one respect: nothing, or a finding for each thing that was looked at."""

CHECKS: Sequence[Check] = (
    proxy_checks.installation,
    proxy_checks.answering,
    proxy_checks.token,
    proxy_checks.version,
    proxy_checks.health,
    proxy_checks.workspace,
    proxy_checks.whose,
    upstream_checks.loops,
    upstream_checks.reached,
    way_checks.variables,
    way_checks.agent_files,
    way_checks.around,
    way_checks.pointing,
    way_checks.net_proxies,
    way_checks.leftovers,
    way_checks.unreadable,
    key_checks.keys,
    key_checks.agents,
    traffic_checks.none_came,
    traffic_checks.clients,
    traffic_checks.not_seen,
    savings_checks.shortening,
    savings_checks.keeping,
    savings_checks.saved,
    savings_checks.dollars,
)


def examine(facts: Facts, checks: Iterable[Check] = CHECKS) -> tuple[Finding, ...]:
    """All that was found."""
    return tuple(finding for check in checks for finding in check(facts))
