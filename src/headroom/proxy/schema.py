"""JSON Schema in few words: how pages of ours say what they take and tell.

A schema is a plain dictionary.  One with a name (`title`) is written once in the document, among
its components, and referred to everywhere else: see `openapi.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INTEGER: Schema = {"type": "integer"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
OBJECT: Schema = {"type": "object"}
NOTHING: Schema = {"type": "null"}


@dataclass(frozen=True, slots=True)
class Maybe:
    """A member that is not always there."""

    schema: Schema


def record(title: str = "", /, **members: Schema | Maybe) -> Schema:
    """An object with these members."""
    told: dict[str, Any] = {"title": title} if title else {}
    told["type"] = "object"
    told["properties"] = {name: _schema_of(member) for name, member in members.items()}
    told["required"] = [name for name, one in members.items() if not isinstance(one, Maybe)]
    return told


def extended(title: str, base: Schema, /, **members: Schema | Maybe) -> Schema:
    """The record *base* with further members."""
    more = record(title, **members)
    return {
        **more,
        "properties": {**base["properties"], **more["properties"]},
        "required": [*base["required"], *more["required"]],
    }


def _schema_of(member: Schema | Maybe) -> Schema:
    return member.schema if isinstance(member, Maybe) else member


def named(each: Schema) -> Schema:
    """An object that has one of these by each of its names, whatever they are."""
    return {"type": "object", "additionalProperties": each}


def listed(each: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": each}


def one_of(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def any_of(*schemas: Schema) -> Schema:
    """What fits one of these."""
    return {"anyOf": list(schemas)}


def or_null(schema: Schema) -> Schema:
    """This, or null where it is not known."""
    return any_of(schema, NOTHING)


def said(schema: Schema, text: str) -> Schema:
    """This, with what it is in words."""
    return (
        {"allOf": [schema], "description": text}
        if "title" in schema
        else {
            **schema,
            "description": text,
        }
    )


def of_type(wanted: Any) -> Schema:
    """What msgspec accepts as this type."""
    (schema,), components = msgspec.json.schema_components([wanted], ref_template="{name}")
    inlined: Schema = _inlined(schema, components)
    return inlined


def _inlined(part: Any, components: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(one, components) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(components[part["$ref"]], components)
    # What a member is when it is not said is our affair.
    return {name: _inlined(one, components) for name, one in part.items() if name != "default"}
