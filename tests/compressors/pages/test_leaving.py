from __future__ import annotations

import pytest

from headroom.compressors.pages.leaving import asked_for, may_leave, said_of
from headroom.compressors.pages.tree import Element

LINKS: list[Element | str] = [
    Element("a", {"href": f"/part/{n}"}, [f"Part number {n}"]) for n in range(9)
]


def part(*children: Element | str) -> Element:
    return Element("nav", {}, list(children), "navigation")


def test_a_part_that_is_large_enough_to_be_named_may_leave() -> None:
    assert may_leave(part(*LINKS), 1_000)
    assert not may_leave(part(*LINKS[:2]), 1_000)


@pytest.mark.parametrize(
    "child",
    [Element("h1", {}, ["News"]), Element("article"), "Saving failed: the disk is full."],
)
def test_a_part_with_content_or_a_message_stays(child: Element | str) -> None:
    assert not may_leave(part(*LINKS, child), 1_000)


def test_a_word_of_failure_in_a_long_part_is_no_message() -> None:
    assert may_leave(part(*LINKS, "all about errors ", "and more " * 90, "no error"), 2_000)


def test_most_of_a_page_stays() -> None:
    assert not may_leave(part(*LINKS), 50)


def test_what_leaves_is_named_with_its_size() -> None:
    assert said_of(part(*LINKS)) == "navigation (9 links)"
    assert said_of(part("a" * 1_200)) == "navigation (1,200 characters)"


def test_links_and_lines_that_hold_a_word_are_found() -> None:
    element = part(*LINKS, Element("p", {}, ["the lamp"]), Element("script", {}, ["lamp"]))

    assert list(asked_for(element, frozenset({"lamp", "part/7"}))) == [
        LINKS[7],
        Element("p", {}, ["the lamp"]),
    ]
    assert not list(asked_for(element, frozenset()))
    assert len(list(asked_for(element, frozenset({"number"})))) == 5
