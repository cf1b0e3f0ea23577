"""What the facts come to."""

from __future__ import annotations

from headroom.cli.asking import Answer
from headroom.settings import Settings
from tests.cli.diagnosis.cases import BASE, DOWN, HEALTH, WELL, facts, healthy


def test_a_proxy_runs_where_it_says_who_it_is() -> None:
    assert (WELL.runs, WELL.health_told, WELL.base) == (True, HEALTH, BASE)
    assert facts(health=Answer({"service": "headroom-proxy"}, "token")).runs
    assert (DOWN.runs, DOWN.health_told) == (False, {})


def test_who_answers_is_what_the_proxy_says_else_the_settings() -> None:
    assert healthy(config={"backend": "vertex"}).backend == "vertex"
    assert healthy(config=[]).backend == "anthropic"
    assert facts(DOWN, settings=Settings(backend="bedrock")).backend == "bedrock"
