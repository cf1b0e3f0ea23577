"""The description of our endpoints, drawn tight: a member that it does not name is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JSON = "application/json"
ARGUMENTS = ['{"hash": "' + 24 * "0" + '"}', '{"hash":"' + 24 * "a" + '","query":"x"}']


def closed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same document, whose replies hold nothing but what it says.

    Strings that hold JSON are drawn as two examples: at random they hold none.
    """
    schemas = document["components"]["schemas"]
    told = {}
    for name in replied(document):
        told[name] = shut(schemas[name])
    kept = {name: told.get(name) or drawn(schema) for name, schema in schemas.items()}
    paths = {
        path: {method: _closed(one) for method, one in methods.items()}
        for path, methods in document["paths"].items()
    }
    return {**document, "paths": paths, "components": {**document["components"], "schemas": kept}}


def _closed(operation: Mapping[str, Any]) -> dict[str, Any]:
    told = {**operation, "responses": shut(operation["responses"])}
    return {**told, "requestBody": drawn(told["requestBody"])} if "requestBody" in told else told


def replied(document: Mapping[str, Any]) -> set[str]:
    """The names of all schemas that replies are made of, and requests are not."""
    schemas = document["components"]["schemas"]
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    told = reached([one["responses"] for one in operations], schemas)
    return told - reached([one.get("requestBody") for one in operations], schemas)


def reached(part: Any, schemas: Mapping[str, Any]) -> set[str]:
    """The names of all schemas that this refers to, and those do."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def shut(part: Any) -> Any:
    """A schema whose objects have no other members than those that it names."""
    if isinstance(part, list):
        return [shut(one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {name: shut(one) for name, one in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        told.setdefault("additionalProperties", False)
    return told


def drawn(part: Any) -> Any:
    """A schema whose strings of JSON are one of two."""
    if isinstance(part, list):
        return [drawn(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("contentMediaType") == JSON:
        return {"enum": ARGUMENTS}
    return {name: drawn(one) for name, one in part.items()}
