"""Do agents come to the proxy?"""

from __future__ import annotations

from headroom.cli.diagnosis import way_checks
from headroom.cli.diagnosis.agent_files import Leftover, Said
from headroom.cli.diagnosis.facts import Network
from tests.cli.diagnosis.cases import BASE, WELL, facts, only, session, told


def test_each_variable_is_judged_by_what_its_programs_add() -> None:
    variables = {"ANTHROPIC_BASE_URL": f"{BASE}/v1", "OPENAI_BASE_URL": f"{BASE}/v1"}

    found = [*way_checks.variables(facts(variables=variables))]

    assert [(one.level, one.about) for one in found] == [
        ("problem", "ANTHROPIC_BASE_URL"),
        ("ok", "OPENAI_BASE_URL"),
    ]
    assert found[0].command == f"export ANTHROPIC_BASE_URL={BASE}"


def test_copilots_base_url_ends_by_its_kind_of_provider() -> None:
    openai = {"COPILOT_PROVIDER_BASE_URL": f"{BASE}/v1"}
    anthropic = {"COPILOT_PROVIDER_BASE_URL": BASE, "COPILOT_PROVIDER_TYPE": "anthropic"}

    assert only(way_checks.variables(facts(variables=openai))).level == "ok"
    assert only(way_checks.variables(facts(variables=anthropic))).level == "ok"


def test_a_settings_file_that_sends_an_agent_elsewhere_is_named() -> None:
    said = Said("claude", "~/.claude/settings.json", "ANTHROPIC_BASE_URL", "http://127.0.0.1:9")

    found = only(way_checks.agent_files(facts(said=(said,), listeners={9: "nobody"})))

    assert (found.level, found.about) == ("problem", "Claude Code settings")
    assert found.seen == (
        "~/.claude/settings.json: ANTHROPIC_BASE_URL http://127.0.0.1:9: nobody listens there"
    )
    assert "wins over the environment" in found.fix
    assert BASE in found.fix


def test_a_settings_file_that_leads_here_is_well() -> None:
    said = Said("codex", "f", "openai_base_url", f"{BASE}/v1")

    assert told(way_checks.agent_files(facts(said=(said,)))) == [
        ("ok", "Codex settings", f"f: openai_base_url {BASE}/v1 leads here")
    ]


def test_a_provider_of_codex_that_is_sent_no_key_is_a_problem() -> None:
    said = Said("codex", "f", "model_providers.x.base_url", f"{BASE}/v1", keyless=True)

    assert "401" in only(way_checks.agent_files(facts(said=(said,)))).fix


def test_of_files_that_are_not_understood_only_what_is_surely_meant_is_told() -> None:
    here = Said("aider", "f", "line 3", f"{BASE}/v1")
    another = Said("opencode", "f", "line 4", "http://localhost:5000/mcp")

    assert told(way_checks.agent_files(facts(said=(here, another)))) == [
        ("ok", "aider settings", f"f, line 3: {BASE}/v1 leads here")
    ]


def test_what_sends_claude_code_to_a_cloud_is_a_problem_wherever_it_stands() -> None:
    said = Said("claude", "f", "CLAUDE_CODE_USE_VERTEX", "1")
    variables = {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "0"}

    assert "Vertex AI" in only(way_checks.agent_files(facts(said=(said,)))).seen
    found = only(way_checks.around(facts(variables=variables)))
    assert found.command == "unset CLAUDE_CODE_USE_BEDROCK"


def test_where_nothing_leads_here_and_nothing_came_that_is_told() -> None:
    assert BASE in only(way_checks.pointing(WELL)).command
    assert [*way_checks.pointing(facts(variables={"OPENAI_BASE_URL": f"{BASE}/v1"}))] == []
    assert [*way_checks.pointing(facts(stats=session()))] == []


def test_a_proxy_of_the_net_that_catches_what_is_meant_for_us_is_a_problem() -> None:
    variables = {"ANTHROPIC_BASE_URL": "http://localhost:8787"}
    caught = Network({"HTTP_PROXY": "proxy.example:3128"}, ("127.0.0.1",))

    found = only(way_checks.net_proxies(facts(variables=variables, network=caught)))

    assert (found.level, found.command) == ("problem", "export NO_PROXY=127.0.0.1,localhost")
    assert "does not spare localhost" in found.seen
    assert only(way_checks.net_proxies(facts(network=Network({"ALL_PROXY": "x"})))).level == "note"


def test_what_is_spared_is_well() -> None:
    for spared in ("127.0.0.1", "*", "127.0.0.0/8"):
        network = Network({"HTTPS_PROXY": "x"}, (spared,))
        assert [*way_checks.net_proxies(facts(network=network))] == []


def test_leftovers_and_files_that_cannot_be_read_are_told() -> None:
    found = facts(leftovers=(Leftover("f", "a hook"),), unreadable={"g": "it is no JSON"})

    assert only(way_checks.leftovers(found)).seen == "f: a hook"
    assert only(way_checks.unreadable(found)).seen == "g: it is no JSON"
