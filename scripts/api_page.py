"""docs/api.md: what pages of ours take and tell, of the same description as /openapi.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headroom.proxy.openapi import USUAL, document
from headroom.proxy.outline import kind_of, outline
from headroom.proxy.pages import all_endpoints

INTRODUCTION = """\
# Headroom's own endpoints

<!-- Written by `make docs` from what stands with each page in src/headroom/proxy/pages. -->

What Headroom answers itself; all other paths go to a provider, as they came. Who may ask what
stands in [access.md](access.md). With `--docs` a running proxy tells the same of itself:
`/openapi.json` (OpenAPI 3.1) for programs, `/docs` for people; without it both answer 404. Each
`GET` may be asked as `HEAD`. Further members may be added to what is told: ignore those you do not
know.

What goes wrong is told as [Error](#error), whose `error.message` says what to do. Beside what each
endpoint says of itself, any of them may answer

| status | what |
|---|---|
"""
KNOWN = frozenset(reply.said for reply in USUAL.values())
WHERE = {413: " With a body only.", 415: " With a body only.", 429: " `/v1/compress` only."}


def api_page() -> str:
    """The whole page."""
    told = document(all_endpoints(), needs_token=False)
    schemas = told["components"]["schemas"]
    parts = [INTRODUCTION + "\n".join(_usual())]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation, schemas)
    parts.append("\n# Shapes\n")
    for name, schema in schemas.items():
        parts.append(f"\n## {name}\n")
        parts += _members(schema, schemas)
    return "\n".join(parts) + "\n"


def _usual() -> Iterator[str]:
    for status, reply in USUAL.items():
        yield f"| {status} | {reply.said}{WHERE.get(status, '')} |"


def _operation(
    name: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[str]:
    yield f"\n## `{name}`\n\n{operation['summary']}. {operation['description']}\n"
    if "parameters" in operation:
        yield "| | in | what |\n|---|---|---|"
        for one in operation["parameters"]:
            kind = _linked(one["schema"], schemas)
            yield f"| `{one['name']}` | {one['in']} | {kind}: {_cell(one['description'])} |"
        yield ""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield f"Takes {_linked(content['schema'], schemas)}.\n"
    yield "| status | what | shape |\n|---|---|---|"
    for status, reply in operation["responses"].items():
        if reply["description"] in KNOWN:
            continue
        shapes = [_content(kind, one, schemas) for kind, one in reply.get("content", {}).items()]
        yield f"| {status} | {_cell(reply['description'])} | {', '.join(shapes)} |"


def _content(kind: str, content: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    is_json = kind == "application/json"
    return _linked(content["schema"], schemas) if is_json else f"`{kind}`"


def _linked(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """What it is, with a link to each shape that has a name."""
    words = kind_of(schema).split(" ")
    return _cell(" ".join(f"[{one}](#{one.lower()})" if one in schemas else one for one in words))


def _members(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    lines = outline(schema, schemas)
    if not lines:
        yield f"{_linked(schema, schemas)}."
        return
    yield "| member | what |\n|---|---|"
    for one in lines:
        name = "&emsp;" * one.depth + f"`{one.name}`"
        words = [
            f"[{word}](#{word.lower()})" if word in schemas else word
            for word in one.kind.split(" ")
        ]
        seldom = "" if one.always else ", not always"
        said = f": {one.said}" if one.said else ""
        yield f"| {name} | {_cell(' '.join(words) + seldom + said)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
