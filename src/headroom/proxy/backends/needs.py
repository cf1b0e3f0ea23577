"""What a request asks to be carried, beyond plain words, and where in it each stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_WORD = 60
"""How much of a caller's own word is said back."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must arrive; *name* is as the rows of `carriage` write it."""

    name: str
    place: str
    """As error messages of the providers say it: messages.3.content.1"""
    said: str
    """What it is, for whoever reads a refusal."""


def field(name: str, place: str = "") -> Need:
    """The need of a member that stands at *place*, by itself at the top."""
    word = name[:LONGEST_WORD]
    return Need(name, place or word, f"the field {word}")


def fields(
    body: Mapping[str, Any],
    plain: Collection[str],
    read: Mapping[str, Callable[[Any], Iterator[Need]]],
) -> Iterator[Need]:
    """The needs of a request's own members: none of *plain* ones, and what *read* finds in some."""
    for name, value in body.items():
        if value is None or name in plain:
            continue
        if name in read:
            yield from read[name](value)
        else:
            yield field(name)


def block(where: str, kind: object, place: str) -> Need:
    """The need of a block of this kind within *where*."""
    word = str(kind)[:LONGEST_WORD]
    return Need(f"{where}.{word}", place, f"{word} blocks in {where.replace('_', ' ')} content")


def members(
    holder: str, value: Mapping[str, Any], known: frozenset[str], place: str
) -> Iterator[Need]:
    """The needs of all that *value* holds beside what is *known*; what is empty asks nothing."""
    for name, each in value.items():
        if name in known or each is None or each is False or each == []:
            continue
        word = name[:LONGEST_WORD]
        if name == "cache_control":
            yield Need("cache_control", f"{place}.{word}", "cache marks")
        else:
            yield Need(f"{holder}.{word}", f"{place}.{word}", f"{word} of {holder}")


def mappings(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a list, with where each stands; what is no list has none."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            if isinstance(each, Mapping):
                yield index, each
