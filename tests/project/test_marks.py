"""The benchmark of clients that set no cache marks, on its short sessions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import marks
from benchmarks.marked_sessions import Group, made_groups, recorded_group
from benchmarks.marks import Bill, Way, measured, table, ways
from headroom.tokens import Counter


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    wanted = ("agent, 12 turns", "chat without tools, 12 turns", "12 single questions")
    return [group for group in made_groups() if group.name in wanted]


def bills(name: str, groups: list[Group]) -> list[Bill]:
    way = next(way for way in ways((), Path()) if way.name == name)
    return measured(way, groups, Counter.load())


def test_an_agent_pays_less_than_with_the_original_and_nobody_more_than_directly(
    groups: list[Group],
) -> None:
    direct, by_hand = bills("direct", groups), bills("direct, marked by hand", groups)
    ours = bills("ours", groups)

    agent, chat, single = (
        mine.prompt / theirs.prompt for mine, theirs in zip(ours, direct, strict=True)
    )
    assert not any(bill.failed for bill in (*direct, *by_hand, *ours))
    # The original's figure is 0.23.
    assert agent < 0.16
    assert chat < 0.3
    assert single == 1.0
    # Written once, read by nobody.
    assert by_hand[2].prompt / direct[2].prompt == pytest.approx(1.25)


def test_recorded_sessions_lose_their_marks(tmp_path: Path) -> None:
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    said = [{"role": "user", "content": [block]}, {"role": "assistant", "content": [block]}]
    body = {"model": "claude-opus-4-7", "system": [block], "messages": said}
    (tmp_path / "one.json").write_text(json.dumps(body))
    (tmp_path / "two.json").write_text(json.dumps({"model": "gpt-5", "messages": said[:1]}))

    group = recorded_group(tmp_path)

    assert len(group.sessions) == 1
    assert all(b"cache_control" not in turn.body for turn in group.sessions[0].turns())


def test_a_table_says_what_failed(groups: list[Group]) -> None:
    made = {"direct": [Bill(10, 1)], "other": [Bill(5, 1, failed=2)]}

    *_, line = table(groups[:1], made, lambda bill: bill.prompt)

    assert line.endswith("| 1.000 | 0.500 (2 failed) |")


def test_the_command_writes_both_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = next(group for group in made_groups() if group.name == "12 extractions by a tool")
    direct: list[Way] = ways((), Path())[:2]
    monkeypatch.setattr(marks, "made_groups", lambda: [short])
    monkeypatch.setattr(marks, "ways", lambda _names, _folder: direct)

    marks.main([])

    written = capsys.readouterr().out
    assert written.count(f"| {short.name} | 12 | 1.000 |") == 2
