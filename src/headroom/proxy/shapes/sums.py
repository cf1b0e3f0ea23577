"""Sums, distributions and requests, as several pages tell them (`observe/shown.py`)."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    extended,
    listed,
    named,
    or_null,
    record,
    said,
)

DOLLARS = said(NUMBER, "US dollars.")
PRICED = or_null(DOLLARS)

NET = record(
    "Net",
    actual_usd=DOLLARS,
    counterfactual_usd=said(NUMBER, "What it would have come to direct, in US dollars."),
    saved_usd=DOLLARS,
    saved_percent=NUMBER,
    lost_usd=DOLLARS,
    saved_by_cache_marks_usd=DOLLARS,
    cache_marked_requests=COUNT,
    retrieval_cost_usd=DOLLARS,
    retrievals=COUNT,
    busts_of_ours=COUNT,
    bust_tokens_of_ours=COUNT,
    priced_requests=COUNT,
    unpriced_requests=COUNT,
    estimated_requests=COUNT,
)

TOTALS = record(
    "Totals",
    requests=COUNT,
    cached=COUNT,
    refused=COUNT,
    rate_limited=COUNT,
    over_budget=COUNT,
    failed=COUNT,
    client_left=COUNT,
    provider_errors=COUNT,
    bypassed=COUNT,
    compressed=COUNT,
    uncompressed=COUNT,
    compression_failed=COUNT,
    tokens=record(
        before=COUNT,
        after=COUNT,
        saved=INTEGER,
        input=COUNT,
        output=COUNT,
        cache_read=COUNT,
        cache_write_5m=COUNT,
        cache_write_1h=COUNT,
        cache_write_other=COUNT,
        uncached=COUNT,
    ),
    usd=record(
        actual=DOLLARS,
        counterfactual=DOLLARS,
        gained=DOLLARS,
        lost=DOLLARS,
        input=DOLLARS,
        without_provider_cache=DOLLARS,
        retrievals=DOLLARS,
    ),
    net=NET,
    reported_requests=COUNT,
    priced_requests=COUNT,
    unpriced_requests=COUNT,
    priced_as_dearest=COUNT,
    dearer_requests=COUNT,
    estimated=record(
        requests=COUNT,
        input_tokens=COUNT,
        output_tokens=COUNT,
        priced_requests=COUNT,
        actual_usd=DOLLARS,
        counterfactual_usd=DOLLARS,
    ),
    busts=record(ours=COUNT, ours_tokens=COUNT, others=COUNT, others_tokens=COUNT),
    rewrites=record(requests=COUNT, tokens=COUNT),
    retrievals=COUNT,
    retrieving_requests=COUNT,
    compress_endpoint=record(calls=COUNT, tokens_before=COUNT, tokens_after=COUNT),
)

SPREAD = record(
    "Distribution",
    count=COUNT,
    sum=NUMBER,
    average=NUMBER,
    min=NUMBER,
    max=NUMBER,
    p50=NUMBER,
    p95=NUMBER,
    p99=NUMBER,
    buckets=said(
        listed(listed(or_null(NUMBER))), "Up to which bound, null: without one, and how many."
    ),
)
DISTRIBUTIONS = record(
    "Distributions",
    overhead_ms=SPREAD,
    first_byte_ms=SPREAD,
    total_ms=SPREAD,
    stages_ms=named(SPREAD),
    prompt_tokens=SPREAD,
    answer_tokens=SPREAD,
)

SHARE = record("Share", blocks=COUNT, tokens_before=COUNT, tokens_after=COUNT, tokens_saved=INTEGER)
BREAKDOWN = record(
    "Breakdown",
    by_provider=named(TOTALS),
    by_model=named(TOTALS),
    by_tool=named(SHARE),
    by_kind=named(SHARE),
    by_pass=named(SHARE),
    left_alone=said(named(SHARE), "Why what was sent for the first time became no shorter."),
    transforms=named(COUNT),
    compression_failures=named(COUNT),
)

CLIENT = said(TEXT, "Which program it came from, in one word of a few.")

REQUEST = record(
    "Request",
    request_id=TEXT,
    timestamp=MOMENT,
    verdict=TEXT,
    provider=TEXT,
    model=TEXT,
    method=TEXT,
    route=TEXT,
    status=COUNT,
    streaming=FLAG,
    caller=said(TEXT, "How the hash of the caller's credentials begins."),
    key_id=TEXT,
    client=CLIENT,
    input_tokens_original=COUNT,
    input_tokens_optimized=COUNT,
    tokens_saved=INTEGER,
    savings_percent=NUMBER,
    counted_exactly=FLAG,
    usage=said(TEXT, "Whether the provider's own figures are told: none, estimated, reported."),
    input_tokens=COUNT,
    output_tokens=COUNT,
    cache_read_tokens=COUNT,
    cache_write_5m_tokens=COUNT,
    cache_write_1h_tokens=COUNT,
    cache_write_other_tokens=COUNT,
    uncached_input_tokens=COUNT,
    cost_usd=PRICED,
    direct_cost_usd=PRICED,
    saved_usd=PRICED,
    retrieval_cost_usd=PRICED,
    priced_as_dearest=FLAG,
    legs=COUNT,
    retrievals=COUNT,
    bust=TEXT,
    missed_cache_tokens=COUNT,
    rewrite=TEXT,
    rewritten_tokens=COUNT,
    reply_cache=TEXT,
    cache_hit=FLAG,
    optimization_latency_ms=NUMBER,
    first_byte_ms=NUMBER,
    total_latency_ms=NUMBER,
    stages_ms=named(NUMBER),
    transforms_applied=listed(TEXT),
    waste_signals=named(COUNT),
    tags=named(TEXT),
    notes=listed(TEXT),
    compression_failed=TEXT,
    refusal=TEXT,
    error=or_null(TEXT),
)
RECENT_REQUEST = extended(
    "RecentRequest",
    REQUEST,
    stream=FLAG,
    mode=TEXT,
    tokens_input_before=COUNT,
    tokens_input_after=COUNT,
    tokens_output=COUNT,
    cached_tokens=COUNT,
    cacheable_tokens=INTEGER,
    estimated_cache_hit=FLAG,
    semantic_cache_hit=FLAG,
    block_breakdown=named(COUNT),
)
RECENT_ERROR = record(
    "RecentError",
    request_id=TEXT,
    timestamp=MOMENT,
    provider=TEXT,
    model=TEXT,
    method=TEXT,
    route=TEXT,
    status=COUNT,
    verdict=TEXT,
    error=or_null(TEXT),
    client=CLIENT,
    notes=listed(TEXT),
)
CLIENTS = named(
    record(
        "ClientFigures",
        requests=COUNT,
        last_request_at=MOMENT,
        planned=COUNT,
        tokens_before=COUNT,
        tokens_saved=INTEGER,
        answers=said(named(COUNT), "By the provider's status, or the word for another end."),
        notes=named(COUNT),
    )
)

LIFETIME = record(
    "SavedInAll",
    requests=COUNT,
    tokens_saved=INTEGER,
    compression_savings_usd=DOLLARS,
    total_input_tokens=COUNT,
    total_input_cost_usd=DOLLARS,
)
SESSION = extended(
    "SavedInSession",
    LIFETIME,
    savings_percent=NUMBER,
    started_at=or_null(MOMENT),
    last_activity_at=or_null(MOMENT),
)
POINT = record(
    "SavedBy",
    timestamp=MOMENT,
    total_tokens_saved=INTEGER,
    compression_savings_usd=DOLLARS,
    total_input_tokens=COUNT,
    total_input_cost_usd=DOLLARS,
)
POLICY = record(rollover_inactivity_minutes=COUNT)
RETENTION = record(max_history_points=COUNT, max_history_age_days=COUNT)
