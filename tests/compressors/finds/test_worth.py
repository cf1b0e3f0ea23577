from __future__ import annotations

from headroom.compressors.finds.found_lines import found_lines
from headroom.compressors.finds.worth import Wanted, asked_files, worths

NONE = Wanted.of(())


def worth(lines: list[str], wanted: Wanted = NONE) -> list[float]:
    return worths(lines, found_lines(lines, of_one_file=False), wanted)


def test_a_definition_is_worth_more_than_its_uses() -> None:
    lines = ["src/a.py:3:run()", "src/a.py:9:def run():", "src/a.py:20:    run()"]

    values = worth(lines)

    assert max(values) == values[1]


def test_source_is_worth_more_than_tests_and_tests_more_than_what_programs_made() -> None:
    lines = ["src/a.py:3:run(1)", "tests/a.py:3:run(2)", "dist/a.py:3:run(3)"]

    first, second, third = worth(lines)

    assert first > second > third > 0


def test_tests_are_worth_as_much_where_the_task_is_about_them() -> None:
    lines = ["src/a.py:3:run(1)", "tests/b.py:3:run(2)", "tests/c.py:3:run(3)"]

    assert worth(lines, Wanted.of({"test"}))[1] > worth(lines)[1]


def test_a_rare_word_of_the_task_makes_a_line_worth_the_most() -> None:
    lines = [f"src/a.py:{n}:call(number_{n})" for n in range(1, 40)]

    values = worth(lines, Wanted.of({"number_23", "call"}))

    assert max(values) == values[22]


def test_what_stood_before_in_the_same_words_is_worth_less() -> None:
    lines = [f"src/{name}.py:3:run(settings)" for name in "abc"]

    first, second, third = worth(lines)

    assert first > second > third


def test_context_is_worth_a_part_of_its_match_and_blank_context_nothing() -> None:
    lines = ["src/a.py-2-", "src/a.py:3:def run():", "src/a.py-4-    walk()", "src/a.py:9:run()"]
    lines.append("src/a.py:12:run(2)")

    blank, match, beside, _, _ = worth(lines)

    assert match > beside > blank == 0


def test_a_line_of_a_file_can_be_asked_for() -> None:
    found = found_lines(["./src/a.py:3:x", "./src/a.py:9:y", "./src/b.py:3:z"], of_one_file=False)
    wanted = Wanted.of({"src/a.py:9", "b.py:3"})

    assert [wanted.is_place(one) for one in found] == [False, True, True]


def test_files_are_asked_for_where_few_of_many_are_named() -> None:
    lines = [f"src/{name}.py:3:x" for name in "abcdefghijk"]
    found = found_lines(lines, of_one_file=False)

    assert asked_files(found, Wanted.of({"c.py"})) == {"src/c.py"}
    assert asked_files(found, Wanted.of({f"{name}.py" for name in "abcdef"})) == frozenset()


def test_the_same_words_in_another_order_give_the_same_worth() -> None:
    lines = [f"src/a.py:{n}:one_{n} two_{n} three_{n}" for n in range(1, 30)]
    words = [f"{stem}_{n}" for stem in ("one", "two", "three") for n in range(30)]

    assert worth(lines, Wanted.of(words)) == worth(lines, Wanted.of(words[::-1]))
