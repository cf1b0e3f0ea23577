"""What an agent is to a launcher."""

from __future__ import annotations

from pathlib import Path

from headroom.cli.launch.agent import ANTHROPIC, OPENAI, Agent, Copy, only
from tests.cli.launch.wanting import wanted


def test_a_plain_agent_needs_nothing_but_variables(tmp_path: Path) -> None:
    configure = only(ONE=ANTHROPIC, OTHER=OPENAI)

    launch = configure(wanted(tmp_path))

    assert launch.variables == {"ONE": "http://127.0.0.1:8787", "OTHER": "http://127.0.0.1:8787/v1"}
    assert (launch.arguments, launch.copy, launch.notes) == ((), None, ())


def test_where_it_went_before_is_told_unless_it_was_to_us(tmp_path: Path) -> None:
    configure = only(ONE=OPENAI, OTHER=OPENAI, THIRD=ANTHROPIC)
    said = wanted(tmp_path, OTHER=" https://a.example/v1 ", THIRD="http://localhost:8787")

    assert configure(said).upstreams == {"openai_api_url": "https://a.example/v1"}
    # The first variable is the one that counts.
    both = wanted(tmp_path, ONE="https://b.example", OTHER="https://a.example")
    assert configure(both).upstreams == {"openai_api_url": "https://b.example"}
    assert configure(wanted(tmp_path, ONE="http://[")).upstreams == {"openai_api_url": "http://["}


def test_a_missing_agent_is_told_with_how_it_is_had() -> None:
    agent = Agent("one", "One", "pip install one", only(), command="one1")

    assert agent.missing == "One is not installed here (one1): install it with pip install one"


def test_S_keys_are_not_in_what_is_printed(tmp_path: Path) -> None:
    assert "sk-secret" not in repr(wanted(tmp_path, ANTHROPIC_API_KEY="sk-secret"))
    assert "sk-secret" not in repr(Copy("settings", b"sk-secret"))
