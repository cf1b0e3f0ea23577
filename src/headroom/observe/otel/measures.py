"""Which metrics there are: name, unit, meaning, and from which measure each comes.

Everything is derived from the entries and measures that all other numbers come from, so that
totals agree.  `scripts/write_docs.py` makes the table in docs/opentelemetry.md of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headroom.economics.account import NANO
from headroom.observe.spread import MILLISECONDS, TOKENS
from headroom.outcome import FAILED


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """A sum that never falls, of these *measures* together (see `tally.MEASURES`).

    *label* is an attribute of its own, where it has one: its name and its value.
    """

    name: str
    unit: str
    meaning: str
    measures: tuple[str, ...]
    label: tuple[str, str] | None = None

    @property
    def divisor(self) -> int:
        """What the measures are divided by: dollars are kept in billionths."""
        return NANO if self.unit == DOLLARS else 1


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A sum that never falls, by names that are only known as they come, under *labels*."""

    name: str
    unit: str
    meaning: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How values are spread over *bounds*; *labels* beside those that all have."""

    name: str
    unit: str
    meaning: str
    bounds: Sequence[float]
    labels: tuple[str, ...] = ()


DOLLARS, SECONDS, TOKEN, REQUEST = "{USD}", "s", "{token}", "{request}"

DURATIONS = tuple(bound / 1000 for bound in MILLISECONDS)
# What the GenAI conventions advise (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics,
# 2026-11).
OPERATIONS = tuple(0.01 * 2**power for power in range(14))
FIRST_TOKENS = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)

_PROXY, _CACHE, _COST = "headroom.proxy", "headroom.proxy.cache", "headroom.proxy.cost"
_ESTIMATED, _COMPRESSION = "headroom.proxy.estimated", "headroom.compression"
_TTL_TOKENS = "Tokens written to the provider's cache, by how long they stay there"

COUNTERS: tuple[Counter, ...] = (
    Counter(f"{_PROXY}.requests", REQUEST, "Calls that have ended", ("requests",)),
    Counter(
        f"{_PROXY}.requests.cached", REQUEST, "Of them, answered by a stored reply", ("cached",)
    ),
    Counter(
        f"{_PROXY}.requests.failed",
        REQUEST,
        "Of them, without a whole reply: the provider could not be reached, its reply broke off, "
        "or the proxy stopped",
        FAILED,
    ),
    Counter(
        f"{_PROXY}.requests.rate_limited",
        REQUEST,
        "Of them, refused by a limit per minute",
        ("rate_limited",),
    ),
    Counter(
        f"{_PROXY}.requests.over_budget", REQUEST, "Of them, refused by a budget", ("over_budget",)
    ),
    Counter(
        f"{_PROXY}.tokens.input",
        TOKEN,
        "Tokens of prompts as the provider reported them, its cache included",
        ("input",),
    ),
    Counter(f"{_PROXY}.tokens.output", TOKEN, "Tokens of answers, as reported", ("output",)),
    Counter(
        f"{_PROXY}.tokens.saved",
        TOKEN,
        "Tokens that were asked to be sent and were not, by our own count",
        ("tokens_saved",),
    ),
    Counter(f"{_CACHE}.read_tokens", TOKEN, "Tokens read from the provider's cache", ("read",)),
    Counter(
        f"{_CACHE}.write_tokens",
        TOKEN,
        "Tokens written to the provider's cache",
        ("written_5m", "written_1h", "written_other"),
    ),
    Counter(f"{_CACHE}.write_ttl_tokens", TOKEN, _TTL_TOKENS, ("written_5m",), ("ttl", "5m")),
    Counter(f"{_CACHE}.write_ttl_tokens", TOKEN, _TTL_TOKENS, ("written_1h",), ("ttl", "1h")),
    Counter(f"{_CACHE}.write_ttl_tokens", TOKEN, _TTL_TOKENS, ("written_other",), ("ttl", "other")),
    Counter(
        f"{_CACHE}.uncached_input_tokens",
        TOKEN,
        "Tokens of prompts that were neither read from a cache nor written to one",
        ("uncached",),
    ),
    Counter(
        f"{_CACHE}.busts",
        REQUEST,
        "Requests of which the provider's cache was lost by something that we changed",
        ("busts",),
    ),
    Counter(
        f"{_CACHE}.bust_tokens_lost", TOKEN, "Tokens not read from it for that", ("bust_tokens",)
    ),
    Counter(
        f"{_CACHE}.other_busts",
        REQUEST,
        "Requests of which the provider's cache was lost by somebody else's doing",
        ("other_busts",),
    ),
    Counter(
        f"{_COST}.actual",
        DOLLARS,
        "What calls came to, of reported usage at a known price",
        ("cost",),
    ),
    Counter(
        f"{_COST}.counterfactual",
        DOLLARS,
        "What the same calls would have come to directly",
        ("direct_cost",),
    ),
    Counter(
        f"{_COST}.gained", DOLLARS, "By how much calls came cheaper than directly", ("gained",)
    ),
    Counter(f"{_COST}.lost", DOLLARS, "By how much calls came dearer than directly", ("lost",)),
    Counter(
        f"{_COST}.retrievals",
        DOLLARS,
        "The part of the actual costs that asking again after retrievals was",
        ("retrieval_cost",),
    ),
    Counter(
        f"{_PROXY}.retrievals", "{retrieval}", "Originals that were asked back", ("retrievals",)
    ),
    Counter(
        f"{_ESTIMATED}.requests",
        REQUEST,
        "Calls whose usage is our own count, as the provider reported none; in no other metric "
        "of usage or costs",
        ("estimated",),
    ),
    Counter(f"{_ESTIMATED}.tokens.input", TOKEN, "Their prompts", ("estimated_input",)),
    Counter(f"{_ESTIMATED}.tokens.output", TOKEN, "Their answers", ("estimated_output",)),
    Counter(f"{_ESTIMATED}.cost", DOLLARS, "What they came to", ("estimated_cost",)),
    Counter(
        f"{_COMPRESSION}.runs",
        REQUEST,
        "Requests that were looked at to be made shorter, and that the provider took",
        ("counted",),
    ),
    Counter(
        f"{_COMPRESSION}.tokens.input",
        TOKEN,
        "Tokens of requests before, by our own count, where the provider took them",
        ("tokens_before",),
    ),
    Counter(f"{_COMPRESSION}.tokens.output", TOKEN, "The same after", ("tokens_after",)),
    Counter(f"{_COMPRESSION}.tokens.saved", TOKEN, "What left", ("tokens_saved",)),
)

FAILURES = Named(
    f"{_COMPRESSION}.failures",
    REQUEST,
    "Requests whose compression was given up, by why",
    ("operation", "error_type"),
)
TRANSFORMS = Named(
    f"{_COMPRESSION}.transforms", REQUEST, "Requests that each was applied in", ("transform",)
)
WASTE = Named(
    f"{_COMPRESSION}.waste.tokens",
    TOKEN,
    "Tokens that left of what was sent for the first time, by what they were",
    ("signal",),
)
NAMED: tuple[Named, ...] = (FAILURES, TRANSFORMS, WASTE)

REQUEST_DURATION = Histogram(
    f"{_PROXY}.request.duration", SECONDS, "From a call's head to its last byte", DURATIONS
)
OVERHEAD = Histogram(
    f"{_PROXY}.overhead.duration", SECONDS, "Of that, before it was sent on", DURATIONS
)
FIRST_BYTE = Histogram(
    f"{_PROXY}.ttfb.duration", SECONDS, "From a call's head to its reply's first byte", DURATIONS
)
PIPELINE = Histogram(
    f"{_COMPRESSION}.pipeline.duration",
    SECONDS,
    "How long making a request shorter took: blocks, look_up, plan, keep and rewrite",
    DURATIONS,
)
STAGE = Histogram(
    f"{_COMPRESSION}.stage.duration",
    SECONDS,
    "How long each stage took before it was sent on; `read` waits for the client",
    DURATIONS,
    ("stage",),
)
TOKEN_USAGE = Histogram(
    "gen_ai.client.token.usage",
    TOKEN,
    "Tokens per call as reported; `input` includes the provider's cache",
    TOKENS,
    ("gen_ai.token.type",),
)
CLIENT_OPERATION = Histogram(
    "gen_ai.client.operation.duration",
    SECONDS,
    "How long the provider took, from where a call was sent on to its last byte",
    OPERATIONS,
    ("error.type",),
)
SERVER_REQUEST = Histogram(
    "gen_ai.server.request.duration",
    SECONDS,
    "How long a caller waited for the last byte, ours included",
    OPERATIONS,
    ("error.type",),
)
FIRST_TOKEN = Histogram(
    "gen_ai.server.time_to_first_token",
    SECONDS,
    "How long a caller waited for the first byte of a streamed reply, ours included",
    FIRST_TOKENS,
)
HISTOGRAMS: tuple[Histogram, ...] = (
    *(REQUEST_DURATION, OVERHEAD, FIRST_BYTE, PIPELINE, STAGE),
    *(TOKEN_USAGE, CLIENT_OPERATION, SERVER_REQUEST, FIRST_TOKEN),
)

ATTRIBUTES = ("provider", "model", "cached")
"""Of all metrics `headroom.…`."""
GEN_AI_ATTRIBUTES = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model")
"""Of all metrics `gen_ai.…`."""
