"""What `/metrics` tells: each metric is declared once, with how it is read and what it means.

    journal ─▶ statistics ─▶ Sums ─┐
                                   ├─ METRICS ─▶ families ─▶ text
    processes, store, budgets ─▶ Now ┘

`docs/metrics.md` is written from the declarations.
"""

from __future__ import annotations

from headroom.observe.metrics.live import LIVE
from headroom.observe.metrics.metric import Metric
from headroom.observe.metrics.money import MONEY
from headroom.observe.metrics.original import ORIGINAL
from headroom.observe.metrics.requests import REQUESTS
from headroom.observe.metrics.tokens import TOKENS

OURS: tuple[Metric, ...] = (*REQUESTS, *TOKENS, *MONEY, *LIVE)

METRICS: tuple[Metric, ...] = (*ORIGINAL, *OURS)
"""In the order in which they are told."""
