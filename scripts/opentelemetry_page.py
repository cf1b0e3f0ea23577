"""docs/opentelemetry.md: what is exported, its tables derived from what exports it."""

from __future__ import annotations

from collections.abc import Iterable

from headroom.observe.otel.exports import LANGFUSE_PATH
from headroom.observe.otel.measures import (
    ATTRIBUTES,
    COUNTERS,
    GEN_AI_ATTRIBUTES,
    HISTOGRAMS,
    NAMED,
    Histogram,
)
from headroom.observe.otel.opening import END_S
from headroom.observe.otel.post import TIMEOUT_S
from headroom.observe.otel.providers import AT_ONCE, MOST_KEPT
from headroom.proxy.record import CONTENT_CHARACTERS

TEXT = """\
# OpenTelemetry and Langfuse

<!-- Written by `make docs` from scripts/opentelemetry_page.py and src/headroom/observe/otel. -->

Headroom can send metrics and traces to a collector of OpenTelemetry, and traces to Langfuse. All
of it is off by default, and independent of `HEADROOM_TELEMETRY`. It needs an extra:

```console
pip install "headroom-ai[proxy,otel]"
```

To see at once what would be sent, let it be written to stdout every two seconds, metrics as one
line of JSON each time and every span as one, as the SDK has them:

```console
HEADROOM_OTEL_METRICS_ENABLED=1 HEADROOM_OTEL_METRICS_EXPORTER=console \\
HEADROOM_OTEL_METRICS_EXPORT_INTERVAL_MS=2000 \\
HEADROOM_OTEL_TRACES_ENABLED=1 HEADROOM_OTEL_TRACES_EXPORTER=console headroom proxy
```

## To a collector

```console
HEADROOM_OTEL_METRICS_ENABLED=1
HEADROOM_OTEL_METRICS_ENDPOINT=http://127.0.0.1:4318/v1/metrics
HEADROOM_OTEL_METRICS_HEADERS=authorization=Basic%20dXNlcjprZXk=
HEADROOM_OTEL_TRACES_ENABLED=1
HEADROOM_OTEL_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces
HEADROOM_OTEL_SERVICE_NAME=headroom-proxy
HEADROOM_OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production,team=agents
```

The protocol is OTLP over HTTP, as protobuf, packed by gzip. These addresses are the defaults; one
without a path gets `/v1/metrics` or `/v1/traces`. [All options](settings.md) begin with
`HEADROOM_OTEL_`.

It is made and sent by OpenTelemetry's own SDK, in providers of Headroom's own: the global ones
are not touched. **Of variables `OTEL_…` only one counts:** `OTEL_SDK_DISABLED=true` switches the
SDK off in the whole process, and so all of this. No other changes anything, nor do `HTTP_PROXY`
and `.netrc`: they belong to whoever instruments the process around Headroom, and what is meant for
one receiver must not reach another. Redirects are not followed. Certificates are checked against
those that the system trusts (`SSL_CERT_FILE` names others).

**Nobody waits for a collector.** Messages are made and sent by threads of the SDK. A collector that
is down, refuses or hangs costs one warning a minute of each kind (of one worker), which names its
host and nothing else. Metrics are sums: what got lost once is in the next export. Spans are sent
every two seconds, {at_once} at once; those of a batch that is refused, or not taken within
{timeout:g} seconds, are lost, and no more than {kept:,} wait for the next. At a stop, what is left
is sent within {end:g} seconds, or let go.

`/health` tells in `config` under `otel` and `langfuse` what is really on.

## Metrics

Scope `headroom`. Sums are cumulative and never fall while a process lives. Each worker tells its
own, under a `service.instance.id` of its own: add them up over instances. They are derived from
the same records as `/stats`: what the provider reported, calls whose usage we had to estimate
apart. A worker that is killed takes along what it had not exported yet; the journal behind
`/stats` forgets nothing.

Metrics `headroom.…` have the attributes {attributes}. A model whose price nobody knows is
`other`, and so is what goes beyond 200 models; `cached` is whether a stored reply was the answer.

| metric | kind | unit | attributes of its own | what it tells |
|---|---|---|---|---|
{metrics}
Metrics `gen_ai.…` are those of OpenTelemetry's conventions for generative AI, with their buckets
and the attributes {gen_ai}. The model has the name that the reply gave it, where it gave one.

| metric | kind | unit | attributes of its own | what it tells |
|---|---|---|---|---|
{conventions}
A proxy is the client of a provider and the server of its callers, so that both kinds of durations
are there: `gen_ai.client.…` is what the provider took, `gen_ai.server.…` what callers waited for,
with what Headroom adds. Tokens are told once, as the client sees them. `error.type` is there
where something went wrong: the provider's status, or a word such as `rate_limited`, `cut`,
`upstream_failed`.

What was saved, net: `headroom.proxy.cost.counterfactual` − `headroom.proxy.cost.actual`, which is
the same as `gained` − `lost`.

## Traces

One trace for each call:

```text
chat claude-sonnet-4-5                       server: the call as its client saw it
├── headroom.stage.read, parse, cache        what it went through, at its time
├── headroom.compression.pipeline            message_count, tokens.before, ….after, ….saved
│   ├── headroom.stage.blocks, look_up, plan, rewrite, keep
│   └── headroom.compression.transform       one for each, by its name
├── headroom.stage.guards                    limits and budgets
└── headroom.provider                        client: from where it was sent on to its last byte
```

The first has `gen_ai.operation.name`, `gen_ai.provider.name`, `gen_ai.request.model`,
`gen_ai.response.model`, `gen_ai.usage.input_tokens` (the provider's cache included),
`….output_tokens`, `….cache_read.input_tokens`, `….cache_creation.input_tokens`,
`http.response.status_code`, `error.type`, and as `headroom.…`: `request_id` (as in
`x-headroom-request-id`), `verdict`, `route`, `tokens.…`, `cost.actual_usd`,
`cost.counterfactual_usd`, `cost.saved_usd`, `retrievals`, `bust`. Usage that is our own estimate
stands under `headroom.estimated.…` instead.

A call with a valid `traceparent` goes on in its caller's trace, and is not told where that says
that it is not sampled. The headers `x-headroom-session-id` and `x-headroom-user-id` become
`session.id` and `user.id`, other `x-headroom-…` become `headroom.tag.…`.

No span holds anything of what was asked or answered, and none a key.

## Langfuse

```console
HEADROOM_LANGFUSE_ENABLED=1
LANGFUSE_PUBLIC_KEY=pk-lf-…
LANGFUSE_SECRET_KEY=sk-lf-…
LANGFUSE_BASE_URL=https://cloud.langfuse.com
```

The same traces go to `{path}` of that address, beside whatever else is on (`LANGFUSE_OTEL_HOST`
and `LANGFUSE_HOST` are read too). Langfuse takes no metrics. Calls are generations, with usage by
kind (`input` is what no cache had to do with, so that the kinds add up) and the costs that
Headroom reckons; sessions and users come from the headers above. `HEADROOM_LANGFUSE_SERVICE_NAME`
and `HEADROOM_LANGFUSE_RESOURCE_ATTRIBUTES` say more of the service, such as
`langfuse.environment=production`.

Without a key, or without the extra, one warning at start says what is missing; calls go on.

**Content.** `HEADROOM_LANGFUSE_CONTENT=1` sends along what was asked (the last text or result of
a tool in the request) and what was answered, the first {content:,} characters of each, **as they
are**: nothing is taken out of them, so that secrets in them leave too. It goes to Langfuse only,
never to a collector, a log or the store.

## What it costs

Metrics cost some 0.13 ms of computing per call, after the reply's last byte, and traces some
0.26 ms for each receiver, with a dozen spans. Where nothing is switched on, nothing of it is
imported.
"""


def opentelemetry_page() -> str:
    """The page as it should be."""
    counters = {}
    for counter in COUNTERS:
        labels = (counter.label[0],) if counter.label else ()
        counters[counter.name] = _row(counter.name, "sum", counter.unit, labels, counter.meaning)
    named = [_row(each.name, "sum", each.unit, each.labels, each.meaning) for each in NAMED]
    ours = [each for each in HISTOGRAMS if each.name.startswith("headroom.")]
    theirs = [each for each in HISTOGRAMS if each not in ours]
    return TEXT.format(
        attributes=_code(ATTRIBUTES),
        gen_ai=_code(GEN_AI_ATTRIBUTES),
        metrics="".join([*counters.values(), *named, *_histograms(ours)]),
        conventions="".join(_histograms(theirs)),
        kept=MOST_KEPT,
        end=END_S,
        at_once=AT_ONCE,
        timeout=TIMEOUT_S,
        path=LANGFUSE_PATH,
        content=CONTENT_CHARACTERS,
    )


def _histograms(histograms: Iterable[Histogram]) -> list[str]:
    return [
        _row(each.name, "histogram", each.unit, each.labels, each.meaning) for each in histograms
    ]


def _row(name: str, kind: str, unit: str, labels: Iterable[str], meaning: str) -> str:
    return f"| `{name}` | {kind} | `{unit}` | {_code(labels)} | {meaning} |\n"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
