"""What is told of the parts of a diff that left."""

from __future__ import annotations

from headroom.compressors.diffs.reader import FilePatch, read_diff
from headroom.compressors.diffs.writer import Shown, written

FIRST = "@@ -1,2 +1,3 @@ def first(one, two, three, four, five, six, seven, eight, nine)"


def diff(path: str, state: str = "") -> str:
    header = f"diff --git a/{path} b/{path}\n{state}--- a/{path}\n+++ b/{path}\n"
    second = "@@ -9,2 +10,2 @@ class Second:\n-c\n+d\n e\n"
    return f"{header}{FIRST}\n a\n+b{' and more of it' * 9}\n c\n{second}"


def written_without(text: str, gone: dict[str, slice]) -> str:
    parts = read_diff(text.split("\n"))
    shown = [
        Shown(
            tuple(h for h in part.hunks if h not in part.hunks[gone.get(part.path, slice(0))]),
            part.hunks[gone.get(part.path, slice(0))],
        )
        for part in parts
        if isinstance(part, FilePatch)
    ]
    reduced = written(parts, shown, text)
    assert reduced is not None
    return reduced.before


def test_hunks_that_left_are_told_below_those_of_their_file() -> None:
    text = diff("a.py") + diff("b.py") + "and so on"

    assert written_without(text, {"a.py": slice(0, 1)}).split("\n")[3:8] == [
        "@@ -9,2 +10,2 @@ class Second:",
        "-c",
        "+d",
        " e",
        f"[… a.py: 1 of 2 hunks left out: {FIRST[:63]}… (+1)]",
    ]


def test_a_file_that_left_is_told_by_its_path_its_state_and_its_counts() -> None:
    text = diff("a.py", "deleted file mode 100644\n") + diff("b.py", "rename from c.py\n")

    before = written_without(text, {"a.py": slice(2), "b.py": slice(2)})

    first, second = before.split("\n")
    assert first.startswith("[… a.py (deleted): 2 hunks left out: @@ -1,2 +1,3 @@ def first(")
    assert first.endswith(" (+1), @@ -9,2 +10,2 @@ class Second: (+1 −1)]")
    assert second.startswith("[… b.py (renamed from c.py): 2 hunks left out: ")


def test_many_files_that_left_are_told_together() -> None:
    names = [f"src/{n}.py" for n in range(12)]
    text = "".join(map(diff, names))

    before = written_without(text, dict.fromkeys(names[1:11], slice(2)))

    assert (
        f"[… 10 files left out: {', '.join(f'{name} +2 −1' for name in names[1:11])}]\n" in before
    )


def test_binary_patches_are_named() -> None:
    text = "diff --git a/x.png b/x.png\nGIT binary patch\nliteral 3\nzcmV-O00000\n" + "zcmV00\n" * 9

    assert written_without(text, {}) == "[… x.png (binary): 11 lines left out]"


def test_lines_that_left_are_those_that_the_text_had() -> None:
    text = "before\n" + diff("a.py")
    parts = read_diff(text.split("\n"))
    patch = parts[1]
    assert isinstance(patch, FilePatch)

    reduced = written(parts, [Shown(patch.hunks[1:], patch.hunks[:1])], text)

    assert reduced is not None
    assert (reduced.gone, reduced.of, reduced.unit) == (4, 13, "lines")
    assert reduced.gone_lines == ((5, 8),)
    assert reduced.told == " (1 hunk in 1 file)"


def test_nothing_is_written_where_nothing_left() -> None:
    text = diff("a.py")
    parts = read_diff(text.split("\n"))
    patch = parts[0]
    assert isinstance(patch, FilePatch)

    assert written(parts, [Shown(patch.hunks)], text) is None
