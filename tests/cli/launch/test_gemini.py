"""Gemini CLI: how it signs in."""

from __future__ import annotations

import json
from pathlib import Path

from headroom.cli.launch.gemini import DEFAULTS, NO_KEY, configure
from tests.cli.launch.wanting import BASE, wanted


def signed_in(home: Path, by: str) -> None:
    (home / ".gemini").mkdir()
    told = {"security": {"auth": {"selectedType": by}}}
    (home / ".gemini" / "settings.json").write_text(json.dumps(told))


def test_who_never_signed_in_signs_in_by_key(tmp_path: Path) -> None:
    launch = configure(wanted(tmp_path, GEMINI_API_KEY="x"))

    assert launch.variables == {"GOOGLE_GEMINI_BASE_URL": BASE}
    assert launch.copy is not None
    assert launch.copy.variable == DEFAULTS
    assert json.loads(launch.copy.content)["security"]["auth"]["selectedType"] == "gemini-api-key"


def test_who_did_needs_no_defaults(tmp_path: Path) -> None:
    signed_in(tmp_path, "gemini-api-key")

    launch = configure(wanted(tmp_path, GEMINI_API_KEY="x"))

    assert (launch.copy, launch.notes) == (None, ())


def test_who_signed_in_with_google_is_told_that_it_goes_past(tmp_path: Path) -> None:
    signed_in(tmp_path, "oauth-personal")

    (note,) = configure(wanted(tmp_path)).notes

    assert "oauth-personal" in note


def test_without_a_key_that_is_told(tmp_path: Path) -> None:
    assert configure(wanted(tmp_path)).notes == (NO_KEY,)
