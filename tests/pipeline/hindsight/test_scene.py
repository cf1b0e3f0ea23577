"""A conversation as hindsight sees it: what is sent, who refers to whom, what may change."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from headroom.compressors.base import Ask, Reduced
from headroom.conversation import Conversation, Form
from headroom.marker import key_of
from headroom.pipeline import Seen
from headroom.pipeline.choices import Choices
from headroom.pipeline.hindsight.scene import Above
from headroom.pipeline.texts import Texts
from tests.pipeline.hindsight.scenes import Keeps, call, lines, result, scene, talk

LONG = lines(60)


@dataclass(frozen=True, slots=True)
class KeepsAsked(Keeps):
    """Keeps nothing but the words that are asked for."""

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """These words."""
        return Reduced(f"asked for: {' '.join(sorted(ask.words))}", 60, 60, "lines")


WHOLE = '[the same text as above in result 1 (Bash look): "line 0" … "line 59"]'
PART = '[9 lines as above in result 1 (Bash look) from its 3rd line: "line 2" … "line 10"]'


def test_tokens_are_those_that_are_sent_and_sizes_those_that_came() -> None:
    made = scene(talk(LONG, "a b"), {2: Form("short", ("records",), 300, 1)})

    assert [made.tokens(index) for index in (2, 4)] == [1, 2]
    assert [made.size(index) for index in (2, 4)] == [300, 2]


@pytest.mark.parametrize(
    "form",
    [
        Form(WHOLE, ("repeat",), 300, 9),
        Form(f"x\n{PART}\ny", ("repeat", "log"), 300, 9),
        Form(f"x\n  {PART}\n[9 of 60 lines left out]", ("log",), 300, 9, "0" * 24),
    ],
    ids=["whole", "part", "reduced"],
)
def test_what_others_refer_to_is_known_however_they_are_shortened(form: Form) -> None:
    made = scene(talk(LONG, LONG), {4: form})

    assert made.references == {4: {2}}
    assert made.referred == {2}
    assert not made.may_change(2, first=0)
    assert made.may_change(4, first=0)


def test_what_only_looks_like_a_reference_leads_nowhere() -> None:
    forward = Form(WHOLE.replace("result 1", "result 2"), ("log",), 300, 9)
    nowhere = Form(WHOLE.replace("result 1", "result 99"), ("log",), 300, 9)

    assert scene(talk(LONG, LONG), {2: forward, 4: nowhere}).references == {}


def test_who_may_change() -> None:
    made = scene(
        talk(LONG, LONG, name="Skill"),
        {2: Form(None, ("intelligent_cap",), 300, 0, told_by=2)},
        choices=Choices(protected=("nothing",)),
    )
    protected = scene(
        talk(LONG, name="Skill"), choices=Choices(protected=("skill",)), keeps=Keeps(1)
    )

    assert [made.may_change(index, first=0) for index in range(5)] == [False] * 4 + [True]
    assert not made.may_change(4, first=5)
    assert not protected.may_change(2, first=0)


@pytest.mark.parametrize(("binding", "first"), [("refused", 3), ("dropped", 0), ("", 0)])
def test_where_the_provider_would_refuse_it_nothing_before_thinking_is_free(
    binding: str, first: int
) -> None:
    assert scene(talk(LONG, thinks_until=3, binding=binding)).first_free == first


def test_a_text_is_shortened_deeper_by_its_kind_and_says_where_it_is() -> None:
    made = scene(talk(LONG), keeps=Keeps(60))

    form = made.deeper(2, strength=100.0)

    assert form is not None
    assert form.original == key_of(LONG)
    assert form.by == ("keeps", "late")
    assert form.tokens_before == 300
    assert form.tokens_after < 100


def test_what_is_asked_now_stays_when_a_text_is_shortened_deeper() -> None:
    later = call(3, 2, command="grep", pattern="seeds")
    blocks = (*talk(LONG).blocks, later, result(4, 2, "none", later))

    form = scene(Conversation(blocks, "m"), keeps=KeepsAsked(60)).deeper(2, strength=9.0)

    assert form is not None
    assert {"beds", "look", "grep", "seeds"} <= set((form.text or "").split())


@pytest.mark.parametrize("keeps", [Keeps(60), Keeps(55)])
def test_where_little_would_go_nothing_does(keeps: Keeps) -> None:
    assert scene(talk(LONG), keeps=keeps).deeper(2, strength=1.0) is None
    assert scene(talk(LONG), reduce=None).deeper(2, strength=9.0) is None


def test_a_text_is_said_anew_in_view_of_what_stands_above_it_now() -> None:
    made = scene(talk(LONG, LONG), {4: Form(WHOLE, ("repeat",), 300, 9)}, keeps=Keeps(60))
    texts, seen = Texts.of(talk(LONG), {}), Seen()
    seen.add(text=texts.source(0).text, sent=texts.source(0).sent)
    seen.add(text=texts.source(1).text, sent=texts.source(1).sent)
    seen.add(text=LONG, sent=LONG)

    nothing = made.anew(4, Above(Seen, Texts().source))
    again = made.anew(4, Above(lambda: seen, texts.source))

    assert (nothing.text, nothing.by, nothing.tokens_after) == (None, ("anew",), 300)
    assert (again.text or "").startswith("[the same text as above in result 1")
    assert again.by == ("repeat", "anew")


def test_what_had_something_left_out_has_again_when_it_is_said_anew() -> None:
    cut = Form(f"{PART}\n[9 of 60 lines left out]", ("keeps",), 300, 9, key_of(LONG))

    form = scene(talk(LONG, LONG), {4: cut}, keeps=Keeps(20)).anew(4, Above(Seen, Texts().source))

    assert form.original == key_of(LONG)
    assert "40 of 60 lines left out" in (form.text or "")
    assert form.by == ("keeps", "anew")


def test_where_the_server_forgets_nothing_refers_back_anew() -> None:
    made = scene(talk(LONG, LONG, may_forget=True), {4: Form(WHOLE, ("repeat",), 300, 9)})
    texts, seen = Texts.of(talk(LONG), {}), Seen()
    for number in range(3):
        seen.add(text=texts.source(number).text, sent=texts.source(number).sent)

    assert made.anew(4, Above(lambda: seen, texts.source)).text is None
