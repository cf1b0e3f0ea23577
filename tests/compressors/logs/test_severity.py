"""Levels and words of failure, as programs write them."""

from __future__ import annotations

import pytest

from headroom.compressors.logs.severity import BAD, fails, level_of


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2024-05-01 12:00:01 ERROR pool: lost", "ERROR"),
        ("2024-05-01 12:00:01 [WARNING] slow", "WARN"),
        ("[Sun Dec 04 04:47:44 2005] [error] mod_jk", "ERROR"),
        ('time="…" level=info msg="up"', "INFO"),
        ('{"level":"debug","msg":"x"}', "DEBUG"),
        ("03-17 16:13:38.811  1702  2395 D TextView: x", "DEBUG"),
        ("npm ERR! code 1", "ERROR"),
        ("src/a.c:12:5: warning: unused", "WARN"),
        ("error[E0308]: mismatched types", "ERROR"),
        ("RAS KERNEL FATAL data storage interrupt", "FATAL"),
    ],
)
def test_levels_are_read_however_they_are_written(line: str, level: str) -> None:
    assert level_of(line) == level


@pytest.mark.parametrize(
    "line", ["", "INFORMATION desk", "an error in between", f"{'x' * 200} ERROR"]
)
def test_a_line_without_a_level_has_none(line: str) -> None:
    assert level_of(line) == ""


def test_what_is_worse_than_a_warning_is_bad() -> None:
    assert {"ERROR", "FATAL", "CRITICAL"} <= BAD
    assert not {"WARN", "INFO", "NOTICE", ""} & BAD


@pytest.mark.parametrize(
    "line", ["connection refused", "valueerror: x", "2 tests failed", "panic:"]
)
def test_words_of_failure_are_found(line: str) -> None:
    assert fails(line)


@pytest.mark.parametrize("line", ["all is well", "/errorreport:prompt", "failsafe mode", ""])
def test_words_that_only_begin_so_are_not(line: str) -> None:
    assert not fails(line)
