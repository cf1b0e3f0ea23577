"""Which hunks stay, by their files, their size and the task."""

from __future__ import annotations

from headroom.compressors.diff_choice import chosen
from headroom.compressors.diff_reader import FilePatch, read_diff
from headroom.compressors.path_kinds import kind_of


def patch(path: str, *hunks: list[str], header: str = "") -> FilePatch:
    lines = [f"diff --git a/{path} b/{path}", *header.split("\n")[: bool(header)], f"--- a/{path}"]
    lines += [f"+++ b/{path}"]
    for number, changes in enumerate(hunks):
        old = sum(line[0] in " -" for line in changes)
        new = sum(line[0] in " +" for line in changes)
        at = number * 1_000 + 10
        lines += [f"@@ -{at if old else 0},{old} +{at},{new} @@", *changes]
    (part,) = read_diff(lines)
    assert isinstance(part, FilePatch)
    return part


def changed(what: str, lines: int = 8) -> list[str]:
    return [" above", *(f"+{what} in line {n}" for n in range(lines)), " below"]


def shown(room: int, *patches: FilePatch, words: tuple[str, ...] = ()) -> dict[str, int]:
    """How many hunks stay of each file."""
    files = [(one, kind_of(one.path)) for one in patches]
    kept = chosen(files, frozenset(words), room)
    return {one.path: len(each.kept) for one, each in zip(patches, kept, strict=True) if each.kept}


FIRST, LAST = patch("a.toml", changed("first", 1)), patch("z.toml", changed("last", 1))


def test_sources_stay_before_tests_and_documents() -> None:
    files = [patch(name, changed("something")) for name in ("docs/a.md", "src/a.py", "tests/a.py")]

    assert shown(760, FIRST, *files, LAST).keys() == {"a.toml", "src/a.py", "z.toml"}


def test_what_the_task_names_stays_before_the_rest() -> None:
    files = [patch(name, changed(name[5:])) for name in ("docs/tax.md", "src/a.py", "src/b.py")]

    kept = shown(760, FIRST, *files, LAST, words=("why is the tax wrong",))

    assert kept.keys() >= {"docs/tax.md"}


def test_the_ends_stay() -> None:
    files = [patch(f"src/{n}.py", changed("something")) for n in range(5)]

    assert shown(500, FIRST, *files, LAST).keys() >= {"a.toml", "z.toml"}


def test_one_large_hunk_does_not_take_the_room_of_many_small_ones() -> None:
    large = patch("src/large.py", changed("something", 60))
    small = [patch(f"src/small_{n}.py", changed("something", 2)) for n in range(5)]

    kept = shown(1_900, FIRST, large, *small, LAST)

    assert len(kept) == 7
    assert "src/large.py" not in kept


def test_names_that_are_only_imported_come_last() -> None:
    imports = patch("src/a.py", [" x", *["+from shop import total"] * 8, " y"])
    code = patch("src/b.py", [" x", *["+shop = tax + total * 12"] * 8, " y"])

    assert shown(800, FIRST, imports, code, LAST).keys() == {"a.toml", "src/b.py", "z.toml"}


def test_of_a_new_file_that_is_too_long_its_beginning_stays() -> None:
    lines = [f"+def number_{n}(): return {n}" for n in range(200)]
    new = patch("src/new.py", lines, header="new file mode 100644")
    (kept,) = chosen([(new, "source")], frozenset(), 2_000)

    assert [len(hunk.changes) for hunk in kept.kept] == [40]
    assert [len(hunk.changes) for hunk in kept.gone] == [160]


def test_of_the_last_hunk_its_end_stays_where_the_file_does() -> None:
    last = patch("src/z.py", changed("something", 90))
    (_, kept) = chosen([(FIRST, "config"), (last, "source")], frozenset(), 900)

    assert [change.line for change in kept.kept[0].changes][-2:] == [
        "+something in line 89",
        " below",
    ]


def test_something_is_shown_of_a_diff_that_is_one_large_change() -> None:
    lines = [f"-the line with the number {n}" for n in range(300)]
    gone = patch("src/old.py", lines, header="deleted file mode 100644")

    (kept,) = chosen([(gone, "source")], frozenset(), 1_000)

    assert kept.kept[0].removed == 40


def test_a_gap_that_takes_as_long_to_tell_is_not_made() -> None:
    small = patch("src/a.py", ["+x"], ["+y"])
    large = [patch(f"src/{n}.py", changed("something", 20)) for n in range(4)]

    assert shown(700, FIRST, small, *large, LAST)["src/a.py"] == 2


def test_nothing_is_chosen_of_nothing() -> None:
    assert chosen([], frozenset(), 100) == []
