"""Which request heads are taken: strict where readers of HTTP disagree, so nothing is smuggled.

A head that two programs could read differently is refused, never repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from headroom.errors import Refusal

FRAMING = frozenset({b"content-length", b"transfer-encoding", b"host", b"upgrade"})

# TRACE echoes credentials; CONNECT would make this a proxy for anything.
REFUSED_METHODS = frozenset({"TRACE", "CONNECT"})
TAKEN = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class RefusedHead(Refusal):
    """A head that is answered with *status*, after which the connection is closed."""

    def __init__(self, status: int, message: str, *, allow: bytes = b"") -> None:
        super().__init__(message, headers=[(b"allow", allow)] if allow else ())
        self.status = status


def check_head(
    method: str, version: str, target: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> RefusedHead | None:
    """Why this head cannot be taken, or None.  Header names are in lower case."""
    if version not in ("1.1", "1.0"):
        return RefusedHead(505, f"HTTP/{version} is not spoken here; use HTTP/1.1")
    if method in REFUSED_METHODS:
        return RefusedHead(405, f"the method {method} is not taken", allow=TAKEN)
    return _check_target(target) or _check_framing(version, headers)


def path_of(target: bytes) -> tuple[bytes, bytes, str]:
    """The raw path, the query, and the decoded path of a checked target."""
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("ascii")
    return raw_path, query, unquote(path) if "%" in path else path


def _check_target(target: bytes) -> RefusedHead | None:
    if not target.startswith(b"/"):
        return RefusedHead(400, "the request target must be a path that begins with a slash")
    if b"#" in target:
        return RefusedHead(400, "the request target may not hold a fragment")
    if not target.isascii() or min(target) <= 0x20 or 0x7F in target:
        return RefusedHead(400, "the request target may hold printable ASCII only")
    return None


def _check_framing(version: str, headers: Sequence[tuple[bytes, bytes]]) -> RefusedHead | None:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in FRAMING:
            if name in found:
                return RefusedHead(400, f"the header {name.decode()} is there twice")
            found[name] = value
    if version == "1.1" and b"host" not in found:
        return RefusedHead(400, "the header host is missing")
    length = found.get(b"content-length")
    if length is not None and not (length.isdigit() and len(length) <= 18):
        return RefusedHead(400, "content-length is not a number of bytes")
    coding = found.get(b"transfer-encoding")
    if coding is not None:
        return _check_coding(coding, version, has_length=length is not None)
    return None


def _check_coding(coding: bytes, version: str, *, has_length: bool) -> RefusedHead | None:
    if has_length:
        return RefusedHead(400, "content-length and transfer-encoding exclude each other")
    if version == "1.0":
        return RefusedHead(400, "HTTP/1.0 has no transfer-encoding")
    if coding.lower() != b"chunked":
        return RefusedHead(400, "the only transfer-encoding taken is chunked")
    return None
