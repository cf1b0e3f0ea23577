from __future__ import annotations

from headroom.compressors.jsontree.row_columns import Column
from headroom.compressors.jsontree.row_told import LONGEST_TOLD, told_of


def column(name: str, *values: str) -> Column:
    return Column(name, values, range(len(values)))


LEVELS = column("level", *['"INFO"', '"DEBUG"', '"INFO"', '"INFO"'] * 5)
MS = column("ms", *map(str, range(20)))
TIMES = column("at", *(f'"2031-05-04T10:{n:02d}:00Z"' for n in range(20)))
ALL = frozenset(range(20))


def test_kinds_are_counted_numbers_and_times_have_ends() -> None:
    assert told_of([LEVELS, MS, TIMES], ALL, frozenset()) == (
        "level: 15× INFO, 5× DEBUG; ms 0 to 19; at 2031-05-04T10:00:00Z to 2031-05-04T10:19:00Z"
    )


def test_only_what_left_is_told_and_what_was_asked_for_first() -> None:
    assert told_of([LEVELS, MS], frozenset({3, 4, 5}), frozenset({"ms"})) == (
        "ms 3 to 5; level: 2× INFO, 1× DEBUG"
    )


def test_what_all_have_is_told_last_and_what_differs_everywhere_is_not() -> None:
    same = column("host", *['"web-1"'] * 20)
    nothing = column("note", *["null"] * 20)
    names = column("name", *(f'"n{n}"' for n in range(20)))

    assert told_of([same, nothing, names, MS], ALL, frozenset()) == "ms 0 to 19; host: all web-1"


def test_of_many_kinds_the_most_frequent_are_told() -> None:
    brands = column("brand", *['"a"'] * 9, *['"b"'] * 5, '"c"', '"c"', '"d"', '"e"', '"f"', '"g"')

    assert told_of([brands], ALL, frozenset()) == (
        "brand: 9× a, 5× b, 2× c, 1× d, 3× 3 other values"
    )


def test_it_stays_short_and_plain() -> None:
    many = [column(f"[field {n}]\n" * 3, *['"x"', '"y"'] * 10) for n in range(90)]

    told = told_of(many, ALL, frozenset())

    assert 0 < len(told) <= LONGEST_TOLD
    assert not set('[]\n"') & set(told)
