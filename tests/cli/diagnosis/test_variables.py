"""The table of what is known of agents."""

from __future__ import annotations

from headroom.cli.agents import PROGRAMS
from headroom.cli.diagnosis.variables import FLAGS, LIBRARIES, TITLES, VARIABLES, title_of
from headroom.observe.client import CLIENTS, OTHER_CLIENT
from headroom.proxy.reaching import bases
from headroom.settings import ENTRIES, Settings


def test_every_program_of_the_statistics_has_a_name_for_people() -> None:
    known = {agent.name for agent in PROGRAMS} | set(LIBRARIES)

    assert {name for _, name in CLIENTS} | {OTHER_CLIENT} <= known
    assert title_of("claude") == "Claude Code"
    assert title_of("openai_sdk") == "OpenAI's client"


def test_every_variable_is_there_once_and_every_provider_has_a_flag() -> None:
    assert len({one.name for one in VARIABLES}) == len(VARIABLES)
    assert set(FLAGS) == set(TITLES) == set(bases(Settings()))
    assert set(FLAGS.values()) <= {entry.flag for entry in ENTRIES}
