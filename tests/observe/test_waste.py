"""The signals of waste, by the kind of content and the strategies that shortened it."""

from __future__ import annotations

import pytest

from headroom.observe.waste import WASTE, waste_of


@pytest.mark.parametrize(
    ("kind", "by", "signal"),
    [
        ("records", "smart_crusher+repeat", "json_bloat"),
        ("markup", "html", "html_noise"),
        ("log", "log+repeat", "repetition"),
        ("", "clean", "whitespace"),
        ("log", "log", ""),
        ("", "", ""),
    ],
)
def test_what_was_shortened_is_told_as_one_signal_or_none(kind: str, by: str, signal: str) -> None:
    assert waste_of(kind, by) == signal
    assert signal in (*WASTE, "")
