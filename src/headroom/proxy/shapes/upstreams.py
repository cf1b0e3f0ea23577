"""What `/debug/upstreams` tells."""

from __future__ import annotations

from headroom.proxy.schema import COUNT, FLAG, NUMBER, TEXT, listed, one_of, record, said

REACHED = record(
    "Reached",
    provider=TEXT,
    url=TEXT,
    status=said(COUNT, "0 where there was no answer."),
    took_ms=NUMBER,
    obstacle=one_of(("", "name", "refused", "late", "certificate", "net", "answer")),
    detail=TEXT,
    is_headroom=FLAG,
)
UPSTREAMS = record("Upstreams", upstreams=listed(REACHED))
