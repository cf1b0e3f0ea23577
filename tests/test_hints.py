"""What is advised, by what became of outputs of the same shape."""

from __future__ import annotations

import pytest

from headroom.hints import Evidence, Hint, Sample, Shape, advise, room, share

SHAPE = Shape(
    "5" * 24, "list", "records", (("id", "number"), ("Total", "number"), ("note", "text"))
)
NOBODY = Evidence(tenants=0)


def advised(own: Evidence, everyone: Evidence = NOBODY) -> Hint:
    return advise(SHAPE, own, everyone)


def test_without_evidence_nothing_is_advised() -> None:
    assert advised(Evidence()) == Hint(SHAPE.signature)
    assert not advised(Evidence()).eases


def test_a_field_that_was_asked_for_three_times_stays() -> None:
    asked = Evidence(Sample(reduced=3), fields={"Total": 3, "note": 2, "gone": 9})

    assert advised(asked).fields == ("total",)
    assert advised(asked).eases


def test_a_field_that_one_output_in_a_hundred_is_asked_for_does_not() -> None:
    assert advised(Evidence(Sample(reduced=300), fields={"Total": 3})).fields == ()


def test_outputs_are_judged_from_ten_on() -> None:
    nine, ten = Sample(reduced=9, regretted=9), Sample(reduced=10, regretted=9, asked=1)

    assert advised(Evidence(nine)).regret == 0.0
    assert advised(Evidence(ten)).regret == 0.9
    assert advised(Evidence(ten)).asking == 1.0
    assert advised(Evidence(Sample(5, 5), Sample(5, 5))).regret == 1.0


def test_no_share_is_more_than_all_of_it() -> None:
    many = Sample(reduced=10, regretted=20, asked=20)

    assert (many.regret, many.asking) == (1.0, 1.0)
    assert (share(1, 0), share(0, 0), share(3, 2)) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("plain", "eased", "times"),
    [
        (Sample(4, asked=4), Sample(), 1.0),
        (Sample(5, asked=2), Sample(), 1.0),
        (Sample(5, asked=3), Sample(), 2.0),
        (Sample(5, asked=3), Sample(5, asked=0), 2.0),
        (Sample(5, asked=5), Sample(5, asked=5), 4.0),
        (Sample(5, asked=5), Sample(10, asked=5), 4.0),
        (Sample(5, asked=5), Sample(10, asked=6), 1.0),
        (Sample(3), Sample(5, asked=5), 2.0),
    ],
)
def test_what_is_asked_for_has_more_room_step_by_step_until_it_does_not_help(
    plain: Sample, eased: Sample, times: float
) -> None:
    assert room(Evidence(plain, eased)) == times


def test_a_tenant_with_few_samples_goes_by_all_if_these_are_three() -> None:
    everyone = Evidence(Sample(40, regretted=30), fields={"note": 20})
    few, many = Evidence(Sample(2)), Evidence(Sample(30))

    by_two = advised(few, Evidence(everyone.plain, fields=everyone.fields, tenants=2))
    by_three = advised(few, Evidence(everyone.plain, fields=everyone.fields, tenants=3))
    by_own = advised(many, Evidence(everyone.plain, fields=everyone.fields, tenants=3))

    assert by_two == by_own == Hint(SHAPE.signature)
    assert (by_three.regret, by_three.fields, by_three.room) == (0.75, ("note",), 2.0)
