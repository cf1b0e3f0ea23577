"""Which lines of a log stay, and how gaps are told."""

from __future__ import annotations

from headroom.compressors.diffs.commit_choice import cut_down


def commit(number: int, *message: str, files: str = "src/app.py") -> list[str]:
    return [
        f"commit {number:040x}",
        f"Author: Somebody with number {number} <somebody@example.com>",
        "Date:   Thu Nov 19 16:02:11 2026 +0100",
        "",
        f"    Subject {number}",
        *(f"    {line}".rstrip() for line in ("", *message)),
        "",
        f" {files} | 12 ++--",
        " 1 file changed, 6 insertions(+), 6 deletions(-)",
        "",
    ]


LONG = ["What it is about, in a sentence.", *["And so on, at great length."] * 9]
TWO = [*commit(1, *LONG), *commit(2, *LONG)]


def test_what_left_a_commit_is_told_below_it() -> None:
    cut = cut_down(TWO, (), 250)

    assert cut.shown == (
        f"commit {1:040x}",
        "    Subject 1",
        "[… lines 2-4, 6-20 left out]",
        "",
        f"commit {2:040x}",
        "    Subject 2",
        " 1 file changed, 6 insertions(+), 6 deletions(-)",
        "[… lines 22-24, 26-38 left out]",
        "",
    )
    assert cut.gone == (*range(2, 5), *range(6, 21), *range(22, 25), *range(26, 39))


def test_numbers_go_on_from_what_stands_above() -> None:
    assert cut_down(TWO, (), 250, 101).gone[:3] == (102, 103, 104)


def test_trailers_and_later_sentences_leave_first() -> None:
    text = [*commit(1, *LONG, "Signed-off-by: Ada <ada@example.com>"), *commit(2)]

    shown = cut_down(text, (), 760).shown

    assert "    What it is about, in a sentence." in shown
    assert "    Signed-off-by: Ada <ada@example.com>" not in shown
    assert shown.count("    And so on, at great length.") < 9


def test_in_a_list_of_subjects_those_that_fix_something_stay() -> None:
    items = [f"* add a thing with the number {n}" for n in range(9)]
    text = commit(1, *items, "* fix what was broken in the rounding of sums")

    shown = cut_down(text, (), 330).shown

    assert "    * fix what was broken in the rounding of sums" in shown
    assert "    * add a thing with the number 8" not in shown


def test_sources_stay_before_other_files() -> None:
    text = [*commit(1, files=f"docs/{'a' * 60}.md"), *commit(2, files="src/b.py"), *commit(3)]

    shown = cut_down(text, (), 600).shown

    assert " src/b.py | 12 ++--" in shown
    assert not any("docs/" in line for line in shown)


def test_commits_that_have_no_room_are_counted() -> None:
    text = [line for number in range(30) for line in commit(number, *LONG)]

    shown = cut_down(text, (), 700).shown

    assert any(line.endswith(" commits]") for line in shown)


def test_the_task_is_about_a_commit_by_its_words_or_its_hash() -> None:
    about = [*LONG[:1], "The rounding of sums was wrong.", *LONG[1:]]
    text = [*commit(1, *LONG), *commit(2, *about), *commit(3, *LONG), *commit(4, *LONG)]

    by_words = cut_down(text, ("rounding",), 500)
    by_hash = cut_down(text, (f"{2:040x}"[:40],), 500)

    assert "    The rounding of sums was wrong." in by_words.shown
    assert by_words == by_hash
    assert sum(line == "    And so on, at great length." for line in by_words.shown) == 9


def test_where_all_has_room_nothing_leaves() -> None:
    assert cut_down(TWO, (), 100_000).gone == ()


def test_a_text_without_commits_loses_lines_too() -> None:
    assert cut_down([], (), 100).shown == ()
    assert cut_down(["    body of something"] * 9, (), 60).gone
