"""Which lines are taken for alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs.line_tree import MOST_ALIKE_COMPARED, groups, masked, wording


def test_lines_that_differ_in_numbers_are_of_one_kind() -> None:
    lines = [masked(f"pool: connection {n} opened") for n in range(5)]

    [group] = groups(lines)

    assert {wording(line) for line in lines} == {"pool: connection  opened"}
    assert group.words == ["pool:", "connection", "*", "opened"]
    assert group.members == [0, 1, 2, 3, 4]


def test_lines_are_alike_that_share_half_of_their_words() -> None:
    found = groups(["user ada logged in", "user bob logged in", "user bob went home at last"])

    assert [group.members for group in found] == [[0, 1], [2]]
    assert found[0].words == ["user", "*", "logged", "in"]


def test_values_are_no_sign_of_being_alike() -> None:
    found = groups(map(masked, ["a 1 2 3 4 5 up", "a 1 2 3 4 5 down"]))

    assert len(found) == 1

    assert len(groups(map(masked, ["1 2 3 4 up and running", "1 2 3 4 not seen today"]))) == 2


def test_no_line_is_compared_with_more_than_a_few_kinds() -> None:
    lines = [f"a {word * 3} {word * 5} {word}" for word in map(chr, range(0x4E00, 0x4E64))]

    assert len(groups(lines)) == len(lines) > MOST_ALIKE_COMPARED


@given(st.lists(st.text(alphabet="ab 1\t", max_size=12), max_size=40))
def test_each_line_is_in_one_group_and_groups_stand_by_their_first_lines(lines: list[str]) -> None:
    found = groups(map(masked, lines))

    members = [member for group in found for member in group.members]
    assert sorted(members) == list(range(len(lines)))
    firsts = [group.members[0] for group in found]
    assert firsts == sorted(firsts)
    assert all(group.members == sorted(group.members) for group in found)
