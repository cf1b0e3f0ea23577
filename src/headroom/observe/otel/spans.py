"""The trace of one call: the call, what was done to make it shorter, and the provider.

    chat claude-…                          the call, as its client saw it
    ├── headroom.stage.read …              what it went through before it was sent on
    ├── headroom.compression.pipeline
    │   ├── headroom.stage.plan …
    │   └── headroom.compression.transform
    └── headroom.provider                  what the provider took

No span holds content, but for the call's own where that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from headroom.observe.entry import Entry
from headroom.observe.otel import genai
from headroom.observe.otel.about import whole
from headroom.observe.shown import dollars, error
from headroom.outcome import SHORTENING, Passage

Kind = Literal["server", "client", "internal"]
Value = str | bool | int | float
"""Of an attribute."""

PIPELINE, TRANSFORM = "headroom.compression.pipeline", "headroom.compression.transform"
STAGE, PROVIDER = "headroom.stage", "headroom.provider"

MS_NS = 1_000_000

FIELD_OF_TAG = {"session-id": "session.id", "user-id": "user.id"}
"""What Langfuse and the conventions call two things that clients say in headers of ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a call in its trace; *asked* and *answered* are content."""

    entry: Entry
    ended_ns: int
    traceparent: str = ""
    """In which trace its client made it, as that says."""
    asked_model: str = ""
    """As the request called it."""
    messages: int = 0
    passages: tuple[Passage, ...] = ()
    asked: str = field(default="", repr=False)
    answered: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Some time of a call, by a name; nanoseconds since 1970."""

    name: str
    begun_ns: int
    ended_ns: int
    attributes: tuple[tuple[str, Value], ...] = ()
    over: Span | None = field(default=None, repr=False)
    """The span that it is a part of; None for the call's own."""
    kind: Kind = "internal"
    problem: str = ""
    """What went wrong, in a word or two."""


def spans_of(told: Told) -> list[Span]:
    """The spans of one call, that of the call first."""
    root = _root(told)
    spans = [root]
    made = [passage for passage in told.passages if passage.stage in SHORTENING]
    pipeline = root
    if any(passage.stage == "plan" for passage in made):
        first = min(passage.begun_ms for passage in made)
        last = max(passage.begun_ms + passage.took_ms for passage in made)
        attributes = tuple(_pipeline(told))
        pipeline = _child(root, root, PIPELINE, first, last, attributes)
        spans.append(pipeline)
        spans += _transforms(told, root, pipeline, made)
    for passage in told.passages:
        over = pipeline if passage.stage in SHORTENING else root
        end = passage.begun_ms + passage.took_ms
        spans.append(_child(root, over, f"{STAGE}.{passage.stage}", passage.begun_ms, end, ()))
    spans += _provider(told, root)
    return spans


def _root(told: Told) -> Span:
    entry = told.entry
    operation = genai.operation(entry)
    return Span(
        name=f"{operation} {told.asked_model or entry.model}".strip(),
        begun_ns=told.ended_ns - round(entry.total_ms * MS_NS),
        ended_ns=told.ended_ns,
        attributes=tuple(_of_call(told, operation)),
        kind="server",
        problem=error(entry) or "",
    )


def _child(
    root: Span,
    over: Span,
    name: str,
    first_ms: float,
    last_ms: float,
    attributes: Sequence[tuple[str, Value]],
    *,
    kind: Kind = "internal",
    problem: str = "",
) -> Span:
    """A span under *over*, from and to so long after the call came; never beyond the call."""
    begun = min(root.begun_ns + round(first_ms * MS_NS), root.ended_ns)
    ended = min(root.begun_ns + round(last_ms * MS_NS), root.ended_ns)
    return Span(name, begun, max(begun, ended), tuple(attributes), over, kind, problem)


def _transforms(told: Told, root: Span, pipeline: Span, made: Sequence[Passage]) -> Iterator[Span]:
    """One for each transform: while a plan was made, as they are not timed one by one."""
    plan = next(passage for passage in made if passage.stage == "plan")
    end = plan.begun_ms + plan.took_ms
    for transform in told.entry.transforms:
        named = (("headroom.transform", transform),)
        yield _child(root, pipeline, TRANSFORM, plan.begun_ms, end, named)


def _provider(told: Told, root: Span) -> Iterator[Span]:
    entry = told.entry
    if entry.verdict not in ("planned", "bypassed", "upstream_failed") or not entry.overhead_ms:
        return
    begun_ms = max(
        (each.begun_ms + each.took_ms for each in told.passages), default=entry.overhead_ms
    )
    attributes: list[tuple[str, Value]] = [
        ("gen_ai.provider.name", genai.provider(entry)),
        ("headroom.legs", entry.legs),
    ]
    failed = error(entry) or ""
    yield _child(
        root, root, PROVIDER, begun_ms, entry.total_ms, attributes, kind="client", problem=failed
    )


def _pipeline(told: Told) -> Iterator[tuple[str, Value]]:
    entry = told.entry
    yield "headroom.model", entry.model
    yield "headroom.provider", entry.provider
    yield "headroom.message_count", told.messages
    yield "headroom.tokens.before", entry.before
    yield "headroom.tokens.after", entry.after
    yield "headroom.tokens.saved", entry.tokens_saved
    yield "headroom.tokens.exact", entry.exact
    if entry.failed:
        yield "headroom.compression.failed", entry.failed
    if entry.rewrite:
        yield "headroom.rewrite", entry.rewrite
        yield "headroom.rewritten_tokens", entry.rewritten


def _of_call(told: Told, operation: str) -> Iterator[tuple[str, Value]]:
    entry = told.entry
    yield "gen_ai.operation.name", operation
    yield "gen_ai.provider.name", genai.provider(entry)
    if told.asked_model or entry.model:
        yield "gen_ai.request.model", told.asked_model or entry.model
    if told.asked_model and entry.model:
        yield "gen_ai.response.model", entry.model
    if entry.status:
        yield "http.response.status_code", entry.status
    if genai.error_type(entry):
        yield "error.type", genai.error_type(entry)
    yield "headroom.request_id", entry.id
    yield "headroom.verdict", entry.verdict
    yield "headroom.streaming", entry.streaming
    if entry.route:
        yield "headroom.route", entry.route
    yield from _numbers(entry)
    for name, value in entry.tags.items():
        yield FIELD_OF_TAG.get(name, f"headroom.tag.{name}"), value
    yield from _for_langfuse(told)


def _numbers(entry: Entry) -> Iterator[tuple[str, Value]]:
    if entry.used:
        yield from _used(entry)
    if entry.before:
        yield "headroom.tokens.before", entry.before
        yield "headroom.tokens.after", entry.after
        yield "headroom.tokens.saved", entry.tokens_saved
    if entry.retrievals:
        yield "headroom.retrievals", entry.retrievals
    if entry.bust:
        yield "headroom.bust", entry.bust
        yield "headroom.missed_cache_tokens", entry.missed
    if entry.cache:
        yield "headroom.reply_cache", entry.cache
    yield "headroom.overhead_ms", entry.overhead_ms
    yield "headroom.first_byte_ms", entry.first_byte_ms


def _used(entry: Entry) -> Iterator[tuple[str, Value]]:
    costs = (
        ("actual_usd", entry.cost),
        ("counterfactual_usd", entry.direct_cost),
        ("saved_usd", entry.saved),
        ("retrievals_usd", entry.retrieval_cost),
    )
    # What we have only estimated must not be taken for what was reported.
    if entry.estimated:
        yield "headroom.estimated.input_tokens", entry.input
        yield "headroom.estimated.output_tokens", entry.output
    else:
        yield "gen_ai.usage.input_tokens", entry.input
        yield "gen_ai.usage.output_tokens", entry.output
        yield "gen_ai.usage.cache_read.input_tokens", entry.read
        written = entry.written_5m + entry.written_1h + entry.written_other
        yield "gen_ai.usage.cache_creation.input_tokens", written
    room = "headroom.estimated.cost" if entry.estimated else "headroom.cost"
    for name, nanos in costs:
        amount = dollars(nanos)
        if amount is not None:
            yield f"{room}.{name}", amount


def _for_langfuse(told: Told) -> Iterator[tuple[str, Value]]:
    """What Langfuse reads by names of its own (langfuse.com/integrations/native/opentelemetry).

    It adds up all kinds of usage, so that `input` is what no cache had to do with; and it takes
    the costs that it is told.
    """
    entry = told.entry
    yield "langfuse.observation.type", "generation" if genai.is_call(entry) else "span"
    if error(entry):
        yield "langfuse.observation.level", "ERROR"
        yield "langfuse.observation.status_message", error(entry) or ""
    if entry.used and not entry.estimated:
        usage = {
            "input": entry.uncached,
            "input_cache_read": entry.read,
            "input_cache_creation_5m": entry.written_5m,
            "input_cache_creation_1h": entry.written_1h,
            "input_cache_creation": entry.written_other,
            "output": entry.output,
        }
        given = {name: tokens for name, tokens in usage.items() if tokens}
        yield "langfuse.observation.usage_details", json.dumps(given)
        if entry.cost is not None:
            cost = {"total": dollars(entry.cost)}
            yield "langfuse.observation.cost_details", json.dumps(cost)
    if entry.streaming and entry.first_byte_ms:
        at_s = told.ended_ns / 1e9 - (entry.total_ms - entry.first_byte_ms) / 1000
        first = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
        yield "langfuse.observation.completion_start_time", first[:-6] + "Z"
    if told.asked:
        yield "langfuse.observation.input", whole(told.asked)
    if told.answered:
        yield "langfuse.observation.output", whole(told.answered)
