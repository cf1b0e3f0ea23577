"""What a check has found."""

from __future__ import annotations

from headroom.cli.diagnosis.finding import Meaning, note, ok, problem


def test_a_finding_has_a_level_and_says_what_to_do() -> None:
    assert ok("a", "b").as_json() == {
        "level": "ok", "about": "a", "seen": "b", "fix": None, "command": None,
    }  # fmt: skip
    assert problem("a", "b", "Do it.", "do it").as_json()["command"] == "do it"
    assert (note("a", "b").level, note("a", "b").fix) == ("note", "")
    assert Meaning("is so", "Mend it.").fix == "Mend it."
