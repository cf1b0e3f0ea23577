"""Stamps of many kinds, shortened below one another and read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs.stamps import SHOWN, restored, shortened, stamp_in

STAMPS = st.builds(
    lambda day, second, fraction: (
        f"2024-05-{day:02} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{fraction}"
    ),
    st.integers(1, 31),
    st.integers(0, 86_399),
    st.sampled_from(["", ",120", ",007", ".5"]),
)


@pytest.mark.parametrize(
    ("line", "stamp"),
    [
        ("2024-05-01 12:00:01,120 INFO up", "2024-05-01 12:00:01,120"),
        ("2024-05-01T12:00:01.120Z up", "2024-05-01T12:00:01.120"),
        ("Jun  5 02:04:59 host sshd[1]: x", "Jun  5 02:04:59"),
        ("[Sun Dec 04 04:47:44 2005] [error] x", "Sun Dec 04 04:47:44"),
        ('10.0.0.1 - - [10/Apr/2023:08:30:42 +0000] "GET /"', "10/Apr/2023:08:30:42"),
        ("03-17 16:13:38.811  1702  2395 D Tag: x", "03-17 16:13:38.811"),
        ("17/06/09 20:10:40 INFO x", "17/06/09 20:10:40"),
        ("081109 203615 148 INFO dfs.DataNode: x", "081109 203615"),
        ("2005-06-03-15.42.50.675872 R02 RAS x", "2005-06-03-15.42.50.675872"),
        ("12:00:01 up", "12:00:01"),
    ],
)
def test_the_stamps_of_many_programs_are_found(line: str, stamp: str) -> None:
    found = stamp_in(line)

    assert found is not None
    assert found[0] == stamp


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no time here",
        "src/app.py:12:5: error: x",
        "    at f (/srv/app.js:13:17)",
        "0000000 000407 002046 000036",
        f"{'x' * 70} 12:00:01",
    ],
)
def test_what_is_no_stamp_is_not_taken_for_one(line: str) -> None:
    assert stamp_in(line) is None


@pytest.mark.parametrize(
    ("above", "stamp", "shown"),
    [
        ("2024-05-01 12:00:01", "2024-05-01 12:00:01", ""),
        ("2024-05-01 12:00:01", "2024-05-01 12:00:54", ":54"),
        ("2024-05-01 12:00:01", "2024-05-01 12:09:01", ":09:01"),
        ("2024-05-01 12:00:01", "2024-05-01 13:00:01", "13:00:01"),
        ("2024-05-01 12:00:01", "2024-05-02 12:00:01", "2024-05-02 12:00:01"),
        ("Jun 15 02:04:59", "Jun 16 02:04:59", "16 02:04:59"),
        ("9:59:59", "10:00:00", "10:00:00"),
    ],
)
def test_a_stamp_is_shown_from_where_it_differs(above: str, stamp: str, shown: str) -> None:
    assert shortened(stamp, above) == shown


def test_a_stamp_shorter_than_the_one_above_is_not_shortened() -> None:
    assert shortened("9:59:59", "10:00:00") is None


@given(STAMPS, STAMPS)
def test_a_shortened_stamp_comes_back_and_looks_like_one(stamp: str, above: str) -> None:
    shown = shortened(stamp, above)

    if shown is not None:
        assert restored(shown, above) == stamp
        assert not shown or re.fullmatch(SHOWN, shown)
