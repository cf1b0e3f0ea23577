"""What pages of ours share: an answer in JSON whatever goes wrong, and a body that is an object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

import msgspec

from headroom.errors import BadRequest, Refusal, StoreError, UnsupportedEncoding
from headroom.proxy.answers import answer
from headroom.proxy.aside import aside
from headroom.proxy.call import Call, Send, read_body
from headroom.proxy.proxy import Proxy
from headroom.proxy.unpacking import unpacked

Tell = Callable[[Proxy, Call], Awaitable[tuple[int, Mapping[str, Any] | list[Any]]]]
"""Gives the status and what is told.  May raise Refusal and StoreError."""
NO_STORE = [(b"cache-control", b"no-store")]
ERROR_TYPES: Mapping[int, str] = MappingProxyType(
    {
        400: "validation_error",
        403: "forbidden",
        404: "not_found",
        413: "too_large",
        415: "unsupported_media",
        422: "validation_error",
        503: "storage_error",
    }
)
"""The npm SDK raises a class of its own for some of these names."""
Answers = Callable[[Proxy, Call, Send], Awaitable[None]]


def telling(*, missing: str) -> Callable[[Tell], Answers]:
    """Makes a page of what tells something: 503 for what is *missing* while the store is down.

    What is refused is answered with `{"detail": …, "error": {"type": …, "message": …}}`.
    """

    def page_of(tell: Tell) -> Answers:
        async def page(proxy: Proxy, call: Call, send: Send) -> None:
            told: Mapping[str, Any] | list[Any]
            try:
                status, told = await tell(proxy, call)
            except StoreError as error:
                status, told = 503, {"detail": f"{missing} cannot be read just now: {error}"}
            except Refusal as error:
                status, told = error.status, {"detail": str(error)}
            if status >= 400 and isinstance(told, Mapping):
                told = refused(status, told["detail"])
            await answer(send, status, msgspec.json.encode(told), NO_STORE)

        return wraps(tell)(page)

    return page_of


def refused(status: int, detail: str) -> dict[str, Any]:
    """What is told of a refusal: as the original does, and as clients read errors everywhere."""
    kind = ERROR_TYPES.get(status, "error")
    return {"detail": detail, "error": {"type": kind, "message": detail}}


async def object_in(proxy: Proxy, call: Call, *, limit: int = 0) -> dict[str, Any]:
    """The JSON object that the body is, of *limit* bytes at most.  Raises Refusal."""
    limit = min(limit or proxy.body_limit_bytes, proxy.body_limit_bytes)
    sent = await read_body(call, limit=limit)
    try:
        plain = await unpacked(call, sent, limit=limit)
        body = await aside(len(plain), msgspec.json.decode, plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnsupportedEncoding) as error:
        raise BadRequest("the body is not JSON that can be read") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body
