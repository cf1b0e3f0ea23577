from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.columns import Plan, plan_for

MANY = 40


def plan_of(column: Sequence[str], name: str = "name", separator: str = ",") -> Plan:
    rows = [(cell, str(n * n % 89)) for n, cell in enumerate(column)]
    return plan_for((name, "other"), rows, separator)


def test_what_never_changes_leaves() -> None:
    plan = plan_of(["eu-west-1"] * MANY)

    assert plan.constants == {0: "eu-west-1"}
    assert plan.leaves(0)
    assert not plan.leaves(1)


def test_what_hardly_changes_leaves_too() -> None:
    plan = plan_of(["Running", *["Pending"], *["Running"] * MANY])

    assert plan.usual == {0: "Running"}


def test_what_failed_stays_in_its_row() -> None:
    assert not plan_of(["Failed", "fine", *["Failed"] * MANY]).usual


def test_groups_stand_above_their_rows() -> None:
    plan = plan_of([f"group {n // 10}" for n in range(MANY)])

    assert plan.above == {0: 0}
    assert plan.leaves(0)


def test_values_that_come_and_go_stay() -> None:
    plan = plan_of([f"group {n % 4}" for n in range(MANY)])

    assert not plan.leaves(0)


def test_the_slow_parts_of_dates_stand_above() -> None:
    column = [f"2026-{n // 20 + 1}-{n % 20 + 1}" for n in range(MANY)]

    plan = plan_of(column)

    assert plan.heading(0, column[0]) == "2026-1-…"
    assert plan.short(0, column[:2]) == ["1", "2"]
    assert plan.whole(0, "2", "2026-1-…") == column[1]


def test_a_long_directory_is_said_once_and_so_is_a_domain() -> None:
    paths = [f"/usr/lib/python3/dist-packages/{name}" for name in "abcdefgh"]
    hosts = [f"node-{n}.eu-west-1.example.internal" for n in range(MANY)]

    assert plan_of(paths).around == {0: ("/usr/lib/python3/dist-packages/", "")}
    assert plan_of(hosts).around == {0: ("", ".eu-west-1.example.internal")}


def test_names_are_not_cut() -> None:
    assert plan_of([f"web-6d4cf56db6-{n:05}" for n in range(MANY)]) == Plan()


def test_zeros_at_the_end_of_decimals_leave() -> None:
    column = [f"{n % 4 / 4:.6f}" for n in range(MANY)]

    plan = plan_of(column)

    assert plan.decimals == {0: 6}
    assert plan.short(0, column[:3]) == ["0", "0.25", "0.5"]
    assert [plan.whole(0, cell, "") for cell in ("0", "0.25", "0.5")] == column[:3]


def test_a_word_for_nothing_is_an_empty_cell_unless_there_are_others() -> None:
    column = ["N/A" if n % 2 else f"remark {n}" for n in range(MANY)]

    assert plan_of(column).nothing == {0: "N/A"}
    assert not plan_of([*column, ""]).nothing
    assert not plan_of(column, separator="").nothing


def test_a_column_whose_name_cannot_be_said_stays() -> None:
    assert plan_of(["x-ray"] * MANY, name="a = b") == Plan()
    assert plan_of(["x-ray"] * MANY, name="") == Plan()


def test_one_column_stays() -> None:
    plan = plan_for(("a", "b"), [("eu-west-1", "eu-west-2")] * MANY, ",")

    assert len(plan.constants) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["2026-1-1", "2026-1-2", "/a/b/c/d/e/f/x", "/a/b/c/d/e/f/y", "1.250000"]
            ),
            st.sampled_from(["", "N/A", "7.000000", "-0.500000"]),
        ),
        min_size=1,
        max_size=60,
    ).map(sorted),
    st.sampled_from(["", ","]),
)
def test_cells_that_stay_come_back(rows: list[tuple[str, ...]], separator: str) -> None:
    plan = plan_for(("one", "two"), rows, separator)

    for number, column in enumerate(zip(*rows, strict=True)):
        if plan.leaves(number):
            continue
        short = plan.short(number, column)
        above = [plan.heading(number, x) if number in plan.above else "" for x in column]
        again = [plan.whole(number, x, y) for x, y in zip(short, above, strict=True)]
        assert again == list(column)
