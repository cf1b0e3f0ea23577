"""Which lines of a log must stay, and what the others are worth."""

from __future__ import annotations

from headroom.compressors.logs.telling_log import FIRST_LINES, LAST_LINES, TellingLog

ROOM = 4_000


def quiet(count: int) -> list[str]:
    """So many lines that tell nothing."""
    return [f"12:{n // 60:02}:{n % 60:02} INFO pool: connection {n} opened\n" for n in range(count)]


def stays(lines: list[str], *asked: str, room: int = ROOM) -> set[str]:
    """What must stay of these lines."""
    return {lines[at] for at in TellingLog(lines).must_stay(asked, room, largest=10**9)}


def test_the_ends_stay() -> None:
    lines = quiet(200)

    assert stays(lines) == {*lines[:FIRST_LINES], *lines[-LAST_LINES:]}


def test_each_error_that_differs_in_words_stays_and_of_others_the_first_and_the_last() -> None:
    lines = quiet(200)
    for n in range(20, 120, 5):
        lines[n] = f"12:00:00 ERROR pool: connection {n} lost\n"
    lines[140] = "12:00:00 ERROR pool: connection of ada lost\n"

    errors = {line for line in stays(lines) if "ERROR" in line}

    assert errors == {lines[n] for n in (20, 25, 30, 115, 140)}


def test_errors_without_end_are_bounded() -> None:
    lines = [
        f"12:00:00 ERROR {chr(97 + n % 26) * 9}{chr(97 + n // 26) * 9} lost\n" for n in range(600)
    ]

    kept = sum(map(len, stays(lines, room=500)))

    assert kept < 20 * 500 < sum(map(len, lines))


def test_what_few_lines_say_of_what_was_asked_stays() -> None:
    lines = quiet(200)
    lines[50] = "12:00:50 INFO pool: connection 4711-b opened\n"
    lines[51] = "12:00:51 INFO pool: connection 9 opened\n"

    assert lines[50] in stays(lines, "4711-b")
    assert lines[51] not in stays(lines, "connection", "9")


def test_a_line_that_is_like_no_other_stays_unless_it_only_goes_on() -> None:
    lines = quiet(200)
    lines[70] = "12:01:10 INFO cache: emptied\n"
    lines[80] = "Downloading something-1.2.tar.gz\n"

    kept = stays(lines)

    assert lines[70] in kept
    assert lines[80] not in kept


def test_where_all_is_like_nothing_else_less_of_it_must_stay_but_every_error() -> None:
    words = [chr(97 + n % 26) * 9 + chr(97 + n // 26) * 9 for n in range(200)]
    lines = [f"12:00:00 INFO {word} came\n" for word in words]
    lines[100] = "12:00:00 ERROR gone\n"
    log = TellingLog(lines)

    all_of_it = log.must_stay((), ROOM, largest=10**9)
    less_of_it = log.must_stay((), ROOM, largest=1_500)

    assert (
        sum(len(lines[at]) for at in less_of_it) < 1_500 < sum(len(lines[at]) for at in all_of_it)
    )
    assert 100 in less_of_it


def test_a_failed_test_stays_whole_and_a_stack_goes_with_its_error() -> None:
    lines = quiet(200)
    stack = ["IOError: x\n", "  at a (a.js:1:1)\n", "  at b (b.js:2:2)\n"]
    for n in range(20, 180, 20):
        lines[n : n + 3] = [f"12:00:00 ERROR no {n}\n", *stack[1:]]

    log = TellingLog(lines)
    must = log.must_stay((), ROOM, largest=10**9)

    # The last stands for the third time, so its middle may leave.
    assert {20, 21, 22, 160, 162} <= must
    assert not {100, 101, 102} & must
    assert [log.worths(must)[at] for at in (101, 102)] == [1.0, 0.0]


def test_warnings_and_odd_values_and_steps_are_worth_more_than_the_first_of_a_kind() -> None:
    lines = quiet(200)
    lines[60] = "12:01:00 INFO pool: connection 60 kept\n"
    lines[90] = "12:01:30 WARN pool: connection 90 is slow\n"
    lines[95] = "#7 [3/5] RUN make\n"
    log = TellingLog(lines)

    worth = log.worths(set())

    assert worth[90] > worth[60] > worth[95] > worth[0] > worth[199] > worth[100] == 0.0


def test_the_lines_around_an_error_are_worth_more_the_nearer_they_are() -> None:
    lines = quiet(200)
    lines[100] = "12:01:40 ERROR pool: gone\n"

    worth = TellingLog(lines).worths({100})

    assert worth[99] == worth[101] > worth[98] == worth[102] > worth[97] == 0.0


def test_what_is_being_done_to_many_goes_on() -> None:
    many = [f"exploring room {n}\n" for n in range(20)]
    log = TellingLog([*many, "exploring the garden at last\n", "starting up\n"])

    assert [log.goes_on[at] for at in (0, 21)] == [True, False]
