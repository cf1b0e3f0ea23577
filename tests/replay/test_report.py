from __future__ import annotations

import dataclasses
import io
import json
from decimal import Decimal

from rich.console import Console

from headroom.outcome import Rewrite
from headroom.replay.bill import STANDARD, Tokens
from headroom.replay.report import as_json, as_text, rewrites_told
from headroom.replay.summary import Summary, summarise
from tests.replay.measures import NAME, measure, summary


def _text() -> str:
    return _printed(summary())


def _printed(found: Summary) -> str:
    written = io.StringIO()
    Console(width=200, file=written).print(as_text(found, way="offline"))
    return written.getvalue()


def test_the_text_says_what_a_reader_wants_to_know() -> None:
    text = _text()

    assert "2 sessions, 6 turns, replayed offline: counted in tokens, the bill is" in text
    assert "Worst session:" in text
    assert "from the result of look (listing), changed by edited" in text
    assert "Price unknown, so not in any dollar figure: a-model-of-our-own." in text


def test_names_and_errors_from_outside_are_shown_as_they_are() -> None:
    text = _text()

    assert NAME in text
    assert "HTTP 502: [red]<b>" in text


def test_long_lists_are_cut_and_say_so() -> None:
    text = _printed(summarise([measure(f"s{n}") for n in range(45)]))

    assert "and 5 smaller ones" in text
    assert "further misses" in text
    assert "further errors" in text


def test_the_json_holds_everything_and_no_value_that_json_lacks() -> None:
    found = json.loads(json.dumps(as_json(summary(), way="offline"), allow_nan=False))

    assert found["total"]["sessions"] == 2
    assert found["total"]["net"]["standard"] == summary().net(STANDARD)
    assert found["sessions"][0]["misses"][0]["span"] == "src/garden/plot_3/carrots.py"
    assert found["sessions"][1]["dollars"] is None
    dollars = {name: Decimal(value) for name, value in found["total"]["dollars"].items()}
    assert dollars["saved"] == dollars["direct"] - dollars["forwarded"]


def test_announced_rewrites_are_told_with_what_they_saved_and_apart_from_busts() -> None:
    plain = measure()
    dearer = plain.forwarded + Tokens(written=2_000)
    rewriting = dataclasses.replace(
        plain, rewrites=(Rewrite("free", 1_500, 0, 99.0),), unrewritten=dearer
    )
    found = summarise([rewriting, plain])

    total = as_json(found, way="offline")["total"]
    session = as_json(found, way="offline")["sessions"][0]

    assert "(by the client itself: 0); 1 announced rewrite saved 2,500 tokens' worth." in (
        _printed(found)
    )
    assert (total["busts"], total["rewrites"]) == (0, 1)
    assert total["rewrites_saved"]["standard"] == 2_500
    assert session["rewrites"] == [
        {"occasion": "free", "tokens": 1_500, "turns": 0, "gain_expected": 99.0}
    ]
    assert rewrites_told(summarise([plain])) == ""
