"""What lines share, found, written and filled again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs.forms import MOST_FORMS, Form, cut, filled, forms

LONG = "the quick brown fox jumps over the lazy dog and runs along the river"


def formed(lines: list[str]) -> list[Form]:
    """The forms of these lines, none of which has to stay whole."""
    return forms(lines, [cut(line) for line in lines], ())


def written(lines: list[str]) -> list[str]:
    """The lines as their forms give them back."""
    back = list(lines)
    cuts = [cut(line) for line in lines]
    for form in forms(lines, cuts, ()):
        for at, values in form.values.items():
            back[at] = filled(form.text, cuts[at].stamp, values)
    return back


def test_what_many_lines_share_is_a_form_with_places_for_the_rest() -> None:
    [form] = formed([f"{LONG} {n} times (of 9)" for n in range(12)])

    assert form.text == f"{LONG} <*> times (of 9)"
    assert form.values[3] == "3"
    assert form.gain > 0


def test_a_value_is_what_signs_set_off_inside_of_a_word() -> None:
    [form] = formed([f"{LONG} sshd[{n}]: user=u{n} from /10.0.0.{n}:22" for n in range(12)])

    assert form.text == f"{LONG} sshd[<*>]: user=<*> from <*>:22"
    assert form.values[3] == "3 u3 /10.0.0.3"


def test_paths_and_addresses_are_not_taken_apart() -> None:
    [form] = formed([f"{LONG} s3://a/b/{n}.txt C:\\a\\{n}.txt" for n in range(12)])

    assert form.values[3] == "s3://a/b/3.txt C:\\a\\3.txt"


def test_a_value_that_comes_again_is_said_once() -> None:
    [form] = formed([f"{LONG} [j{n}] (job=j{n})" for n in range(12)])

    assert form.text == f"{LONG} [<*>] (job=<1>)"
    assert form.values[3] == "j3"


def test_the_time_stands_apart_from_the_form() -> None:
    [form] = formed([f"[2024-05-01 12:00:{n:02}] INFO {LONG}" for n in range(12)])

    assert form.text == f"[<time>] INFO {LONG}"
    assert set(form.values.values()) == {""}


def test_lines_are_parted_by_a_word_with_few_values_where_that_saves_more() -> None:
    ends = ("and over the hills and far away", "into the deep and dark blue sea")
    lines = [f"{LONG} {ends[n % 2]} {n}" for n in range(60)]

    assert [form.text for form in formed(lines)] == [f"{LONG} {end} <*>" for end in ends]


def test_what_goes_on_differently_has_an_open_form() -> None:
    words = LONG.split()
    lines = [f"[build on node 7] {' '.join(words[n % 9 :][: n // 9 + 1])}" for n in range(45)]

    assert [form.text for form in formed(lines)] == ["[build on node 7] <…>"]


def test_what_saves_too_little_has_no_form() -> None:
    assert not formed([f"ok {n}" for n in range(20)])
    assert not formed([LONG, f"{LONG} and back", "b"])


def test_lines_that_are_to_stay_whole_have_no_form() -> None:
    lines = [f"{LONG} {n}" for n in range(12)]

    [form] = forms(lines, [cut(line) for line in lines], {0, 5})

    assert not {0, 5} & set(form.values)


def test_there_are_never_more_forms_than_one_can_look_up() -> None:
    lines = [
        f"{letter * 9} " * 20 + f"{n}"
        for letter in map(chr, range(ord("A"), ord("A") + 58))
        for n in range(6)
    ]

    assert len(formed(lines)) == MOST_FORMS


def test_text_that_looks_like_a_place_is_no_form() -> None:
    assert not formed([f"{LONG} <*> {n}" for n in range(12)])


WORDS = st.sampled_from(
    ["a", "", "12", "x1", "[7]", "<*>", "<1>", "<time>", "\0", "12:00:07", "k=1,", "s3://b/1"]
)


@given(
    st.lists(
        st.tuples(st.sampled_from([LONG, f"{LONG} <…>", ""]), st.lists(WORDS, max_size=4)),
        max_size=40,
    )
)
def test_every_line_comes_back_from_its_form(parts: list[tuple[str, list[str]]]) -> None:
    lines = [" ".join([first, *words]) for first, words in parts]

    assert written(lines) == lines


@pytest.mark.parametrize(
    ("text", "values"), [("a <*>", "1 2"), ("a <*> <*>", "1"), ("a", "1"), ("a <7>", "")]
)
def test_values_that_do_not_fit_are_refused(text: str, values: str) -> None:
    with pytest.raises(ValueError, match="does not fill"):
        filled(text, "", values)
