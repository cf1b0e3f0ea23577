"""The agents' real command lines do a task of several turns, direct and through `headroom wrap`.

The files are the same afterwards, the exit code is the same, less was sent, and no turn that the
provider had in its cache has changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents import runs, task
from tests.agents.cases import ANTHROPIC, CASES, Case


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_agent_does_the_same_with_less(case: Case, tmp_path: Path) -> None:
    direct = runs.direct(case, tmp_path / "direct")
    wrapped = runs.wrapped(case, tmp_path / "wrapped")

    assert direct.code == 0, runs.told(direct)
    assert wrapped.code == direct.code, runs.told(wrapped)
    assert wrapped.files == direct.files
    assert direct.files[task.REPORT].endswith("done\n")
    assert task.LAST_WORDS in wrapped.said
    assert len(wrapped.asked) == len(direct.asked) > 1
    assert wrapped.repeated() == direct.repeated()
    assert wrapped.size < 0.9 * direct.size


def test_what_claude_code_says_of_itself_and_of_its_owner_goes_on_as_it_came(
    tmp_path: Path,
) -> None:
    oauth = next(case for case in CASES if case.credential.startswith("subscription"))

    first = next(each for each in runs.wrapped(oauth, tmp_path).received if each.method == "POST")

    assert first.path == ANTHROPIC
    assert first.header("authorization") == "Bearer sk-ant-oat01-test"
    betas = first.header("anthropic-beta") or ""
    assert "oauth-2025-04-20" in betas
    assert "claude-code-20250219" in betas
    # Tool search, which it leaves out behind other base URLs.
    assert "ToolSearch" in {tool["name"] for tool in first.json()["tools"]}
