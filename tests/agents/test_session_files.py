"""What agents leave behind is read by `headroom replay` as what they have sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headroom.replay.files import own_session_files, read_sessions
from tests.agents import runs
from tests.agents.cases import CASES


def test_a_session_of_gemini_cli_is_what_it_sent(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.agent == "gemini")

    run = runs.direct(case, tmp_path)

    nowhere = tmp_path / "nowhere"
    (file,) = own_session_files(nowhere, nowhere, tmp_path / "home" / ".gemini")
    (session,) = read_sessions(file)
    read = [json.loads(turn.body)["contents"] for turn in session.turns()]
    assert read == [_unsigned(body["contents"]) for body in run.asked], runs.told(run)
    assert session.model == "gemini-2.5-pro"
    assert session.reported_tokens > 1_000


def _unsigned(value: Any) -> Any:
    """Signatures of thoughts are not in the file."""
    if isinstance(value, list):
        return [_unsigned(each) for each in value]
    if isinstance(value, dict):
        return {name: _unsigned(each) for name, each in value.items() if name != "thoughtSignature"}
    return value
