"""Histories that are cut down: each commit stays, what it says at length leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.compressors.base import Ask, Origin
from headroom.compressors.history import History
from tests.compressors.cut_cases import cut, is_shown
from tests.compressors.golden import cases, read

HISTORY = History()
LOG = "\n".join(
    f"commit {n:040x}\nAuthor: Ada <ada@example.com>\nDate:   now\n\n    Subject {n}\n    \n"
    + f"    The message of number {n} is long.\n" * 8
    + f"\n src/part_{n}.py | 12 ++++++------\n 1 file changed, 6 insertions(+), 6 deletions(-)\n"
    for n in range(30)
)
LINES = [f"{n:08x} Change the part with the number {n}" for n in range(10**6, 10**6 + 80)]


@pytest.mark.parametrize("case", cases("history"), ids=lambda case: case.stem)
def test_histories_look_as_reviewed_and_as_their_page_shows(case: Path) -> None:
    assert cut(HISTORY, case) == read(case.with_suffix(".out"))
    assert is_shown(case)


def test_each_commit_stays_by_hash_and_subject() -> None:
    reduced = HISTORY.reduce(LOG, Ask(room=4_000))

    assert reduced is not None
    assert all(f"commit {n:040x}\n" in reduced.before for n in range(30))
    assert all(f"    Subject {n}\n" in reduced.before for n in range(30))
    assert len(reduced.before) < 5_500
    assert " 1 file changed, 6 insertions(+), 6 deletions(-)" in reduced.before[-120:]


def test_a_commit_named_by_the_task_stays_whole() -> None:
    reduced = HISTORY.reduce(LOG, Ask(words=frozenset({f"{17:040x}"}), room=3_000))

    assert reduced is not None
    assert "    The message of number 17 is long.\n" * 8 in reduced.before
    assert "number 16" not in reduced.before


def test_words_of_the_call_tell_nothing_apart() -> None:
    call = Origin(command="git log --stat src/part_3.py")
    words = frozenset({"git", "log", "src/part_3.py"})

    assert HISTORY.reduce(LOG, Ask(call, words, 3_000)) == HISTORY.reduce(
        LOG, Ask(call, room=3_000)
    )


def test_the_oldest_leave_where_not_even_subjects_have_room() -> None:
    reduced = HISTORY.reduce(LOG, Ask(room=1_000))

    assert reduced is not None
    assert f"commit {0:040x}" in reduced.before
    assert f"commit {28:040x}" not in reduced.before
    assert " commits]\n" in reduced.before


def test_of_one_line_logs_the_newest_the_fixes_and_what_is_named_stay() -> None:
    lines = list(LINES)
    lines[60] = "0badcafe Fix the rounding of sums"
    lines[70] = "0000beef Merge branch 'main' into parts"
    text = "\n".join(lines)

    reduced = HISTORY.reduce(text, Ask(words=frozenset({lines[40][:8]}), room=1_500))

    assert reduced is not None
    shown = reduced.before.split("\n")
    wanted = [*lines[:12], *lines[39:42], lines[60], lines[79]]
    assert [line for line in wanted if line not in shown] == []
    assert lines[70] not in shown
    assert "1 merge or update among them]" in reduced.before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "commit to the plan, they said.\n" * 200,
        "deadbeef is no log\n" * 5 + "but a text about something else\n" * 200,
        LOG[:900],
        LOG.replace("    The message", "The message"),
        "\n".join(LINES[:10]),
    ],
)
def test_what_is_no_long_log_is_left_to_others(text: str) -> None:
    assert HISTORY.reduce(text, Ask(room=1_000)) is None
