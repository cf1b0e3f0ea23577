"""The curve of the bill against the use kept, over sessions made up here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import strength
from benchmarks.curve import Measured, Point, curve_table, kinds_table, passes_table, worst_misses
from benchmarks.curve_picture import as_page, as_svg
from benchmarks.observing import ObservingReader
from headroom.replay.bill import Tokens
from headroom.replay.dialects import AnthropicDialect, OpenAIChatDialect
from headroom.replay.measure import Meter, Sent, SessionMeasure
from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session
from headroom.tokens import Counter
from tests.replay.examples import anthropic_body, chat_body, words
from tests.replay.measures import measure

NAME = "plot_7_of_the_garden"


def spoken_body() -> dict[str, Any]:
    """An agent without tools: it is told what it observes as user text."""
    return {
        "format": "openai",
        "model": "gpt-5.4",
        "messages": [
            {"role": "user", "content": "Find the carrots."},
            {"role": "assistant", "content": "ls"},
            {"role": "user", "content": f"README\n{NAME}"},
            {"role": "assistant", "content": f"They are in {NAME}."},
        ],
    }


def measured(session: Session, *, without: str, reader: ObservingReader) -> SessionMeasure:
    """The session, forwarded with a text taken out of it."""
    meter = Meter(session, words, reader=reader)
    for turn in session.turns():
        meter.turn(turn, Sent(turn.body.replace(without.encode(), b"")))
    return meter.result(lambda _: None)


def point(at: float, *, net: float, kept: int) -> Point:
    """All sessions, one in each half, with a bill and a use that are chosen."""
    direct, forwarded = Tokens(written=8_000), Tokens(written=int(8_000 * net))
    one = SessionMeasure(
        "s", AnthropicDialect(), "m", direct=direct, forwarded=forwarded, used=100, kept=kept
    )
    return Point(at, (Measured("A", one, one), Measured("B", one, one)))


def test_windows_of_one_recording_are_in_the_same_half() -> None:
    names = ["codex-a-w1", "codex-a-w2", "codex-b", "codex-c", "gemini-a", "gemini-b"]

    found = strength.halves(names)

    assert found["codex-a-w1"] == found["codex-a-w2"] != found["codex-b"]
    assert found["gemini-a"] != found["gemini-b"]
    assert found == strength.halves(names[::-1])


def test_what_was_tuned_on_can_be_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(chat_body()))
    (tmp_path / "tuned.txt").write_text("two\n")

    recorded = strength.read_recorded(tmp_path, tmp_path / "tuned.txt")

    assert [(one.session.name, one.half) for one in recorded] == [("one", "B"), ("two", "A")]


def test_a_folder_without_sessions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no sessions in"):
        strength.read_recorded(tmp_path, None)


def test_what_an_agent_without_tools_is_told_counts_in_the_stricter_reading() -> None:
    session = session_from_body("garden", spoken_body())
    reader = ObservingReader(OpenAIChatDialect(), words)

    strict = measured(session, without=NAME, reader=reader)

    assert (strict.used, strict.kept) == (1, 0)
    assert [miss.span for miss in strict.misses] == [NAME]
    assert strict.misses[0].penalty == strict.penalties[0]


def test_what_agents_with_tools_are_told_is_read_as_ever() -> None:
    session = session_from_body("garden", anthropic_body())
    usual = Meter(session, words)
    for turn in session.turns():
        usual.turn(turn, Sent(turn.body))

    strict = measured(session, without="\0", reader=ObservingReader(AnthropicDialect(), words))

    assert strict == usual.result(lambda _: None)


def test_each_strength_is_measured_over_all_sessions(tmp_path: Path) -> None:
    for name, body in (("a-1", anthropic_body()), ("a-2", spoken_body())):
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    recorded = strength.read_recorded(tmp_path, None)

    found = asyncio.run(strength.measured(recorded, Counter.load(), 0.0, offer="auto"))

    assert {one.half for one in found.sessions} == {"A", "B"}
    assert found.net("all") == pytest.approx(1.0)
    assert found.kept("all") == found.kept("all", strict=True) == 1.0
    assert found.of("all", strict=True)[1].used == found.of("all")[1].used + 1


def test_the_table_has_a_line_for_each_strength_and_half() -> None:
    points = [point(0, net=0.9, kept=100), point(2, net=0.75, kept=98)]

    lines = curve_table(points).splitlines()

    assert len(lines) == 2 + 6
    assert lines[-1].startswith("| 2 | all | 0.7500 | 0.7500 | 0 | 200 | 0.9800 |")


def test_kinds_passes_and_misses_say_what_was_lost() -> None:
    lost = measure(name="garden")
    found = Point(1.0, (Measured("A", lost, lost),))

    assert "| listing | 1 | 297 | 69 | " in kinds_table(found, "A")
    assert "| edited | 1 | 297 | 69 | " in passes_table(found, "A")
    misses = worst_misses(found, "A", 10)
    assert "| garden | 2 | `src/garden/plot_3/carrots.py` | look | listing | edited | " in misses
    assert kinds_table(found, "B").count("\n") == 2


def test_the_picture_shows_every_strength_and_marks_the_default() -> None:
    points = [
        point(at, net=net, kept=kept)
        for at, net, kept in ((0, 0.9, 100), (1, 0.8, 99), (3, 0.7, 90))
    ]

    svg = as_svg(points)

    assert svg.count("<circle") == 9
    assert svg.count(' r="5"') == 3
    assert all(name in svg for name in ("half A", "half B", ">all<"))
    assert svg in as_page(points)
    assert "<script" not in as_page(points)


def test_the_command_prints_the_curve_and_writes_the_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a-1.json").write_text(json.dumps(anthropic_body()))

    picture = str(tmp_path / "c.html")
    strength.main([str(tmp_path), "--strengths", "0,1", "--kinds", "--picture", picture])

    told = capsys.readouterr().out
    assert "| 0 | all | 1.0000 |" in told
    assert "Strength 1, half B, strict, by kind and by pass" in told
    assert all(f"| {kind} | +0.00 · +0.00 |" in told for kind in strength.kinds())
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")
