"""Attributes, and whose they are, in the messages of the protocol (extra `otel`)."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from headroom.observe.otel.about import About
from headroom.observe.otel.spans import Value

SCOPE = "headroom"


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


def resource(whose: About) -> Resource:
    """The process that tells."""
    return Resource(attributes=key_values(whose.attributes.items()))


def scope(whose: About) -> InstrumentationScope:
    """The part of it that tells: us."""
    return InstrumentationScope(name=SCOPE, version=whose.version)
