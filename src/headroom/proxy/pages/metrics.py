"""`/metrics`: what Prometheus scrapes, the same from every worker."""

from __future__ import annotations

import asyncio

from headroom import __version__
from headroom.errors import StoreError
from headroom.observe.metrics.metric import Now, Sums
from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.described import Described, Reply
from headroom.proxy.present import all_present
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import TEXT

METRICS = Described(
    "Metrics for Prometheus",
    said="The same from every worker; which there are stands in docs/metrics.md.",
    replies={
        200: Reply(
            "Prometheus' text format, or OpenMetrics where that is asked for.",
            {"text/plain": TEXT, "application/openmetrics-text": TEXT},
        )
    },
)


async def metrics(proxy: Proxy, call: Call, send: Send) -> None:
    """`GET /metrics` in Prometheus' text format, or as OpenMetrics where that is asked for."""
    accept = (call.header(b"accept") or b"").decode("latin-1")
    text, kind = await told(proxy, accept)
    headers = [(b"cache-control", b"no-store"), (b"vary", b"accept")]
    await answer(send, 200, text, headers, kind=kind.encode("latin-1"))


async def told(proxy: Proxy, accept: str) -> tuple[bytes, str]:
    """The text and its content type; where the store does not answer, what is known without it."""
    await asyncio.to_thread(_load)
    from headroom.observe.metrics.exposition import families, text_of  # noqa: PLC0415 - see _load

    processes = await all_present(proxy)
    budgets = await proxy.budget_gauges.read(proxy.settings, proxy.planning, proxy.chronicle)
    try:
        sums = Sums.of(await proxy.chronicle.read())
    except StoreError:
        sums = None
    now = Now(
        processes=processes,
        health=proxy.planning.store_health(),
        problem=proxy.planning.store_health().problem or proxy.chronicle.scribe.problem,
        store=proxy.settings.store_kind,
        is_counted=sums is not None,
        budgets=budgets,
        version=__version__,
    )
    # Nothing is waited for between reading the sums and this: they go on changing.
    found = families(sums, now)
    return await asyncio.to_thread(text_of, found, accept)


def _load() -> None:
    """Prometheus' library takes 40 ms to load, once, and only where somebody scrapes."""
    import headroom.observe.metrics.exposition  # noqa: F401, PLC0415
