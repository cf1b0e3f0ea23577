"""Calls as they come to a backend."""

from __future__ import annotations

from headroom.proxy.call import Call, read_head


def call(
    *headers: tuple[bytes, bytes],
    method: str = "POST",
    path: bytes = b"/v1/messages",
    kind: str = "http",
) -> Call:
    """The head of a request."""

    async def receive() -> dict[str, object]:
        return {}

    scope = {
        "type": kind, "method": method, "raw_path": path, "headers": list(headers),
        "query_string": b"",
    }  # fmt: skip
    return read_head(scope, receive)
