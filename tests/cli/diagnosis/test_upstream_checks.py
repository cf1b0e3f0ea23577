"""Can providers be reached?"""

from __future__ import annotations

from headroom.cli.diagnosis import upstream_checks
from headroom.cli.diagnosis.facts import Network
from headroom.proxy.reaching import Reached
from headroom.settings import Settings
from tests.cli.diagnosis.cases import DOWN, facts, healthy, only, session, told

ANTHROPIC = "https://api.anthropic.com"
OPENAI = "https://api.openai.com"


def test_one_that_wants_a_key_is_reached() -> None:
    found = facts(upstreams=(Reached("anthropic", ANTHROPIC, 401, 80.4),), asked_by_proxy=True)

    assert told(upstream_checks.reached(found)) == [
        ("ok", "Anthropic", f"{ANTHROPIC} wants a key (401 in 80 ms)")
    ]


def test_where_the_proxy_is_down_this_shell_has_asked() -> None:
    found = facts(DOWN, upstreams=(Reached("openai", OPENAI, 401, 80.4),))

    assert only(upstream_checks.reached(found)).level == "ok"


def test_one_that_is_needed_and_out_of_reach_is_a_problem() -> None:
    lost = Reached("openai", OPENAI, obstacle="name")
    up = Reached("anthropic", ANTHROPIC, 401)
    used = {**session(), "lifetime_breakdown": {"by_provider": {"openai": {}}}}

    needed = [*upstream_checks.reached(facts(upstreams=(up, lost), stats=used))][1]
    unused = [*upstream_checks.reached(facts(upstreams=(up, lost)))][1]

    assert (needed.level, unused.level) == ("problem", "note")
    assert needed.seen.endswith("nobody knows the name api.openai.com")
    own = Reached("openai", "http://127.0.0.1:1", obstacle="refused", detail="refused")
    assert only(upstream_checks.reached(facts(upstreams=(own,)))).level == "problem"


def test_offline_is_told_once_and_plainly() -> None:
    lost = (
        Reached("anthropic", ANTHROPIC, obstacle="name"),
        Reached("openai", OPENAI, obstacle="late", detail="no answer within 1 s"),
    )

    found = only(upstream_checks.reached(facts(upstreams=lost, asked_by_proxy=True)))

    assert (found.level, found.about) == ("problem", "providers")
    assert "reaches no provider at all (api.anthropic.com, api.openai.com)" in found.seen
    assert found.fix.startswith("It is offline")


def test_a_net_that_is_left_by_a_proxy_only_is_told_as_such() -> None:
    lost = tuple(Reached(one, f"https://{one}.example", obstacle="net") for one in ("openai", "x"))
    network = Network({"HTTPS_PROXY": "proxy.example:3128"})

    found = only(upstream_checks.reached(facts(upstreams=lost, network=network)))

    assert "goes straight to providers" in found.fix


def test_every_obstacle_has_its_words() -> None:
    for obstacle, means in upstream_checks.OBSTACLES.items():
        one = Reached("openai", "http://127.0.0.1:1", obstacle=obstacle, detail="so it is")
        found = only(upstream_checks.reached(facts(upstreams=(one,))))
        assert means.fix[:20] in found.fix
        assert "{" not in found.seen + found.fix


def test_a_provider_that_fails_is_a_problem() -> None:
    found = facts(upstreams=(Reached("anthropic", ANTHROPIC, 503, 9.0),))

    assert told(upstream_checks.reached(found)) == [
        ("problem", "Anthropic", f"{ANTHROPIC} answers 503")
    ]


def test_a_proxy_that_sends_requests_to_itself_is_told_so() -> None:
    loop = Reached("openai", "http://localhost:8787", is_headroom=True)
    other = Reached("anthropic", "http://127.0.0.1:9999", is_headroom=True)

    found = [*upstream_checks.loops(facts(upstreams=(loop, other)))]

    assert [one.level for one in found] == ["problem", "note"]
    assert "OPENAI_TARGET_API_URL" in found[0].fix
    assert [*upstream_checks.reached(facts(upstreams=(loop, other)))] == []


def test_a_proxy_that_does_not_tell_is_told_of() -> None:
    assert only(upstream_checks.reached(facts(stats=session()))).level == "note"


def test_a_backend_that_cannot_start_is_a_problem_with_what_to_set() -> None:
    lacking = facts(settings=Settings(backend="azure"), backend_lacks="Set AZURE_API_KEY.")

    found = only(upstream_checks.reached(lacking))

    assert (found.level, found.fix) == ("problem", "Set AZURE_API_KEY.")


def test_where_a_backend_answers_providers_are_not_asked_for() -> None:
    up = Reached("openai", OPENAI, 401, 80.4)
    one = healthy(config={"backend": "vertex"})

    found = only(upstream_checks.reached(facts(one, upstreams=(up,), asked_by_proxy=True)))

    assert (found.level, "vertex" in found.seen) == ("note", True)
