"""References are right after turns have left: to what is there, by the number it has there."""

from __future__ import annotations

from headroom.conversation import Form, Known
from headroom.pipeline import plan
from headroom.pipeline.hindsight.said_anew import said_anew
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.repeat import referred, resolve
from headroom.pipeline.texts import Texts
from headroom.tokens import Counter
from tests.pipeline.hindsight.scenes import lines, scene, talk

FILE, OTHER = lines(60), lines(60, "other")


def gone(*indices: int, told_by: int) -> dict[int, Form]:
    return {at: Form(None, ("intelligent_cap",), 300, 0, told_by=told_by) for at in indices}


def told(at: int) -> dict[int, Form]:
    return {at: Form("[1 of 9 turns left out]", ("intelligent_cap",), 300, 6, "0" * 24, at)}


def same_as(label: str) -> Form:
    return Form(f'[the same text as above in {label} (Bash look): "a" … "b"]', ("repeat",), 300, 12)


def labels(form: Form) -> list[str]:
    return list(referred(form.text or ""))


def test_the_first_that_referred_to_what_has_left_says_it_and_the_next_refers_to_it() -> None:
    made = scene(talk(FILE, FILE, FILE), {4: same_as("result 1"), 6: same_as("result 1")})

    anew = said_anew(made, told(2))

    assert set(anew) == {4, 6}
    assert anew[4].text is None
    assert labels(anew[6]) == ["result 2"]


def test_who_refers_to_what_is_counted_otherwise_now_counts_anew() -> None:
    made = scene(talk("x", "y", OTHER, OTHER), {8: same_as("result 3")})

    anew = said_anew(made, {**told(2), **gone(3, 4, told_by=2)})

    assert {at: labels(form) for at, form in anew.items()} == {8: ["result 2"]}


def test_who_refers_to_what_stays_as_it_is_keeps_its_words() -> None:
    made = scene(talk(FILE, FILE, "x", "y"), {4: same_as("result 1")})

    assert said_anew(made, {**told(6), **gone(7, 8, told_by=6)}) == {}


def test_what_becomes_longer_moves_the_lines_of_all_that_refer_to_it() -> None:
    later = f"{lines(9, 'top')}\n{FILE}"
    part = "\n".join(later.split("\n")[-30:])
    made = _planned(FILE, later, part)
    assert made.references == {4: {2}, 6: {2}}
    chained = {**made.forms, 6: Form(_to_second(made), ("repeat",), 300, 20)}
    chain = scene(talk(FILE, later, part), chained, counter=Counter.load())

    anew = said_anew(chain, told(2))

    texts = Texts.of(chain.conversation, {**chained, **told(2), **anew})
    assert anew[4].text is None
    assert resolve(anew[6].text or "", texts.labelled) == part


def test_forms_that_changed_in_the_same_go_are_left_as_they_are() -> None:
    made = scene(talk(FILE, FILE), {4: same_as("result 1")})

    assert said_anew(made, {**told(2), 4: Form("short", ("late",), 300, 1, "0" * 24)}) == {}


def test_without_references_nothing_is_said_anew() -> None:
    assert said_anew(scene(talk(FILE, OTHER)), told(2)) == {}


def _planned(*results: str) -> Scene:
    """A conversation as it is sent when it is new."""
    forms = plan(talk(*results), Known(), counter=Counter.load()).forms
    return scene(talk(*results), forms, counter=Counter.load())


def _to_second(made: Scene) -> str:
    """The reference of the last result, to the second one instead of the first."""
    sent = (made.forms[4].text or "").split("\n")
    return f'[30 lines as above in result 2 (Bash look) from its {len(sent)}th line: "a" … "b"]'
