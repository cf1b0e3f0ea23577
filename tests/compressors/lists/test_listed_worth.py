from __future__ import annotations

from headroom.compressors.lists.listed import Listed
from headroom.compressors.lists.listed_worth import named, suffix, worths

NOBODY: frozenset[str] = frozenset()


def entries(*paths: str) -> list[Listed]:
    return [Listed(path[: path.rfind("/") + 1], path[path.rfind("/") + 1 :]) for path in paths]


def test_what_is_near_the_top_is_worth_more_than_what_is_deep() -> None:
    near, deep = worths(entries("src/walk.py", "src/a/b/c/d/walk.py"), NOBODY)

    assert near > deep


def test_the_first_of_a_kind_in_a_directory_is_worth_more_than_the_next() -> None:
    first, second, other = worths(entries("src/jump.py", "src/walk.py", "src/walk.css"), NOBODY)

    assert first == other > second


def test_landmarks_are_worth_more() -> None:
    plain, landmark = worths(entries("a/walk.py", "b/main.py"), NOBODY)

    assert landmark > plain


def test_what_lies_in_made_directories_is_passed_over_unless_everything_does() -> None:
    made = entries("node_modules/a.js", "node_modules/b.js")

    assert worths([*made, *entries("src/c.js")], NOBODY)[:2] == [0.0, 0.0]
    assert min(worths(made, NOBODY)) > 0


def test_a_word_of_the_task_that_few_names_have_counts() -> None:
    found = entries(
        *(f"src/{name}_page.py" for name in ("home", "login", "basket", "order", "end"))
    )

    values = worths(found, frozenset({"basket", "page"}))

    assert max(values) == values[2]


def test_names_that_the_task_tells_are_found_unless_most_have_them() -> None:
    found = entries("a/walk.py", *(f"{room}/index.js" for room in "bcdefgh"))

    assert named(found, frozenset({"walk.py", "index.js"})) == [0]


def test_kinds_are_told_by_the_ends_of_names() -> None:
    told = [suffix(one) for one in entries("a/b.PY", "a/Makefile", "a/.env", "a/b.tar.gz")]

    assert told == [".py", "others", "others", ".gz"]
    assert suffix(Listed("a/", "b", is_directory=True)) == "directories"
