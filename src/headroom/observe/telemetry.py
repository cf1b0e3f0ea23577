"""Anonymous totals: what may be sent where an endpoint is set, and nothing else.

Sums of the present session, and what software runs.  Names are only those of models that a public
table has; whoever receives it learns no content, path, key, host, tool or caller.
"""

from __future__ import annotations

import asyncio
import hashlib
import platform
import secrets
import sys
from collections.abc import Callable
from typing import Any

from headroom.economics.model_names import names_of
from headroom.economics.price_table import public_name
from headroom.observe import shown
from headroom.observe.book import Book, named
from headroom.observe.chronicle import Chronicle
from headroom.observe.entry import OTHER
from headroom.observe.statistics import Statistics
from headroom.settings import Settings
from headroom.state.journal import Journal

IDENTITY = "telemetry"
IDENTITY_BYTES = 32
MOST_MODELS = 20
DIGITS = 3

Public = Callable[[str], str]
"""The name by which a public table knows a model; empty where it does not."""


def payload(
    statistics: Statistics,
    identity: bytes,
    *,
    version: str,
    sdk: str,
    backend: str,
    public: Public,
) -> dict[str, Any]:
    """All of it.  *identity* is random; by it alone one installation is told from another."""
    book = statistics.session
    of = book.sums.of
    return {
        "session_id": _id(identity, f"session {book.first_at:.3f}", 32),
        "instance_id": _id(identity, "instance", 16),
        "headroom_version": version,
        "python_version": platform.python_version(),
        "os": sys.platform,
        "sdk": sdk,
        "backend": backend,
        "session_minutes": round((book.last_at - book.first_at) / 60, 1),
        "requests": of("requests"),
        "tokens_saved": of("tokens_saved"),
        "compression_percent": shown.percent(of("tokens_saved"), of("tokens_before")),
        "avg_tokens_before": _each(of("tokens_before"), of("counted")),
        "avg_tokens_after": _each(of("tokens_after"), of("counted")),
        "cache_hit_rate": shown.percent(of("read"), of("input")),
        "cache_bust_tokens": of("bust_tokens"),
        "cost_saved_usd": shown.dollars(book.sums.saved),
        "models_used": _models(book, public),
        "overhead_avg_ms": round(book.overhead.average, DIGITS),
        "overhead_max_ms": round(book.overhead.most, DIGITS),
        "ttfb_avg_ms": round(book.first_byte.average, DIGITS),
        "pipeline_timing": {
            stage: round(spread.average, DIGITS) for stage, spread in sorted(book.stages.items())
        },
        "waste_signals": shown.waste_of_book(book),
    }


async def gather(
    settings: Settings, chronicle: Chronicle, journal: Journal, *, version: str
) -> dict[str, Any]:
    """The same of what is kept, as it would be sent just now.  Raises StoreError."""
    identity = await journal.agreed(IDENTITY, secrets.token_bytes(IDENTITY_BYTES))
    # The table of public names takes a third of a second to load.
    await asyncio.to_thread(_public, "gpt-5")
    statistics = await chronicle.read()
    return payload(
        statistics,
        identity,
        version=version,
        sdk=settings.sdk,
        backend=str(settings.health_config()["backend"]),
        public=_public,
    )


def _public(model: str) -> str:
    return public_name(names_of(model))


def _id(identity: bytes, what: str, characters: int) -> str:
    return hashlib.sha256(identity + what.encode()).hexdigest()[:characters]


def _each(amount: int, count: int) -> float:
    return round(amount / count, 1) if count else 0.0


def _models(book: Book, public: Public) -> list[str]:
    found = (public(name) for name, _ in named(book.models) if name != OTHER)
    return [*dict.fromkeys(filter(None, found))][:MOST_MODELS]
