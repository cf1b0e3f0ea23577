"""Long listings lose what tells least of how things lie, and say how much of it there was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, whole
from headroom.compressors.directory_digest import DirectoryDigest
from headroom.compressors.listing import Listing
from tests.compressors.golden import cases, read
from tests.compressors.golden_finds import asked, shortened
from tests.compressors.reductions_page import shown_on

DIGEST = DirectoryDigest()
FIND = Origin(tool="bash", command="find .")


def found(directories: int, files: int) -> str:
    return "".join(f"./src/room{d}/shelf{n}.py\n" for d in range(directories) for n in range(files))


@pytest.mark.parametrize("case", cases("directory_digest"), ids=lambda case: case.stem)
def test_shortened_listings_look_as_reviewed(case: Path) -> None:
    assert shortened(case).before == read(case.with_suffix(".out"))


def test_a_shortened_tree_is_still_drawn_as_one() -> None:
    text = shortened(Path(cases("directory_digest")[-1])).before

    encoded = Listing().encode(text, Origin())

    assert encoded is not None
    assert "\\" not in encoded
    assert Listing().decode(encoded) == text


ENTRIES = st.sampled_from(
    [
        f"{way}/{name}"
        for way in (
            "src",
            "src/a b",
            "node_modules",
            "src/node_modules/x",
            "./tests",
            "src/deep/er",
        )
        for name in ("x.py", "y", "package.json", "z.css")
    ]
)
OTHERS = st.sampled_from(["", "42 files", "./src"])


@given(st.lists(ENTRIES | ENTRIES | OTHERS, min_size=45, max_size=120))
def test_what_stays_is_as_it_was_and_in_its_order(lines: list[str]) -> None:
    reduced = DIGEST.reduce("\n".join(lines), Ask(FIND, room=300))

    if reduced is not None and reduced.gone:
        staying = [one for one in reduced.before.split("\n") if not one.startswith("[… ")]
        rest = iter(lines)
        assert all(any(line == one for line in rest) for one in staying)


@given(st.integers(2, 30), st.integers(2, 30))
def test_every_directory_can_still_be_seen_and_every_entry_is_counted(d: int, n: int) -> None:
    reduced = DIGEST.reduce(found(d, n), Ask(FIND, room=800))

    if reduced is not None and reduced.gone:
        assert all(f"room{one}/" in reduced.before for one in range(min(d, 40)))
        notes = [line for line in reduced.before.split("\n") if line.startswith("[… ")]
        kept = len(reduced.before.split("\n")) - len(notes)
        assert kept + sum(int(note.split()[1].replace(",", "")) for note in notes) == d * n


def test_an_entry_that_the_task_names_stays() -> None:
    text = found(10, 100).replace("./src/room7/shelf63.py", "./src/room7/attic_key.py")

    reduced = DIGEST.reduce(text, asked("find .", "Where is attic_key.py?", 500))

    assert reduced is not None
    assert "./src/room7/attic_key.py" in reduced.before


def test_both_ends_and_the_largest_files_stay() -> None:
    rows = [f"-rw-r--r-- 1 ada staff {900 + n:>7} Nov 21 02:40 shelf{n}.py" for n in range(200)]
    rows[120] = "-rw-r--r-- 1 ada staff 9000000 Nov 21 02:40 shelf120.py"

    reduced = DIGEST.reduce("\n".join(rows), Ask(Origin("bash", "ls -l"), room=400))

    assert reduced is not None
    shown = reduced.before.split("\n")
    assert {rows[0], rows[120], rows[199]} <= set(shown)


def test_no_path_that_git_says_something_of_is_left_out() -> None:
    changed = "".join(f"\tmodified:   src/room{n % 7}/shelf{n}.py\n" for n in range(200))
    text = f"On branch main\nChanges not staged for commit:\n{changed}"

    assert DIGEST.reduce(text, Ask(Origin("bash", "git status"), room=800)) == whole(text)


@pytest.mark.parametrize(
    "command", ["git diff --name-only main", "npm ls --all", "cargo tree", "git log --name-status"]
)
def test_lists_of_what_changed_and_of_packages_are_left_alone(command: str) -> None:
    assert DIGEST.reduce(found(10, 50), Ask(Origin("bash", command), room=500)) is None


def test_listings_that_are_short_enough_stay_whole() -> None:
    assert DIGEST.reduce(found(2, 30), Ask(FIND, room=4_000)) == whole(found(2, 30))
    assert DIGEST.reduce("./a/" + "b" * 900 + "\n./c/d\n", Ask(FIND, room=100)) is None


def test_the_page_shows_an_example_that_is_real() -> None:
    assert shown_on("directory_digest") == "directory_digest-find"
