"""docs/metrics.md: every metric, derived from its declaration, and what to ask of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from headroom.observe.metrics import OURS
from headroom.observe.metrics.metric import MOST_VALUES, Metric
from headroom.observe.metrics.original import ORIGINAL
from headroom.observe.spread import BOUNDS
from headroom.state.presence import BEAT_S, DEAD_S

TEXT = """\
# Metrics

<!-- Written by `make docs` from src/headroom/observe/metrics and scripts/metrics_page.py. -->

`GET /metrics` gives what Prometheus scrapes: its text format, or OpenMetrics where the scraper
asks for that. It is the same whichever worker answers, and on one Redis whichever machine; no
counter falls when a worker is killed or the proxy is started anew
([why](decisions/0025-metrics-from-the-journal.md)). Every sum comes from the same journal as
`/stats`, so both tell the same.

```yaml
scrape_configs:
  - job_name: headroom
    scrape_interval: 15s
    static_configs:
      - targets: ["headroom.example.com:8787"]
    # Not needed on the machine where the proxy runs.
    authorization:
      credentials_file: /etc/prometheus/headroom-token
```

The token is `HEADROOM_API_KEY`, or what stands in the file `token` of the workspace ([who may
ask what](access.md)). Scrape **one** address: all workers and all machines of one store are in
each answer, so several targets would count everything several times.

## What holds for all

- **Requests** are those that went to a provider or were refused on the way there; our own pages
  are none. Tokens and dollars are of requests whose usage the provider reported. Where it
  reported none our own count stands in `headroom_estimated_…`, and in no other sum.
- **Dollars** are of requests with a known price (`headroom_requests_priced_total`). What would
  have been spent without Headroom is the *counterfactual*; `gained` and `lost` only rise,
  `headroom_net_saved_usd` is their difference.
- **Labels** come from lists of ours: providers, models by the name that their price stands
  under (others are `other`), kinds of content, passes, verdicts. No word of a client is one. A
  label has at most {most:,} values, and a value at most 64 printable characters.
- **Milliseconds** stand where the original has them. Buckets end at {ms} ms, those of
  WebSockets at {session} s, those of tokens at powers of 4 up to {tokens:,}.
- **What only each process knows** (open WebSockets, running requests, memory) is said by each
  every {beat:g} seconds and added up. A process that says nothing for {dead:g} seconds is gone.
- **While the store does not answer**, everything that is summed up is left out rather than told
  wrong: a gap in the chart, and `headroom_store_up` is 0. With `--stateless` or `--store
  memory` sums live as long as their process, and each worker has its own.

## Questions and their answers

{questions}

## Names of the original

Its dashboards go on working. `…_sum` and `…_count` are those of a histogram here; what it
called a counter without `_total` is untyped.

{original}

## More

{ours}
"""


class Question(NamedTuple):
    """One, in words and in Prometheus' language."""

    asked: str
    query: str


QUESTIONS: tuple[Question, ...] = (
    Question("Dollars saved per day, losses deducted", "delta(headroom_net_saved_usd[1d])"),
    Question(
        "Share of the bill that was saved in the last day",
        "1 - increase(headroom_cost_usd_total[1d])"
        " / increase(headroom_counterfactual_cost_usd_total[1d])",
    ),
    Question(
        "Dollars per hour, by model", "sum by (model) (increase(headroom_model_cost_usd_total[1h]))"
    ),
    Question(
        "Tokens per second that were not sent",
        "rate(headroom_tokens_saved_total[5m])",
    ),
    Question(
        "Which kinds of content become how much shorter",
        '1 - sum by (content) (increase(headroom_kind_tokens_total{state="after"}[1d]))'
        ' / sum by (content) (increase(headroom_kind_tokens_total{state="before"}[1d]))',
    ),
    Question(
        "Share of prompts that came out of providers' caches",
        "sum(rate(headroom_cache_read_tokens_total[1h]))"
        " / sum(rate(headroom_tokens_input_total[1h]))",
    ),
    Question(
        "What we add before a request is sent: 99 in 100 take less (ms)",
        "histogram_quantile(0.99, sum by (le) (rate(headroom_overhead_ms_bucket[5m])))",
    ),
    Question(
        "The same by stage",
        "histogram_quantile(0.99, sum by (le, stage) (rate(headroom_stage_timing_ms_bucket[5m])))",
    ),
    Question(
        "Median time to the first byte (ms)",
        "histogram_quantile(0.5, sum by (le) (rate(headroom_ttfb_ms_bucket[5m])))",
    ),
    Question(
        "Share of requests that failed or were refused",
        "sum(rate(headroom_requests_by_verdict_total"
        '{verdict=~"refused|upstream_failed|cut|stopped"}[5m]))'
        " / sum(rate(headroom_requests_total[5m]))",
    ),
    Question(
        "Alert: a prefix was broken by us",
        'increase(headroom_busts_total{by="ours"}[1h]) > 0',
    ),
    Question(
        "Alert: less than a tenth of a budget is left",
        "headroom_budget_left_usd / headroom_budget_limit_usd < 0.1",
    ),
    Question(
        "Alert: the store is in trouble, or requests are in no sum",
        "headroom_store_problem == 1 or increase(headroom_outcomes_lost_total[1h]) > 0",
    ),
    Question(
        "Alert: compression gives up",
        "sum by (reason) (increase(headroom_compression_failures_total[15m])) > 10",
    ),
    Question(
        "Alert: requests whose price nobody knows",
        "increase(headroom_requests_unpriced_total[1d]) > 0"
        " or increase(headroom_requests_priced_as_dearest_total[1d]) > 0",
    ),
)
"""What to ask of Prometheus, in its language."""


def metrics_page() -> str:
    """The page."""
    return TEXT.format(
        most=MOST_VALUES,
        ms=_bounds(BOUNDS["ms"]),
        session=_bounds([each / 1_000 for each in BOUNDS["session_ms"]]),
        tokens=round(BOUNDS["tokens"][-1]),
        beat=BEAT_S,
        dead=DEAD_S,
        questions=questions(),
        original=table(ORIGINAL),
        ours=table(OURS),
    )


def questions() -> str:
    """Each question with its query."""
    return "\n\n".join(f"{asked}:\n\n```promql\n{query}\n```" for asked, query in QUESTIONS)


def table(metrics: Iterable[Metric]) -> str:
    """A table with one row per metric."""
    head = "| name | type | labels | what it tells |\n|---|---|---|---|\n"
    return head + "".join(
        f"| `{one.name}` | {one.kind} | {', '.join(one.labels)} | {one.help} |\n" for one in metrics
    )


def _bounds(values: Iterable[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
