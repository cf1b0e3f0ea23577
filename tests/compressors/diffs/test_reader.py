"""Diffs that are read: every line has its place, whatever made them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.diffs.reader import Around, Change, FilePatch, Part, read_diff, sides_of

LINES = st.sampled_from(
    [
        "diff --git a/x.py b/x.py",
        "diff --cc y.py",
        "diff -r one two",
        "Index: z.py",
        "index 123..456 100644",
        "new file mode 100644",
        "--- a/x.py",
        "+++ b/x.py",
        "--- /dev/null",
        "@@ -1,2 +1,3 @@ def run():",
        "@@ -1 +1 @@",
        "@@ -0,0 +1 @@\r",
        "@@@ -1,2 -1,2 +1,3 @@@",
        "@@ -1,999999999 +1 @@",
        " context",
        "+added",
        "-removed",
        "++both",
        " -one",
        "\\ No newline at end of file",
        "GIT binary patch",
        "literal 12",
        "zcmV-somebase85",
        "",
        "\r",
        "commit 123",
    ]
)


def lines_of(parts: list[Part]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Around):
            lines += part.lines
            continue
        lines += [*part.header, *part.blob]
        for hunk in part.hunks:
            changes = "\n".join(change.line for change in hunk.changes)
            lines += [hunk.header, *(changes.split("\n") if hunk.changes else ())]
    return lines


def only(text: str) -> FilePatch:
    (part,) = read_diff(text.split("\n"))
    assert isinstance(part, FilePatch)
    return part


@given(st.lists(LINES, max_size=40))
def test_every_line_stands_in_one_part(lines: list[str]) -> None:
    assert lines_of(read_diff(lines)) == lines


@given(st.lists(LINES, max_size=30))
def test_hunks_know_on_which_line_they_begin(lines: list[str]) -> None:
    parts = read_diff(lines)

    hunks = [hunk for part in parts if isinstance(part, FilePatch) for hunk in part.hunks]
    assert [lines[hunk.at] for hunk in hunks] == [hunk.header for hunk in hunks]


def test_a_file_of_git_has_its_path_its_state_and_its_hunks() -> None:
    patch = only(
        "diff --git a/src/a b.py b/src/a b.py\nnew file mode 100644\nindex 0000000..1234567\n"
        "--- /dev/null\n+++ b/src/a b.py\t\n@@ -0,0 +1,2 @@\n+one\n+two"
    )

    assert (patch.path, patch.is_new, patch.is_gone) == ("src/a b.py", True, False)
    (hunk,) = patch.hunks
    assert (hunk.starts, hunk.added, hunk.removed, hunk.height) == ((1, 1), 2, 0, 3)


def test_paths_of_files_without_changes_are_those_of_the_first_line() -> None:
    renamed = "diff --git a/old.py b/new.py\nsimilarity index 100%\nrename from old.py\n"
    assert only(renamed + "rename to new.py").path == "new.py"


def test_other_diffs_have_paths_too() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b"
    assert only(f"--- one/x.c\t2026-01-01 10:00\n+++ two/x.c\t2026-01-02\n{hunk}").path == "two/x.c"
    assert only(f"Index: x.c\n{'=' * 67}\n--- x.c\t(r 1)\n+++ x.c\t(r 2)\n{hunk}").path == "x.c"
    assert only(f"diff -r one/x.c two/x.c\n{hunk}").path == "two/x.c"


def test_a_hunk_ends_where_its_header_says_or_where_it_was_cut() -> None:
    text = "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n-- \n2.39"
    patch, after = read_diff(text.split("\n"))
    assert isinstance(patch, FilePatch)
    assert [change.line for change in patch.hunks[0].changes] == ["-a", "+b", " c"]
    assert after == Around(("-- ", "2.39"), 6, 8)

    cut = only("--- a\n+++ b\n@@ -1,90 +1,90 @@\n-a\n+b")
    assert cut.hunks[0].added == cut.hunks[0].removed == 1


def test_a_remark_about_the_end_of_a_file_belongs_to_its_line() -> None:
    patch = only("--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b")

    assert patch.hunks[0].changes[0] == Change("-", "-a\n\\ No newline at end of file")


def test_blanks_that_a_tool_cut_are_context() -> None:
    patch = only("--- a\n+++ b\n@@ -1,3 +1,3 @@\n-a\n+b\n\n c")

    assert [change.is_context for change in patch.hunks[0].changes] == [False, False, True, True]


def test_combined_diffs_have_a_mark_per_parent() -> None:
    patch = only("diff --cc x.py\nindex 1,2..3\n--- a/x.py\n+++ b/x.py\n"
                 "@@@ -1,2 -1,2 +1,3 @@@ def run\n  a\n- b\n -c\n++d\n +e")  # fmt: skip

    (hunk,) = patch.hunks
    assert (hunk.starts, hunk.section) == ((1, 1, 1), " def run")
    assert sides_of(" +") == (True, False, True)
    assert sides_of("- ") == (True, False, False)
    assert (hunk.added, hunk.removed) == (2, 2)


def test_binary_patches_are_kept_apart() -> None:
    blob = "literal 30\nzcmV-O0000000000000000000000000000000\n\nliteral 0\nHcmV?d00001"
    header = "diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch"
    patch, after = read_diff(f"{header}\n{blob}\n\nand so on".split("\n"))

    assert isinstance(patch, FilePatch)
    assert "\n".join(patch.blob) == blob
    assert isinstance(after, Around)


def test_sentences_about_diffs_are_no_diffs() -> None:
    lines = ("diff -u is a program", "it is said", "--- a line", "+++ and one more", "text")

    assert read_diff(lines) == [Around(lines, 0, 5)]
