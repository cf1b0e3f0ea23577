"""The table of agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.cli.agents import AGENTS, agent_named
from headroom.cli.launch.agent import Agent
from tests.cli.launch.wanting import BASE, wanted

KEYS = {"ANTHROPIC_API_KEY": "x", "OPENAI_API_KEY": "x", "GEMINI_API_KEY": "x"}


def test_each_is_found_by_its_name() -> None:
    assert [agent_named(agent.name) for agent in AGENTS] == list(AGENTS)
    assert agent_named("no such one") is None


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_each_is_told_where_we_are_or_its_user_what_is_missing(
    agent: Agent, tmp_path: Path
) -> None:
    launch = agent.configure(wanted(tmp_path, **KEYS))

    said = [*launch.variables.values(), *launch.arguments]
    assert any(BASE in each for each in said) or launch.notes
    assert bool(agent.command) == bool(agent.install)


def test_models_of_anthropic_have_no_version_in_their_base_with_openhands(tmp_path: Path) -> None:
    openhands = agent_named("openhands")
    assert openhands is not None

    for model, base in (("anthropic/claude-sonnet-4-5", BASE), ("openai/gpt-5", f"{BASE}/v1")):
        launch = openhands.configure(wanted(tmp_path, LLM_MODEL=model))
        assert launch.variables == {"LLM_BASE_URL": base}
