"""How pages of ours say that something is wrong."""

from __future__ import annotations

from headroom.proxy.schema import INTEGER, TEXT, Maybe, any_of, listed, or_null, record

ERROR = record(
    "Error",
    error=record(
        message=TEXT,
        # Beside the message stands what clients of a provider look for; of which, the headers say.
        type=Maybe(TEXT),
        code=Maybe(any_of(TEXT, INTEGER, {"type": "null"})),
        param=Maybe(or_null(TEXT)),
        status=Maybe(TEXT),
        details=Maybe(listed({"type": "object"})),
    ),
    detail=Maybe(TEXT),
    type=Maybe(TEXT),
    request_id=Maybe(or_null(TEXT)),
)

NO_CHOICE = record(
    "NoChoice",
    detail=listed(
        record(
            type=TEXT,
            loc=listed(TEXT),
            msg=TEXT,
            input=TEXT,
            ctx=record(expected=TEXT),
        )
    ),
    error=record(type=TEXT, message=TEXT),
)
