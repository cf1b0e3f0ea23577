"""`/openapi.json` and `/docs`: the description of our own endpoints, where --docs asks for it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec

from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.described import Described, Reply
from headroom.proxy.openapi import Endpoints, document
from headroom.proxy.outline import kind_of, outline
from headroom.proxy.pages.told import NO_STORE, Answers
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import OBJECT, TEXT, listed, named, record

DOCUMENT = Described(
    "This description",
    record(
        "OpenAPI",
        openapi=TEXT,
        info=OBJECT,
        servers=listed(OBJECT),
        paths=named(OBJECT),
        components=OBJECT,
    ),
    "With --docs only.",
)
PAGE = Described(
    "This description as a page",
    said="With --docs only.",
    replies={200: Reply("The page.", {"text/html": TEXT})},
)

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { font: 600 1.05rem ui-monospace, monospace; margin: 2.5rem 0 .25rem; overflow-wrap: anywhere }
table { border-collapse: collapse; font-size: .875rem; margin: .5rem 0 }
td, th { padding: .15rem .75rem .15rem 0; text-align: left; vertical-align: top }
code { font-family: ui-monospace, monospace }
summary { cursor: pointer }
:root { color-scheme: light dark }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest())
POLICY = b"default-src 'none'; style-src 'sha256-" + _DIGEST + b"'; frame-ancestors 'none'"
"""Nothing is loaded and nothing runs; only the style that stands in the page."""

HTML = b"text/html; charset=utf-8"
INDENT = "&emsp;"
BACKTICKED = re.compile(r"`([^`]+)`")


def document_of(found: Endpoints) -> Answers:
    """The page that tells the document of these endpoints."""

    async def page(proxy: Proxy, _call: Call, send: Send) -> None:
        told = await asyncio.to_thread(_document, proxy, found)
        await answer(send, 200, await asyncio.to_thread(msgspec.json.encode, told), NO_STORE)

    return page


def page_of(found: Endpoints) -> Answers:
    """The page that shows it."""

    async def page(proxy: Proxy, _call: Call, send: Send) -> None:
        told = await asyncio.to_thread(_document, proxy, found)
        body = await asyncio.to_thread(_html, told)
        await answer(send, 200, body, NO_STORE, kind=HTML)

    return page


def _document(proxy: Proxy, found: Endpoints) -> dict[str, Any]:
    return document(found(), needs_token=bool(proxy.settings.api_key))


def _html(told: Mapping[str, Any]) -> bytes:
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        f"<title>Headroom's endpoints</title><style>{STYLE}</style></head><body>",
        f"<h1>Headroom {escape(told['info']['version'])}</h1>",
        f"<p>{_said(told['info']['description'])}</p>",
        "<p>The same for programs: <a href=/openapi.json>/openapi.json</a>.</p>",
    ]
    schemas = told["components"]["schemas"]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            parts += _operation(method.upper(), path, operation, schemas)
    parts += ["<h1>Shapes</h1>"]
    for name, schema in schemas.items():
        parts += [f'<h2 id="{escape(name)}">{escape(name)}</h2>', *_members(schema, schemas)]
    return "".join([*parts, "</body></html>"]).encode()


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[str]:
    yield f"<h2>{method} {escape(path)}</h2><p><b>{_said(operation['summary'])}.</b> "
    yield f"{_said(operation['description'])}</p>"
    if "parameters" in operation:
        yield "<table>"
        for one in operation["parameters"]:
            kind = escape(kind_of(one["schema"]))
            yield f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{kind}"
            yield f"<td>{_said(one['description'])}"
        yield "</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Takes {escape(kind)}:</p>"
        yield from _shape(content["schema"], schemas)
    for status, reply in operation["responses"].items():
        yield f"<details><summary>{status}: {_said(reply['description'])}</summary>"
        for kind, content in reply.get("content", {}).items():
            yield f"<p>{escape(kind)}</p>"
            yield from _shape(content["schema"], schemas)
        yield "</details>"


def _said(text: str) -> str:
    """The words, with what stands between backticks as code."""
    return BACKTICKED.sub(r"<code>\1</code>", escape(text))


def _shape(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    name = kind_of(schema)
    if name in schemas:
        yield f'<p><a href="#{escape(name)}">{escape(name)}</a></p>'
    else:
        yield f"<p>{escape(name)}</p>"


def _members(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "<table>"
    for one in outline(schema, schemas):
        name = INDENT * one.depth + f"<code>{escape(one.name)}</code>"
        kind = f'<a href="#{escape(one.kind)}">{escape(one.kind)}</a>'
        shown = kind if one.kind in schemas else escape(one.kind)
        seldom = "" if one.always else " (not always)"
        yield f"<tr><td>{name}<td>{shown}{seldom}<td>{_said(one.said)}"
    yield "</table>"
