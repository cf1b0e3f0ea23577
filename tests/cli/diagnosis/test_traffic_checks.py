"""What has come to the proxy lately, and how it was answered."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.cli.agents import PROGRAMS
from headroom.cli.diagnosis import traffic_checks
from headroom.cli.diagnosis.facts import Facts, Installed
from headroom.observe.clients import DOUBLED
from headroom.outcome import FAILED
from tests.cli.diagnosis.cases import BASE, WELL, facts, only, session


def seen(answers: dict[str, int], **more: Any) -> Facts:
    told = {
        "requests": sum(answers.values()),
        "last_request_at": "2026-01-01T00:00:00Z",
        "answers": answers,
        "notes": {},
        **more,
    }
    return facts(stats={**session(), "clients": {"claude": told}})


def test_a_program_that_was_answered_is_well() -> None:
    found = only(traffic_checks.clients(seen({"answered": 12})))

    assert found.level == "ok"
    assert found.seen.startswith("Claude Code: 12 requests lately, the last one ")
    assert found.seen.endswith("all answered")


@pytest.mark.parametrize("answer", [*traffic_checks.ANSWERS, *FAILED, "418"])
def test_whatever_else_ended_a_request_is_told_with_a_fix(answer: str) -> None:
    all_failed = only(traffic_checks.clients(seen({answer: 3})))
    some_failed = [*traffic_checks.clients(seen({"answered": 1, answer: 3}))][1]

    assert all_failed.level == ("note" if answer in traffic_checks.HARMLESS else "problem")
    assert some_failed.level == "note"
    assert all_failed.fix
    assert answer in all_failed.seen


def test_a_version_too_many_is_told_from_other_404s() -> None:
    found = only(traffic_checks.clients(seen({"404": 2}, notes={DOUBLED: 2})))

    assert "/v1/v1" in found.seen
    assert BASE in found.fix


def test_where_nothing_came_that_is_told_with_since_when() -> None:
    never = {"session": {"requests": 0}, "last_request_at": None}
    once = {"session": {"requests": 0}, "last_request_at": "2026-01-01T00:00:00Z"}

    assert "none has ever come" in only(traffic_checks.none_came(facts(stats=never))).seen
    assert only(traffic_checks.none_came(facts(stats=once))).seen.startswith("none for ")
    assert [*traffic_checks.none_came(facts(stats=session()))] == []
    assert [*traffic_checks.none_came(WELL)] == []


def test_an_installed_agent_of_which_nothing_came_is_named_where_others_came() -> None:
    agents = tuple(Installed(agent, "x") for agent in PROGRAMS[:2])
    stats = {**session(), "clients": {"claude": {}}}

    assert "Copilot" in only(traffic_checks.not_seen(facts(agents=agents, stats=stats))).seen
    assert [*traffic_checks.not_seen(facts(agents=agents))] == []
