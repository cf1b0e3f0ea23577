"""What `/stats` tells."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    INTEGER,
    MOMENT,
    NOTHING,
    NUMBER,
    TEXT,
    Maybe,
    any_of,
    extended,
    listed,
    named,
    one_of,
    or_null,
    record,
    said,
)
from headroom.proxy.shapes.patterns import FEEDBACK_FIGURES, TELEMETRY_FIGURES, TOIN_FIGURES
from headroom.proxy.shapes.sums import (
    BREAKDOWN,
    CLIENTS,
    DISTRIBUTIONS,
    DOLLARS,
    LIFETIME,
    NET,
    POINT,
    POLICY,
    RECENT_ERROR,
    RECENT_REQUEST,
    RETENTION,
    SESSION,
    TOTALS,
)

SUMMARY = record(
    "Summary",
    mode=TEXT,
    api_requests=COUNT,
    primary_model=TEXT,
    compression=record(
        requests_compressed=COUNT,
        avg_compression_pct=NUMBER,
        best_compression_pct=NUMBER,
        best_detail=TEXT,
        total_tokens_removed=INTEGER,
    ),
    uncompressed_requests=record(passthrough=Maybe(COUNT), no_compressible_content=Maybe(COUNT)),
    cost=record(
        without_headroom_usd=DOLLARS,
        with_headroom_usd=DOLLARS,
        total_saved_usd=DOLLARS,
        savings_pct=NUMBER,
        breakdown=record(cache_savings_usd=DOLLARS, compression_savings_usd=DOLLARS),
    ),
    tip=Maybe(TEXT),
)

RANGE = record("Range", average_ms=NUMBER, min_ms=NUMBER, max_ms=NUMBER)

COST = record(
    "Cost",
    total_tokens_saved=INTEGER,
    total_input_tokens=COUNT,
    total_input_cost_usd=DOLLARS,
    cache_write_5m_tokens=COUNT,
    cache_write_1h_tokens=COUNT,
    per_model=named(
        record(
            requests=COUNT,
            tokens_saved=INTEGER,
            tokens_sent=COUNT,
            cache_write_5m_tokens=COUNT,
            cache_write_1h_tokens=COUNT,
            reduction_pct=NUMBER,
        )
    ),
    cost_with_headroom_usd=DOLLARS,
    savings_usd=DOLLARS,
    compression_savings_usd=DOLLARS,
    cache_savings_usd=DOLLARS,
    cli_tokens_avoided=COUNT,
)

_OF_TTL = record(tokens=COUNT, requests=COUNT)
BUCKETS = record("TtlBuckets", **{"5m": _OF_TTL, "1h": _OF_TTL})
MIX = record("TtlMix", **{"5m_pct": NUMBER, "1h_pct": NUMBER}, active_buckets=listed(TEXT))
CACHE_FIGURES = record(
    "PrefixCacheFigures",
    cache_read_tokens=COUNT,
    cache_write_tokens=COUNT,
    cache_write_5m_tokens=COUNT,
    cache_write_1h_tokens=COUNT,
    cache_write_5m_requests=COUNT,
    cache_write_1h_requests=COUNT,
    uncached_input_tokens=COUNT,
    requests=COUNT,
    hit_requests=COUNT,
    hit_rate=NUMBER,
    request_hit_rate=NUMBER,
    bust_count=COUNT,
    bust_count_of_ours=COUNT,
    bust_write_tokens=COUNT,
    savings_usd=DOLLARS,
    write_premium_usd=DOLLARS,
    net_savings_usd=DOLLARS,
    observed_ttl_buckets=BUCKETS,
    observed_ttl_mix=Maybe(MIX),
)
PREFIX_CACHE = record(
    "PrefixCache",
    by_provider=named(
        extended(
            "ProviderPrefixCache",
            CACHE_FIGURES,
            read_discount=TEXT,
            write_premium=TEXT,
            label=TEXT,
        )
    ),
    totals=CACHE_FIGURES,
    prefix_freeze=record(
        busts_avoided=COUNT,
        tokens_preserved=COUNT,
        compression_foregone_tokens=COUNT,
        net_benefit_tokens=COUNT,
    ),
    compression_vs_cache=record(
        tokens_saved_by_compression=INTEGER,
        tokens_lost_to_cache_bust=COUNT,
        cache_bust_count=COUNT,
        net_tokens=INTEGER,
    ),
    attribution=TEXT,
    observed_ttl_buckets=BUCKETS,
    observed_ttl_mix=or_null(MIX),
)

PERSISTENT = record(
    "PersistentSavings",
    schema_version=COUNT,
    storage_path=TEXT,
    lifetime=LIFETIME,
    older_histories=LIFETIME,
    display_session=SESSION,
    display_session_policy=POLICY,
    history_points=COUNT,
    recent_history=listed(POINT),
    retention=RETENTION,
)

STORE = record(
    "StoreState",
    status=one_of(("healthy", "degraded")),
    kind=TEXT,
    bytes=or_null(COUNT),
    durable=FLAG,
    current=FLAG,
    records=COUNT,
    unwritten=COUNT,
    lost=COUNT,
    lost_in_all=COUNT,
    problem=Maybe(TEXT),
    notice=Maybe(TEXT),
    savings_file_problem=Maybe(TEXT),
    savings_file_notice=Maybe(TEXT),
)

BUDGET = record(
    "Budget",
    scope=TEXT,
    who=TEXT,
    period=TEXT,
    limit_usd=DOLLARS,
    spent_usd=DOLLARS,
    left_usd=DOLLARS,
    ends=MOMENT,
)

STATS = record(
    "Stats",
    summary=SUMMARY,
    savings=record(
        total_tokens=INTEGER,
        by_layer=record(
            cli_filtering=record(tokens=COUNT, description=TEXT),
            compression=record(tokens=INTEGER, description=TEXT),
            prefix_cache=record(discount_usd=DOLLARS, description=TEXT),
        ),
    ),
    requests=record(
        total=COUNT,
        cached=COUNT,
        rate_limited=COUNT,
        failed=COUNT,
        by_provider=named(COUNT),
        by_model=named(COUNT),
    ),
    tokens=record(
        input=COUNT,
        output=COUNT,
        saved=INTEGER,
        cli_tokens_avoided=COUNT,
        total_before_compression=COUNT,
        savings_percent=NUMBER,
    ),
    latency=extended("Latency", RANGE, total_requests=COUNT),
    overhead=RANGE,
    ttfb=RANGE,
    pipeline_timing=named(record(average_ms=NUMBER, max_ms=NUMBER, count=COUNT)),
    waste_signals=record(
        json_bloat=COUNT,
        html_noise=COUNT,
        base64=COUNT,
        whitespace=COUNT,
        dynamic_date=COUNT,
        repetition=COUNT,
    ),
    cost=COST,
    savings_history=said(
        listed(listed(any_of(MOMENT, COUNT))), "By when how many tokens had been saved."
    ),
    display_session=SESSION,
    persistent_savings=PERSISTENT,
    prefix_cache=PREFIX_CACHE,
    cli_filtering=NOTHING,
    recent_requests=listed(RECENT_REQUEST),
    clients=said(CLIENTS, "Of the last 200 requests, by program."),
    net=extended("NetByTime", NET, today=NET, lifetime=NET),
    recent_errors=listed(RECENT_ERROR),
    today=TOTALS,
    session=TOTALS,
    lifetime=TOTALS,
    since=or_null(MOMENT),
    last_request_at=or_null(MOMENT),
    brought=record(histories=COUNT, requests=COUNT, tokens_saved=INTEGER, gained_usd=DOLLARS),
    breakdown=BREAKDOWN,
    distributions=DISTRIBUTIONS,
    lifetime_breakdown=BREAKDOWN,
    lifetime_distributions=DISTRIBUTIONS,
    store=STORE,
    compression=record(
        ccr_entries=or_null(COUNT),
        ccr_max_entries=NOTHING,
        original_tokens_cached=COUNT,
        compressed_tokens_cached=COUNT,
        ccr_retrievals=COUNT,
    ),
    compression_cache=record(mode=TEXT),
    cache=or_null(record(entries=COUNT, max_entries=COUNT, total_hits=COUNT, ttl_seconds=NUMBER)),
    rate_limiter=or_null(
        record(requests_per_minute=COUNT, tokens_per_minute=COUNT, active_keys=COUNT)
    ),
    limits=record(enabled=FLAG, requests_per_minute=COUNT, tokens_per_minute=COUNT),
    budgets=or_null(listed(BUDGET)),
    telemetry=or_null(TELEMETRY_FIGURES),
    feedback_loop=or_null(FEEDBACK_FIGURES),
    toin=or_null(TOIN_FIGURES),
)
