"""The names of a model: as a request spells it, and without what routes and dates add to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

LONGEST_NAME = 200
"""Longer ones are no names: not looked up, and not remembered."""

# `us.anthropic.`, `eu.anthropic.`, `openai.`: how Bedrock writes region and maker.
_REGION_AND_MAKER = re.compile(r"(?:[a-z]{2,6}(?:-[a-z]{2,4})?\.)?(?:anthropic|openai|google)\.")
# `[1m]`, `:free`, `:0`, `@20250929`, `@default`
_TAG = re.compile(r"(?:\[[^\]]{0,20}\]|[:@][\w.-]{0,40})\Z")
_ENDINGS = (
    re.compile(r"-v\d\Z"),
    re.compile(r"-\d{4}-\d{2}-\d{2}\Z"),
    re.compile(r"-\d{8}\Z"),
    re.compile(r"-(?:latest|preview|exp)(?:-\d{2}-(?:\d{2}|\d{4}))?\Z"),
)
_MAKER_FIRST = re.compile(r"claude-(\d(?:-\d)?)-(opus|sonnet|haiku|fable|mythos)")
# After the name of a model these begin the name of another: `claude-opus-4` and `claude-opus-4-7`.
_VERSION = re.compile(r"[-.]\d{1,2}(?:\D|\Z)")


def names_of(model: str) -> tuple[str, ...]:
    """What *model* may be known by, the most exact name first; empty for what is no name."""
    name = model.strip().lower()
    if not name or len(name) > LONGEST_NAME:
        return ()
    return tuple(dict.fromkeys(_spellings(name)))


def longest_beginning(name: str, known: Collection[str]) -> str:
    """The longest of *known* that *name* is a variant of, or an empty text."""
    return max((each for each in known if _is_variant(name, each)), key=len, default="")


def _is_variant(name: str, of: str) -> bool:
    rest = name[len(of) :]
    return name.startswith(of) and rest[:1] in ("-", ":", "@") and not _VERSION.match(rest)


def _spellings(name: str) -> Iterator[str]:
    yield name
    name = name.rpartition("/")[2]
    yield name
    found = _REGION_AND_MAKER.match(name)
    name = name[found.end() :] if found else name
    yield name
    while (shorter := _TAG.sub("", name)) != name and shorter:
        name = shorter
        yield name
    for ending in _ENDINGS:
        shorter = ending.sub("", name)
        if shorter != name:
            name = shorter
            yield name
    if name.startswith("claude-"):
        # OpenRouter writes `claude-opus-4.7`, others `claude-4.7-opus`.
        name = name.replace(".", "-")
        yield name
        yield _MAKER_FIRST.sub(r"claude-\2-\1", name)
