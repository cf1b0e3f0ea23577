"""Is there a proxy, is it ours, is it well, and is it the one that is meant?"""

from __future__ import annotations

import pytest

from headroom.cli.asking import Answer, Trouble
from headroom.cli.diagnosis import proxy_checks
from headroom.cli.diagnosis.facts import Workspace
from tests.cli.diagnosis.cases import DOWN, HEALTH, WELL, facts, healthy, only, session, told


def test_one_that_runs_is_told_with_what_it_says_of_itself() -> None:
    assert told(proxy_checks.answering(WELL)) == [
        ("ok", "proxy", "Headroom 9.1 answers on http://127.0.0.1:8787, up 1 min")
    ]
    four = healthy(runtime={"workers": 4})
    assert only(proxy_checks.answering(four)).seen.endswith("4 workers")


@pytest.mark.parametrize(
    ("trouble", "seen", "command"),
    [
        ("nobody", "nobody listens", "headroom proxy --port 8787"),
        ("stranger", "is no Headroom", "headroom proxy --port 8788"),
        ("late", "did not answer in time", ""),
        ("broken", "it burns", ""),
    ],
)
def test_where_none_runs_that_is_the_problem(trouble: Trouble, seen: str, command: str) -> None:
    found = only(proxy_checks.answering(facts(DOWN, health=Answer(None, trouble, "it burns"))))

    assert (found.level, found.command) == ("problem", command)
    assert seen in found.seen
    assert found.fix


def test_one_that_listens_on_another_port_is_found_by_its_store() -> None:
    found = only(proxy_checks.answering(facts(DOWN, living=(41, 42))))

    assert "41, 42" in found.seen
    assert found.command == "headroom doctor --port PORT"


def test_one_that_wants_a_token_says_that_most_is_missing() -> None:
    found = only(proxy_checks.token(facts(health=Answer(HEALTH, "token"))))

    assert "HEADROOM_API_KEY" in found.fix
    assert [*proxy_checks.token(WELL)] == []


def test_an_older_one_that_still_runs_is_named() -> None:
    assert only(proxy_checks.version(facts(version="9.2"))).seen == (
        "9.1 runs, and 9.2 is installed here"
    )
    assert [*proxy_checks.version(WELL)] == []


def test_its_own_parts_say_what_is_wrong_with_them() -> None:
    ill = {"store": {"status": "degraded", "error": "disk full"}, "odd": {"status": "unhealthy"}}

    found = [*proxy_checks.health(healthy(checks=ill))]

    assert told(found) == [
        ("problem", "store", "the proxy says that it is degraded: disk full"),
        ("problem", "odd", "the proxy says that it is unhealthy"),
    ]
    assert "make room" in found[0].fix
    assert [*proxy_checks.health(WELL)] == []


def test_what_only_follows_from_the_store_is_no_problem_of_its_own() -> None:
    ill = {name: {"status": "degraded"} for name in ("store", "cache", "budget")}

    levels = {one.about: one.level for one in proxy_checks.health(healthy(checks=ill))}

    assert levels == {"store": "problem", "cache": "note", "budget": "problem"}


def test_requests_that_were_never_written_down_are_told() -> None:
    lost = facts(stats={**session(), "store": {"lost": 3, "unwritten": 0}})

    assert only(proxy_checks.health(lost)).about == "statistics"


@pytest.mark.parametrize(
    ("workspace", "seen"),
    [
        (Workspace(problem="it may not be written"), "it may not be written"),
        (Workspace(free_bytes=5_000_000), "only 5.0 MB are free"),
    ],
)
def test_a_workspace_that_can_hold_nothing_is_a_problem(workspace: Workspace, seen: str) -> None:
    found = only(proxy_checks.workspace(facts(workspace=workspace)))

    assert found.level == "problem"
    assert seen in found.seen
    assert [*proxy_checks.workspace(facts(workspace=Workspace(free_bytes=10**12)))] == []


def test_libraries_that_are_missing_are_named_with_what_installs_them() -> None:
    found = only(proxy_checks.installation(facts(missing=("aiohttp",))))

    assert found.command == 'pip install "headroom-ai[proxy]"'
    assert [*proxy_checks.installation(WELL)] == []


def test_a_proxy_with_another_workspace_is_told_from_ours() -> None:
    assert "keeps its things elsewhere" in only(proxy_checks.whose(facts(living=()))).seen
    assert [*proxy_checks.whose(WELL)] == []
    assert "besides 77: 78" in only(proxy_checks.whose(facts(living=(77, 78)))).seen
