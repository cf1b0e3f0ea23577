"""Attributes, and whose they are, in the messages of the protocol (extra `otel`)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from headroom.observe.otel.about import About
from headroom.observe.otel.spans import Value

Thing = TypeVar("Thing")

SCOPE = "headroom"
GIVES_WAY_AFTER = 8
"""Spans or metrics: about a quarter of a millisecond."""


def key_values(attributes: Iterable[tuple[str, Value]]) -> list[KeyValue]:
    """The attributes as messages."""
    return [KeyValue(key=name, value=_any(value)) for name, value in attributes]


def _any(value: Value) -> AnyValue:
    # A boolean is a whole number too, so it is asked for first.
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    # The protocol has no place for half a character.
    return AnyValue(string_value=value.encode("utf-8", "replace").decode("utf-8"))


def unhurried(things: Iterable[Thing]) -> Iterator[Thing]:
    """The same, one after the other: whoever waits for the interpreter has it now and then.

    Calls go first.  A thread that computes would otherwise keep them from it for 5 ms each time.
    """
    for place, thing in enumerate(things, 1):
        yield thing
        if not place % GIVES_WAY_AFTER:
            time.sleep(0)


def resource(whose: About) -> Resource:
    """The process that tells."""
    return Resource(attributes=key_values(whose.attributes.items()))


def scope(whose: About) -> InstrumentationScope:
    """The part of it that tells: us."""
    return InstrumentationScope(name=SCOPE, version=whose.version)
