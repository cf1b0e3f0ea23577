"""What the lines of a log are."""

from __future__ import annotations

import pytest

from headroom.compressors.diffs.commit_log import (
    ROUTINE,
    TELLING,
    commit_kinds,
    is_commit,
    one_line_commits,
)

LOG = """\
commit 0123456789abcdef0123456789abcdef01234567 (HEAD -> main, tag: v1)
Merge: 0123456 89abcde
Author:     Ada <ada@example.com>
CommitDate: Thu Nov 19 16:02:11 2026 +0100

    Subject
{blank}
    * fix: one
    Signed-off-by: Ada <ada@example.com>

 src/app.py | 12 ++--
 logo.png   | Bin 0 -> 1234 bytes
 2 files changed, 3 insertions(+)
M\tsrc/app.py
what is this""".replace("{blank}", "    ")


def test_each_line_has_its_kind() -> None:
    assert list(commit_kinds(LOG.split("\n"))) == [
        *("commit", "head", "head", "head", "head"),
        *("subject", "blank", "body", "trailer", "blank"),
        *("stat", "stat", "total", "stat", "other"),
    ]


def test_commits_are_told_by_their_hash() -> None:
    assert is_commit("commit 0123456789abcdef0123456789abcdef01234567")
    assert is_commit("commit 0123456\r")
    assert not is_commit("commit to it")
    assert not is_commit("    commit 0123456789abcdef")


def test_one_line_logs_may_draw_a_graph() -> None:
    lines = [f"* {n:07x} (HEAD) Subject {n}" for n in range(12)]
    lines[3:3] = ["|\\  ", "| * 0123abc Another", "|/"]

    found = one_line_commits([*lines, ""])

    assert found is not None
    assert found[0] == ("0000000", "(HEAD) Subject 0")
    assert found[3:6] == [("", ""), ("0123abc", "Another"), ("", "")]


def test_other_lines_make_it_another_text() -> None:
    lines = [f"{n:07x} Subject {n}" for n in range(20)]

    assert one_line_commits([*lines, "and this"]) is None
    assert one_line_commits(lines[:5]) is None


@pytest.mark.parametrize(
    "line",
    [
        "{0:08x} (Ada Example 2026-11-19 16:02:11 +0100 {0}) the line of the source that is blamed",
        "{0:08x} src/app.py (Ada Example 2026-11-19 16:02:11 +0100 {0}) and more of the source",
        "{0:032x}  src/part_{0}.py",
        "{0:07o} 022626 005000 104401 004567 001354 000002 016500 000004",
    ],
)
def test_blame_checksums_and_dumps_are_no_logs(line: str) -> None:
    assert one_line_commits([line.format(number) for number in range(40)]) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Bump ledger from 1 to 2",
        "Merge pull request #12 from a/b",
        "chore(deps): update x",
        "Roll third_party/benchmark to f7547e29",
        "build(deps-dev): bump hbs",
    ],
)
def test_what_bots_and_merges_say_is_routine(subject: str) -> None:
    assert ROUTINE.search(subject)
    assert not TELLING.search(subject)


@pytest.mark.parametrize("subject", ["Fix a crash", "fixes #12", 'Revert "x"', "CVE-2026-1 again"])
def test_what_was_wrong_is_telling(subject: str) -> None:
    assert TELLING.search(subject)
    assert not ROUTINE.search(subject)
