"""What `/dashboard/requests/…` tells."""

from __future__ import annotations

from headroom.proxy.schema import COUNT, FLAG, TEXT, listed, or_null, record
from headroom.proxy.shapes.sums import REQUEST

BLOCK = record(
    "Block",
    index=COUNT,
    turn=COUNT,
    role=TEXT,
    kind=TEXT,
    tool=TEXT,
    tokens_before=COUNT,
    tokens_after=COUNT,
    by=listed(TEXT),
    reason=TEXT,
    was_sent=FLAG,
    has_original=FLAG,
)
REQUEST_DETAIL = record(
    "RequestDetail",
    request=or_null(REQUEST),
    blocks=listed(BLOCK),
    untold_blocks=COUNT,
    may_read=FLAG,
    is_operator=FLAG,
)

_TEXT = record("BlockText", text=or_null(TEXT), characters=COUNT, note=TEXT)
BLOCK_TEXTS = record("BlockTexts", index=COUNT, before=_TEXT, after=_TEXT)
