"""What the facts come to."""

from __future__ import annotations

from headroom.cli.asking import Answer
from tests.cli.diagnosis.cases import BASE, DOWN, HEALTH, WELL, facts


def test_a_proxy_runs_where_it_says_who_it_is() -> None:
    assert (WELL.runs, WELL.health_told, WELL.base) == (True, HEALTH, BASE)
    assert facts(health=Answer({"service": "headroom-proxy"}, "token")).runs
    assert (DOWN.runs, DOWN.health_told) == (False, {})
