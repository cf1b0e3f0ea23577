"""Diffs that are cut down: what stays, what is told, and that it still applies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from headroom.compressors.base import Ask, Origin
from headroom.compressors.diff import Diff
from tests.compressors.cut_cases import cut, is_shown
from tests.compressors.golden import cases, read

DIFF = Diff()
MARKER = "\n[3 of 9 lines left out. Original kept: hash=000]\n"


def git(folder: Path, *arguments: str, text: str | None = None) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    given = None if text is None else text.encode()
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def write(folder: Path, name: str, lines: list[str], ending: str = "\n") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(ending.join([*lines, ""]).encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a commit, and changes of every kind on top of it."""
    git(tmp_path, "init", "-q")
    code = [f"line {n} of the source that is shown here" for n in range(120)]
    write(tmp_path, "src/app.py", code)
    write(tmp_path, "src/windows.py", code, "\r\n")
    write(tmp_path, "docs/guide.md", [f"Sentence {n} of a guide." for n in range(40)])
    write(tmp_path, "src/gone.py", code[:30])
    write(tmp_path, "src/moved.py", code[:50])
    write(tmp_path, "package-lock.json", [f'"dep-{n}": "1.0.{n}",' for n in range(60)])
    (tmp_path / "src/ends.py").write_text("one\ntwo\nthree\nfour")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    changed = [line.replace("is shown", "was shown") if n % 20 == 5 else line
               for n, line in enumerate(code)]  # fmt: skip
    write(tmp_path, "src/app.py", [*changed[:60], "added in the middle", *changed[60:]])
    write(tmp_path, "src/windows.py", changed, "\r\n")
    write(tmp_path, "docs/guide.md", [f"Sentence {n} of the guide." for n in range(40)])
    (tmp_path / "src/gone.py").unlink()
    (tmp_path / "src/moved.py").rename(tmp_path / "src/there.py")
    write(tmp_path, "src/there.py", [*code[:49], "its last line"])
    write(tmp_path, "package-lock.json", [f'"dep-{n}": "1.1.{n}",' for n in range(60)])
    write(tmp_path, "src/new.py", [f"def new_{n}(): ..." for n in range(90)])
    (tmp_path / "src/ends.py").write_text("one\ntwo\nthree\nfive")
    git(tmp_path, "add", "-A")
    git(tmp_path, "update-index", "--chmod=+x", "src/ends.py")
    return tmp_path


@pytest.mark.parametrize("case", cases("diff"), ids=lambda case: case.stem)
def test_diffs_look_as_reviewed_and_as_their_page_shows(case: Path) -> None:
    assert cut(DIFF, case) == read(case.with_suffix(".out"))
    assert is_shown(case)


@pytest.mark.parametrize("room", [900, 2_000, 4_000, 6_000, 9_000])
def test_what_stays_of_a_diff_still_applies(folder: Path, room: int) -> None:
    text = git(folder, "diff", "--cached", "-M")
    git(folder, "reset", "-q", "--hard")

    reduced = DIFF.reduce(text, Ask(room=room))

    assert reduced is not None
    git(folder, "apply", "--check", text=reduced.before + MARKER)


def test_without_any_context_it_applies_as_git_wants_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    code = [f"    a line of source that is rather long, number {n:04}" for n in range(400)]
    write(tmp_path, "src/app.py", code)
    git(tmp_path, "add", "-A")
    changed = [f"x{n}" if n % 9 == 4 else line for n, line in enumerate(code)]
    write(tmp_path, "src/app.py", changed)
    text = git(tmp_path, "diff")
    write(tmp_path, "src/app.py", code)

    reduced = DIFF.reduce(text, Ask(room=7_000))

    assert reduced is not None
    assert reduced.before.count("\n  ") == 12
    git(tmp_path, "apply", "--unidiff-zero", text=reduced.before + MARKER)
    assert (tmp_path / "src/app.py").read_text().split("\n")[:-1] == changed


def test_a_lock_file_leaves_and_its_changes_are_counted(folder: Path) -> None:
    text = git(folder, "diff", "--cached")

    reduced = DIFF.reduce(text, Ask(room=100_000))

    assert reduced is not None
    assert "dep-1" not in reduced.before
    assert "[… package-lock.json: 1 hunk left out: @@ -1,60 +1,60 @@ (+60 −60)]" in reduced.before
    assert reduced.told == " (1 hunk in 1 file)"


def test_every_file_is_named(folder: Path) -> None:
    text = git(folder, "diff", "--cached", "-M")
    names = git(folder, "diff", "--cached", "--name-only").split()

    reduced = DIFF.reduce(text, Ask(room=600))

    assert reduced is not None
    assert [name for name in names if name not in reduced.before] == []


def test_what_the_task_names_stays_whole_before_anything_else(folder: Path) -> None:
    text = git(folder, "diff", "--cached")

    reduced = DIFF.reduce(text, Ask(words=frozenset({"docs/guide.md"}), room=3_000))

    assert reduced is not None
    assert "+Sentence 39 of the guide." in reduced.before


def test_who_reviews_sees_all_that_changed_but_not_generated_files(folder: Path) -> None:
    text = git(folder, "diff", "--cached")
    asked = Ask(words=frozenset({"added/removed"}), room=2_000)

    reduced = DIFF.reduce(text, asked)

    assert reduced is not None
    shown = set(reduced.before.split("\n"))
    changes = [
        line
        for line in text.split("\n")
        if line[:1] in "+-" and "dep-" not in line and "lock" not in line
    ]
    assert [line for line in changes if line.rstrip("\r") and line not in shown] == []


def test_of_a_log_with_patches_each_commit_stays_by_hash_and_subject() -> None:
    hunk = "".join(
        f"@@ -{n}0,3 +{n}0,3 @@\n a\n-{n} before\n+{n} after\n b\n" for n in range(1, 30)
    )
    body = "    It is said at length here.\n" * 30
    patch = (
        f"diff --git a/x.py b/x.py\nindex 1234567..89abcde 100644\n--- a/x.py\n+++ b/x.py\n{hunk}"
    )
    text = "\n".join(
        f"commit {n:040x}\nAuthor: A <a>\nDate:   now\n\n    Subject {n}\n\n{body}\n{patch}"
        for n in range(4)
    )

    reduced = DIFF.reduce(text, Ask(room=4_000))

    assert reduced is not None
    assert all(f"commit {n:040x}\n" in reduced.before for n in range(4))
    assert all(f"    Subject {n}\n" in reduced.before for n in range(4))
    assert len(reduced.before) < 6_000


def test_of_a_long_text_before_a_diff_the_beginning_and_the_end_stay() -> None:
    message = "".join(f"Sentence {n} of what is said of the patch.\n" for n in range(60))
    hunks = "".join(f"@@ -{n}0 +{n}0 @@\n-{n} before\n+{n} after\n" for n in range(1, 99))
    text = f"Subject: a patch\n\n{message}---\n x.py | 98 +-\n--- a/x.py\n+++ b/x.py\n{hunks}"

    reduced = DIFF.reduce(text, Ask(room=2_400))

    assert reduced is not None
    assert reduced.before.startswith("Subject: a patch\n\nSentence 0 ")
    assert "of the patch.\n[… lines 15-57 left out]\nSentence " in reduced.before
    assert "\n x.py | 98 +-\n--- a/x.py\n" in reduced.before
    assert reduced.gone_lines[0] == (15, 57)


def test_files_generated_by_what_they_say_leave_too() -> None:
    top = "+// Code generated by protoc-gen-go. DO NOT EDIT.\n"
    text = (
        "diff --git a/api/shop.go b/api/shop.go\nnew file mode 100644\n--- /dev/null\n"
        f"+++ b/api/shop.go\n@@ -0,0 +1,101 @@\n{top}" + "+func (x *Order) Reset() { }\n" * 100
    )

    reduced = DIFF.reduce(text, Ask(room=100_000))

    assert reduced is not None
    assert reduced.before == (
        "[… api/shop.go (new): 1 hunk left out: @@ -0,0 +1,101 @@ (+101): func (x *Order) Reset]"
    )


@pytest.mark.parametrize(
    "text",
    [
        "A sentence about diff --git and @@ -1 +1 @@.\n" * 100,
        "diff -u is a program that shows what differs.\n" * 100,
        "A long report.\n" * 200 + "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    ],
)
def test_what_is_no_long_diff_is_left_to_others(text: str) -> None:
    assert DIFF.reduce(text, Ask(Origin(command="git diff"), room=500)) is None
