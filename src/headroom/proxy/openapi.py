"""The description of our own endpoints (OpenAPI 3.1), made of what stands with each page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from headroom import __version__
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.page import Page
from headroom.proxy.shapes.errors import ERROR

INTRODUCTION = """\
What Headroom answers itself; all other paths go to a provider, as they came. Every `GET` may be
asked as `HEAD`. Further members may be added to what is told: ignore those you do not know."""

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "open": "Open to anybody.",
        "caller": "For callers: on this machine (without HEADROOM_API_KEY), or with a token.",
        "operator": "For the operator: on this machine, or with the operator's token.",
    }
)

TOKENS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "header": {"type": "apiKey", "in": "header", "name": "x-headroom-api-key"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "browser": {
            "type": "http",
            "scheme": "basic",
            "description": "Any name, and the token as the password; for a page that a browser "
            "opens.",
        },
    }
)

USUAL: Mapping[int, Reply] = MappingProxyType(
    {
        status: Reply(said, {JSON: ERROR})
        for status, said in {
            400: "What was asked cannot be understood.",
            401: "A token is needed, or the one that was brought does not hold.",
            403: "A web page of another site asked.",
            413: "The body is too large.",
            415: "The body is not said to be JSON, or is encoded in an unknown way.",
            421: "The Host header names a host that this proxy does not answer for.",
            429: "The caller has asked as often as it may in a minute.",
            503: "What is stored cannot be read just now.",
        }.items()
    }
)
"""What follows from how a page is registered, and not from what it does."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One question, where it is asked, and the page that answers it."""

    path: str
    page: Page
    described: Described


def endpoints(pages: Mapping[str, Page]) -> tuple[Endpoint, ...]:
    """Each question that these pages answer, by path."""
    found = (
        Endpoint(path + one.below, page, one)
        for path, page in pages.items()
        for one in page.described
    )
    return tuple(sorted(found, key=lambda one: one.path))


def document(found: Iterable[Endpoint], *, needs_token: bool) -> dict[str, Any]:
    """The OpenAPI document; *needs_token* is true where callers on this machine need one too."""
    paths: dict[str, dict[str, Any]] = {}
    for one in found:
        paths.setdefault(one.path, {})[one.described.method] = _operation(one, needs_token)
    schemas: dict[str, Any] = {}
    told = _by_reference(paths, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Headroom", "version": __version__, "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "paths": told,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": dict(TOKENS),
        },
    }


def _operation(one: Endpoint, needs_token: bool) -> dict[str, Any]:  # noqa: FBT001
    page, described = one.page, one.described
    told: dict[str, Any] = {
        "operationId": _name(one),
        "summary": described.summary,
        "description": " ".join(part for part in (described.said, LEVELS[page.level]) if part),
        "security": _security(page, needs_token),
    }
    if described.parameters:
        told["parameters"] = [_parameter(each) for each in described.parameters]
    if described.takes is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": described.takes}}}
    replies = {**_usual(one), **described.replies}
    told["responses"] = {str(status): _reply(replies[status]) for status in sorted(replies)}
    return told


def _name(one: Endpoint) -> str:
    words = re.findall(r"[a-z0-9]+", one.path.replace("/v1/", "/"))
    return "_".join([one.described.method, *words])


def _security(page: Page, needs_token: bool) -> list[dict[str, list[str]]]:  # noqa: FBT001
    if page.level == "open":
        return []
    schemes = ("header", "bearer", "browser") if page.browsed else ("header", "bearer")
    needed: list[dict[str, list[str]]] = [{scheme: []} for scheme in schemes]
    return needed if needs_token else [{}, *needed]


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.where,
        "required": one.where == "path",
        "description": one.said,
        "schema": one.schema,
    }


def _usual(one: Endpoint) -> dict[int, Reply]:
    """What follows from how the page is registered."""
    page, described = one.page, one.described
    replies = {status: USUAL[status] for status in (400, 403, 421)}
    if described.tells is not None:
        replies[200] = Reply("What was asked for.", {JSON: described.tells})
    if page.level != "open":
        replies |= {status: USUAL[status] for status in (401, 503)}
    if page.takes_json:
        replies |= {status: USUAL[status] for status in (413, 415)}
    if page.is_limited:
        replies[429] = USUAL[429]
    return replies


def _reply(one: Reply) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in one.schemas.items()}
    return {"description": one.said, **({"content": content} if content else {})}


def _by_reference(part: Any, schemas: dict[str, Any]) -> Any:
    """The same with each schema that has a name among *schemas*, and a reference in its place."""
    if isinstance(part, (list, tuple)):
        return [_by_reference(one, schemas) for one in part]
    if not isinstance(part, Mapping):
        return part
    told = {name: _by_reference(one, schemas) for name, one in part.items()}
    title = _title(part)
    if title is None:
        return told
    known = schemas.setdefault(title, told)
    if known != told:
        raise ValueError(f"two schemas are named {title}")
    return {"$ref": f"#/components/schemas/{title}"}


def _title(part: Mapping[str, Any]) -> str | None:
    title = part.get("title")
    return title if isinstance(title, str) and "type" in part else None


Endpoints = Callable[[], tuple[Endpoint, ...]]
"""Gives them all; asked for late, since the description describes itself too."""
