"""What is said of a page of ours, for those who read the description of our endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from headroom.proxy.schema import TEXT, Schema

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A word of the query, or a part of the path."""

    name: str
    said: str
    schema: Schema = field(default_factory=lambda: TEXT)
    where: Literal["query", "path"] = "query"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one status means; *schemas* by content type, none where there is no body."""

    said: str
    schemas: Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class Described:
    """One question that a page answers.

    What every page may answer (a foreign origin, a missing token, a body that is none) is no part
    of it: that follows from how the page is registered.
    """

    summary: str
    tells: Schema | None = None
    """What it tells with status 200, as JSON."""
    said: str = ""
    below: str = ""
    """The rest of the path, of a page that answers for all paths that begin alike."""
    parameters: tuple[Parameter, ...] = ()
    takes: Schema | None = None
    replies: Mapping[int, Reply] = field(default_factory=dict)
    """Further replies, and the first where it is no JSON."""
    method: Literal["get", "post"] = "get"
