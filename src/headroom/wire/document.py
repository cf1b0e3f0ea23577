"""A JSON body as bytes that can be edited without being written anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headroom.conversation import Edit


class Element:
    """One element of a top-level array: its exact bytes, and its value when asked for."""

    raw: bytes
    """The element's bytes as they stand in the body."""

    exact: bool
    """False when *value* was read from a shadow (a lone surrogate, NaN): do not edit it."""

    @property
    def value(self) -> Any:
        """The decoded value; read from an equal-length shadow when the bytes are odd."""
        raise NotImplementedError


class Document:
    """A request body: read once, edited by splicing, untouched bytes stay the same."""

    body: bytes

    @classmethod
    def read(cls, body: bytes) -> Document:
        """Find the top-level members.  Raises UnreadableBody: not a JSON object, too deep, …"""
        raise NotImplementedError

    def get(self, name: str) -> Any:
        """The decoded top-level member, or None when it is missing or cannot be decoded."""
        raise NotImplementedError

    def elements(self, name: str) -> Sequence[Element]:
        """The elements of a top-level array; empty when it is missing or not an array."""
        raise NotImplementedError

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        """The body with each edit's string in place of the one at its path.

        Without edits the very same bytes object.  Raises UnreadableBody when a path cannot
        be followed safely: duplicate keys on the way, not a string there.
        """
        raise NotImplementedError
