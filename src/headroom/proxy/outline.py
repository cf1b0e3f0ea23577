"""A schema of the description as lines for people: one for each member, those within it below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One member: how deep it stands, its name, what it is, and what is said of it."""

    depth: int
    name: str
    kind: str
    said: str = ""
    always: bool = True


def outline(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Line]:
    """The members of what this schema describes; *schemas* are those with a name.

    What has a name of its own is told by it and not opened, but for the first.
    """
    return list(_members(_opened(schema, schemas), 0))


def kind_of(schema: Mapping[str, Any]) -> str:
    """What it is, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for word in ("allOf", "anyOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(kind_of(one) for one in schema[word]))
    if "enum" in schema:
        return " or ".join(f'"{word}"' for word in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"by name: {kind_of(schema['additionalProperties'])}"
    return str(WORDS.get((kind, schema.get("format", "")), kind))


WORDS: Mapping[tuple[str, str], str] = {
    ("string", ""): "text",
    ("string", "date-time"): "time",
    ("integer", ""): "whole number",
    ("boolean", ""): "true or false",
}


def _opened(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        opened: Mapping[str, Any] = schemas[kind_of(schema)]
        return opened
    return schema


def _members(schema: Mapping[str, Any], depth: int) -> Iterator[Line]:
    inner = _inner(schema)
    required = inner.get("required", ())
    for name, one in inner.get("properties", {}).items():
        said = str(one.get("description", ""))
        yield Line(depth, name, kind_of(one), said, name in required)
        if depth < DEEPEST:
            yield from _members(one, depth + 1)


def _inner(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object in it: itself, or what it is a list or a table of, or what may be null."""
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            return _inner(schema[word])
    if "anyOf" in schema:
        objects = [one for one in schema["anyOf"] if "properties" in _inner(one)]
        return _inner(objects[0]) if len(objects) == 1 else {}
    return schema
