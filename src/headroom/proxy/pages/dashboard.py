"""`/dashboard`: the page that shows what was saved, with all that it is made of.

Its files stand in `headroom/dashboard`: they are served as they are, and nothing else is.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

import headroom
from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Headers, Send
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import TEXT, record

NAME = "/dashboard"
PREFIX = "/dashboard/"
FOLDER = Path(headroom.__file__).parent / "dashboard"
FRONT = "index.html"

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing from elsewhere, nothing in line, and no text ever becomes markup."""

KINDS: Mapping[str, bytes] = MappingProxyType(
    {
        ".html": b"text/html; charset=utf-8",
        ".css": b"text/css; charset=utf-8",
        ".js": b"text/javascript; charset=utf-8",
        ".svg": b"image/svg+xml",
        ".LICENSE": b"text/plain; charset=utf-8",
    }
)
ETAG_CHARACTERS = 24

UNCHANGED = Reply("What the browser holds is as it is here.", {})
PAGE = Described(
    "The page that shows what was saved",
    replies={200: Reply("The page.", {"text/html": TEXT}), 304: UNCHANGED},
)
PART = Described(
    "What that page loads",
    below="{file}",
    parameters=(Parameter("file", "One of its files.", where="path"),),
    replies={
        200: Reply(
            "The file.",
            dict.fromkeys(("text/html", "text/css", "text/javascript", "image/svg+xml"), TEXT),
        ),
        304: UNCHANGED,
        404: Reply("There is no such file.", {JSON: record("NoFile", detail=TEXT)}),
    },
)


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    kind: bytes
    body: bytes = field(repr=False)
    etag: bytes


@cache
def files() -> Mapping[str, File]:
    """Every file of the page by its name below `/dashboard/`; read once."""
    found = (path for path in sorted(FOLDER.rglob("*")) if path.suffix in KINDS)
    return MappingProxyType({path.relative_to(FOLDER).as_posix(): _read(path) for path in found})


def _read(path: Path) -> File:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:ETAG_CHARACTERS]
    return File(KINDS[path.suffix], body, b'"%b"' % digest.encode())


async def page(_proxy: Proxy, call: Call, send: Send) -> None:
    """`GET /dashboard`."""
    await _send(FRONT, call, send)


async def file(_proxy: Proxy, call: Call, send: Send) -> None:
    """`GET /dashboard/{file}`: what the page loads."""
    await _send(call.route.name.removeprefix(PREFIX), call, send)


async def _send(name: str, call: Call, send: Send) -> None:
    found = (await asyncio.to_thread(files)).get(name)
    if found is None:
        told = {"detail": f"the dashboard has no file {name[:100]!r}; it is at {NAME}"}
        await answer(send, 404, msgspec.json.encode(told))
        return
    # Asked for anew each time, and mostly answered by 304: its files only fit one another.
    headers: Headers = [(b"etag", found.etag), (b"cache-control", b"private, no-cache")]
    if found.etag in (call.header(b"if-none-match") or b""):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers += [(b"content-type", found.kind), (b"content-length", b"%d" % len(found.body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})
