"""Which keys there are, and what their kinds mean."""

from __future__ import annotations

from headroom.cli.agents import PROGRAMS
from headroom.cli.diagnosis import key_checks
from headroom.cli.diagnosis.credentials import Credential
from headroom.cli.diagnosis.facts import Installed
from tests.cli.diagnosis.cases import WELL, facts, healthy, only


def test_a_subscription_saves_no_dollars_and_lasts_longer() -> None:
    found = only(
        key_checks.keys(facts(credentials=(Credential("f", "anthropic", "subscription"),)))
    )

    assert found.level == "note"
    assert "last longer" in found.fix


def test_an_api_key_is_well_and_a_flaw_is_not() -> None:
    well = Credential("K", "openai", "api_key")
    quoted = Credential("K", "openai", "api_key", "it stands in quotes")

    assert only(key_checks.keys(facts(credentials=(well,)))).level == "ok"
    found = only(key_checks.keys(facts(credentials=(quoted,))))
    assert (found.level, found.seen) == ("problem", "K: it stands in quotes")


def test_a_virtual_key_needs_a_proxy_that_takes_it() -> None:
    credentials = (Credential("K", "openai", "virtual"),)

    refused = only(key_checks.keys(facts(credentials=credentials)))
    taken = healthy(config={"virtual_keys": True})

    assert refused.command == "headroom proxy --port 8787 --virtual-keys"
    assert only(key_checks.keys(facts(taken, credentials=credentials))).level == "ok"


def test_no_key_is_worth_knowing() -> None:
    assert only(key_checks.keys(WELL)).level == "note"


def test_agents_are_told_with_their_versions() -> None:
    found = facts(
        agents=(Installed(PROGRAMS[0], "/bin/claude", "2.1"), Installed(PROGRAMS[1], "x"))
    )

    assert (
        only(key_checks.agents(found)).seen == "installed here: Claude Code 2.1, GitHub Copilot CLI"
    )
    assert [*key_checks.agents(WELL)] == []
