"""Hunks with less context: what stays is where the new header says."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.diffs.reader import FilePatch, Hunk, read_diff
from headroom.compressors.diffs.trim import cut, trimmed

FILES = st.lists(
    st.sampled_from(["a line that is long enough to count for a gap", "b", ""]), max_size=60
)
EDITS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["new", "gone"])), max_size=8)


def edited(lines: list[str], edits: list[tuple[int, str]]) -> list[str]:
    changed = list(lines)
    for at, what in edits:
        if what == "new" or not changed:
            changed.insert(min(at, len(changed)), f"new at {at}")
        else:
            del changed[at % len(changed)]
    return changed


def hunks_of(before: list[str], after: list[str]) -> list[Hunk]:
    text = list(difflib.unified_diff(before, after, "a", "b", lineterm=""))
    return [h for part in read_diff(text) if isinstance(part, FilePatch) for h in part.hunks]


def read_again(hunk: Hunk) -> Hunk:
    (patch,) = read_diff(["--- a", "+++ b", hunk.header, *(c.line for c in hunk.changes)])
    assert isinstance(patch, FilePatch)
    return patch.hunks[0]


def stands_in(hunk: Hunk, before: list[str], after: list[str]) -> bool:
    """Whether both sides of the hunk are found where it says."""
    old = [c.line[1:] for c in hunk.changes if c.marks in " -"]
    new = [c.line[1:] for c in hunk.changes if c.marks in " +"]
    one, other = (start - 1 for start in hunk.starts)
    return before[one : one + len(old)] == old and after[other : other + len(new)] == new


@given(FILES, EDITS, st.integers(0, 3))
def test_all_changes_stay_where_they_are(
    lines: list[str], edits: list[tuple[int, str]], context: int
) -> None:
    after = edited(lines, edits)

    for hunk in hunks_of(lines, after):
        pieces = list(trimmed(hunk, context))
        again = [read_again(piece) for piece in pieces]
        assert [piece.changes for piece in again] == [piece.changes for piece in pieces]
        assert all(stands_in(piece, lines, after) for piece in again)
        assert [c for piece in pieces for c in piece.changes if not c.is_context] == [
            c for c in hunk.changes if not c.is_context
        ]


@given(FILES, EDITS, st.integers(0, 30))
def test_both_parts_of_a_hunk_stand_where_they_say(
    lines: list[str], edits: list[tuple[int, str]], at: int
) -> None:
    after = edited(lines, edits)

    for hunk in hunks_of(lines, after):
        head, tail = cut(hunk, min(at, len(hunk.changes)))
        assert head.changes + tail.changes == hunk.changes
        assert head.cut_from == tail.cut_from == hunk.header
        assert all(stands_in(read_again(part), lines, after) for part in (head, tail))


def test_a_hunk_that_has_no_more_context_is_the_same_hunk() -> None:
    (hunk,) = hunks_of(["a", "b", "c"], ["a", "x", "c"])

    assert list(trimmed(hunk, 1)) == [hunk]


def test_where_a_hunk_stands_is_said_of_its_first_piece_only() -> None:
    before = [f"a line of the source with the number {n}" for n in range(30)]
    after = [line + "!" if n in (3, 9, 15) else line for n, line in enumerate(before)]
    (hunk,) = hunks_of(before, after)
    named = Hunk(hunk.header + " def run\r", hunk.starts, " def run\r", hunk.changes, 7)

    pieces = list(trimmed(named, 1))

    assert [piece.header for piece in pieces] == [
        "@@ -3,3 +3,3 @@ def run\r",
        "@@ -9,3 +9,3 @@\r",
        "@@ -15,3 +15,3 @@\r",
    ]
    assert [piece.at for piece in pieces] == [9, 16, 23]


def test_combined_hunks_are_trimmed_on_all_sides() -> None:
    context = [f"  a line of context with the number {n}" for n in range(6)]
    text = ["diff --cc x.py", "@@@ -10,13 -20,13 +30,14 @@@", *context, "++new", "- one", *context]
    (patch,) = read_diff(text)
    assert isinstance(patch, FilePatch)

    (piece,) = trimmed(patch.hunks[0], 1)

    assert piece.header == "@@@ -15,3 -25,2 +35,3 @@@"
