"""The benchmark of how fast compressors are, over texts made up here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.hostile import SHAPES
from benchmarks.speed import Timed, Times, made_sample, timed, workers
from benchmarks.synthetic import made_texts
from headroom.compressors import COMPRESSORS, REDUCERS


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_twice_as_long_at_twice_the_size(shape: str) -> None:
    once, twice = len(SHAPES[shape](10_000)), len(SHAPES[shape](20_000))

    assert 5_000 < once < 30_000
    assert 1.7 < twice / once < 2.6


def test_texts_of_all_kinds_are_made_the_same_every_time() -> None:
    made = made_texts(2_000)

    assert made == made_texts(2_000)
    assert len({one.kind for one in made}) == len(made)
    assert all(1_999 <= len(one.text) < 3_000 for one in made)


def test_every_compressor_and_reducer_is_measured_and_all_of_planning() -> None:
    assert len(workers()) == len(COMPRESSORS) + len(REDUCERS) + 1
    assert list(workers(["log", "pipeline"])) == ["log", "pipeline"]


@pytest.mark.parametrize("name", workers())
def test_each_says_whether_a_text_is_of_its_kind(name: str) -> None:
    text = made_sample("nothing", "~~ == ~~ == ~~ == ~")

    found = timed(workers()[name], text, tokens=4)

    assert (found.is_own, found.characters, found.tokens) == (False, 19, 4)
    assert found.ms >= 0


def test_times_are_told_per_token_and_per_character() -> None:
    times = Times([Timed(f"text {n}", 1_000, 250, ms=n / 100, is_own=True) for n in range(1, 101)])

    assert times.mb_per_s() == "2.0"
    assert (times.at(0.5), times.at(0.99)) == ("20.40", "40.00")
    assert times.slowest() == "text 100"
    assert (Times().mb_per_s(), Times().at(0.5), Times().slowest()) == ("–", "–", "–")


def test_the_command_tells_own_texts_others_and_shapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    sample = {"content": "one line of prose, and no more. " * 200, "content_type": "log"}
    (tmp_path / "logs" / "prose.json").write_text(json.dumps(sample))

    speed.main([str(tmp_path), "--only", "numbered", "--all-shapes", "--size", "2000"])

    told = capsys.readouterr().out
    assert "18 texts" in told
    assert "| numbered | 1 | " in told
    assert "made up/numbered file | 17 |" in told
    assert all(f"`{shape}`".replace("|", "¦") in told for shape in SHAPES)
