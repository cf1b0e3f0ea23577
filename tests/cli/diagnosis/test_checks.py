"""All checks together."""

from __future__ import annotations

import pytest

from headroom.cli.asking import Answer
from headroom.cli.diagnosis.checks import CHECKS, examine
from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import ok
from tests.cli.diagnosis.cases import DOWN, WELL, facts, session


@pytest.mark.parametrize(
    "found",
    [
        WELL,
        DOWN,
        facts(stats=session()),
        facts(stats={}),
        facts(health=Answer({"service": "headroom-proxy"}, "token")),
        facts(DOWN, health=Answer(None, "late", "x")),
    ],
)
def test_every_check_takes_facts_of_every_kind(found: Facts) -> None:
    findings = examine(found)

    assert findings
    assert all(one.fix for one in findings if one.level == "problem")
    assert all(one.seen and one.about for one in findings)


def test_no_check_is_there_twice_and_they_come_in_their_order() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
    found = examine(WELL, (lambda _: [ok("a", "1")], lambda _: [], lambda _: [ok("b", "2")]))
    assert [one.about for one in found] == ["a", "b"]
