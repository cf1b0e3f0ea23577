"""What `/livez`, `/readyz` and `/health` tell."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    Maybe,
    extended,
    one_of,
    record,
    said,
)

STATUS = one_of(("healthy", "unhealthy"))

CHECK = record(
    "Check",
    enabled=FLAG,
    ready=FLAG,
    status=one_of(("healthy", "unhealthy", "degraded", "disabled")),
    error=Maybe(said(TEXT, "Why; told to callers on this machine or with a token.")),
    notice=Maybe(TEXT),
)

SPECIFIED_CHECKS = record(
    startup=CHECK, http_client=CHECK, cache=CHECK, rate_limiter=CHECK, memory=CHECK
)
CHECKS = extended("Checks", SPECIFIED_CHECKS, store=CHECK, budget=CHECK, savings_file=CHECK)
READY_CHECKS = extended(
    "ReadyChecks",
    SPECIFIED_CHECKS,
    store=Maybe(CHECK),
    budget=Maybe(CHECK),
    savings_file=Maybe(CHECK),
)

LIVE = record(
    "Live",
    service=TEXT,
    status=STATUS,
    alive=FLAG,
    version=TEXT,
    timestamp=MOMENT,
    uptime_seconds=NUMBER,
)

_MOMENT = record(
    service=TEXT,
    status=STATUS,
    ready=FLAG,
    version=TEXT,
    timestamp=MOMENT,
    uptime_seconds=NUMBER,
)

READY = extended("Ready", _MOMENT, checks=READY_CHECKS)

HEALTH = extended(
    "Health",
    _MOMENT,
    config=record(
        backend=TEXT,
        optimize=FLAG,
        workers=COUNT,
        cache=FLAG,
        rate_limit=FLAG,
        virtual_keys=FLAG,
        budget=FLAG,
        otel=FLAG,
        langfuse=FLAG,
    ),
    runtime=record(pid=COUNT, workers=COUNT, mode=TEXT, store=TEXT),
    checks=CHECKS,
)
