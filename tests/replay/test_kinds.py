from __future__ import annotations

import pytest

from headroom.replay.kinds import KINDS, kind_of
from tests.replay.examples import LISTING, SOURCE

SAMPLES = {
    "numbered file": SOURCE,
    "JSON": '[{"bed": 1}, {"bed": 2}]',
    "search": "src/a.py:12:    sow(bed=1)\nsrc/b.py:7:sow(bed=2)",
    "listing": LISTING,
    "log": "2026-05-01 10:00:00 INFO sown\n2026-05-01 10:00:01 WARN no rain",
    "HTML": "<!doctype html><html><body><p>Carrots</p></body></html>",
    "diff": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-old\n+new",
    "other": "The carrots are where they were last year.",
}


@pytest.mark.parametrize(("kind", "text"), SAMPLES.items())
def test_each_kind_is_told_by_its_looks(kind: str, text: str) -> None:
    assert kind_of(text) == kind


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == set(KINDS)


def test_lines_of_json_are_json_too() -> None:
    assert kind_of('{"bed": 1}\n{"bed": 2}\n') == "JSON"


def test_nothing_is_of_no_particular_kind() -> None:
    assert kind_of("") == kind_of("\n \n") == "other"


def test_long_hostile_text_is_told_in_no_time() -> None:
    for pump in ("a:", "[", "<", "1", " ", "\\", "a/"):
        assert kind_of(pump * 200_000) in KINDS
