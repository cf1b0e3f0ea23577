"""Request bodies without their content encoding; large ones are unpacked beside the event loop."""

from __future__ import annotations

from headroom.proxy.aside import aside
from headroom.proxy.call import Call
from headroom.wire.encodings import LARGEST_RATIO, decode


async def unpacked(call: Call, sent: bytes, *, limit: int) -> bytes:
    """The body *sent* as it was before *call* packed it; the same object where it did not.

    Raises what `decode` does.
    """
    encoding = (call.header(b"content-encoding") or b"").decode("latin-1")
    # How large a packed body is shows only when it is unpacked.
    largest = min(LARGEST_RATIO * len(sent), limit) if encoding else 0
    return await aside(largest, decode, sent, encoding, limit=limit)
