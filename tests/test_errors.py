"""The tree of what can go wrong."""

from __future__ import annotations

import inspect

import pytest

from headroom import errors
from headroom.errors import HeadroomError, Refusal, Unavailable, UpstreamError

TREE = [
    each
    for each in vars(errors).values()
    if inspect.isclass(each) and issubclass(each, HeadroomError)
]


@pytest.mark.parametrize("error", TREE, ids=lambda error: str(error.__name__))
def test_every_error_stands_in_the_drawing(error: type[HeadroomError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    "error", [each for each in TREE if issubclass(each, Refusal)], ids=lambda e: str(e.__name__)
)
def test_a_refusal_blames_the_caller_unless_the_proxy_lacks_something(
    error: type[Refusal],
) -> None:
    assert 400 <= error.status < 500 or error is Unavailable


@pytest.mark.parametrize(
    "error", [each for each in TREE if issubclass(each, UpstreamError)], ids=lambda e: e.__name__
)
def test_an_upstream_error_blames_what_is_behind_us(error: type[UpstreamError]) -> None:
    assert error.status in {502, 504}


def test_a_refusal_says_when_to_come_back() -> None:
    assert Refusal("too fast", retry_after_s=2.0).retry_after_s == 2.0
    assert Refusal("too odd").retry_after_s is None
    assert str(Refusal("too odd")) == "too odd"


def test_a_refusal_has_a_word_for_its_kind() -> None:
    assert [each("").word for each in (errors.RateLimited, errors.OverBudget, errors.TooLarge)] == [
        "rate_limited",
        "over_budget",
        "too_large",
    ]
