"""Why savings are small."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.cli.diagnosis import savings_checks
from headroom.cli.diagnosis.facts import Facts
from headroom.observe.book import NO_TOOL
from headroom.observe.cause import CAUSES, NEVER_TOUCHED, SKIPPED_KIND
from tests.cli.diagnosis.cases import HEALTH, WELL, facts, healthy, only, session, told

TOKENS: dict[str, Any] = {"tokens": {"before": 1_000, "saved": 0}}


def shares(**tokens: int) -> dict[str, Any]:
    return {name: {"blocks": 2, "tokens_before": many} for name, many in tokens.items()}


def saving(left: dict[str, Any], *, tools: dict[str, Any] | None = None, **sums: Any) -> Facts:
    broken_down = {"left_alone": left, "by_tool": tools or shares(Bash=1_000)}
    return facts(
        stats={**session(**{**TOKENS, "uncompressed": 5, **sums}), "breakdown": broken_down}
    )


def test_what_was_saved_is_told_in_one_line() -> None:
    found = saving(shares(small=900), tokens={"before": 1_000, "saved": 312})

    assert told(savings_checks.saved(found)) == [
        ("ok", "savings", "312 tokens of 1,000 (31.2 %), 5 requests")
    ]


def test_where_that_is_little_each_reason_is_told_the_weighty_ones_only() -> None:
    found = [*savings_checks.saved(saving(shares(small=700, protected=280, error=10)))]

    assert [one.seen for one in found[1:]] == [
        "2 blocks, 70.0 % of what was new, are small",
        "2 blocks, 28.0 % of what was new, are of protected tools",
    ]
    assert "--min-tokens" in found[1].fix
    assert "--protect-tools" in found[2].fix


def test_every_word_for_why_a_block_was_left_has_words_for_people() -> None:
    words = {word for _, word in CAUSES} | {SKIPPED_KIND, NEVER_TOUCHED}

    assert words == set(savings_checks.CAUSES)
    new = [*savings_checks.saved(saving(shares(something_new=900)))]
    assert "something_new" in new[1].seen


def test_talk_without_tools_is_told_as_such() -> None:
    found = [*savings_checks.saved(saving({}, tools=shares(**{NO_TOOL: 900})))]

    assert found[-1].seen == "no tool printed anything in these conversations"


@pytest.mark.parametrize(
    ("sums", "level", "seen"),
    [
        ({"bypassed": 2}, "note", "2 requests came with x-headroom-bypass"),
        ({"compression_failed": 1}, "problem", "shortening was given up"),
        ({"cached": 3}, "ok", "3 requests answered from stored replies"),
        ({"uncompressed": 3}, "note", "2 requests held no conversation that Headroom reads"),
    ],
)
def test_requests_that_were_not_shortened_as_a_whole_are_told(
    sums: dict[str, Any], level: str, seen: str
) -> None:
    found = [*savings_checks.saved(saving({}, **sums))]

    assert any(one.level == level and seen in one.seen for one in found[1:])


def test_a_proxy_that_shortens_nothing_is_the_problem_and_nothing_else_is_said() -> None:
    off = healthy(config={**HEALTH["config"], "optimize": False})
    off = facts(off, stats=saving({}, bypassed=5).stats)

    assert only(savings_checks.shortening(off)).level == "problem"
    assert [*savings_checks.saved(off)] == []
    assert [*savings_checks.shortening(WELL)] == []


def test_where_the_session_is_empty_all_that_ever_was_is_told() -> None:
    sums = {"requests": 9, "tokens": {"before": 100, "saved": 50}}
    stats = {"session": {"requests": 0}, "lifetime": sums, "lifetime_breakdown": {}}

    assert "9 requests" in only(savings_checks.saved(facts(stats=stats))).seen
    assert [*savings_checks.saved(WELL)] == []


def test_a_loss_is_told_with_what_made_it() -> None:
    net = {"saved_usd": -0.5, "counterfactual_usd": 10.0, "retrieval_cost_usd": 0.4}
    marked = {**net, "retrieval_cost_usd": 0, "saved_by_cache_marks_usd": -0.5}

    retrieved = only(savings_checks.dollars(facts(stats=session(net=net))))
    marks = only(savings_checks.dollars(facts(stats=session(net=marked))))

    assert retrieved.seen == (
        "$0.5000 (5.0 %) more than going direct: originals were asked for again"
    )
    assert "--no-auto-cache" in marks.fix
    slight = {"saved_usd": -0.01, "counterfactual_usd": 10.0}
    assert [*savings_checks.dollars(facts(stats=session(net=slight)))] == []


def test_models_without_a_price_are_told() -> None:
    found = facts(stats=session(net={"saved_usd": 0}, unpriced_requests=4, priced_requests=0))

    assert "models.json" in only(savings_checks.dollars(found)).fix


def test_a_proxy_that_keeps_nothing_says_what_that_costs() -> None:
    memory = healthy(runtime={"store": "memory", "workers": 4})

    assert [one.about for one in savings_checks.keeping(memory)] == ["store", "store"]
    assert [*savings_checks.keeping(WELL)] == []
