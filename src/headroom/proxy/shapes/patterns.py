"""What `/v1/feedback…`, `/v1/toin/…` and `/v1/telemetry…` tell of what was learned."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    any_of,
    extended,
    listed,
    named,
    or_null,
    record,
)

_SUMMARY = record(total_compressions=COUNT, total_retrievals=COUNT, global_retrieval_rate=NUMBER)

TELEMETRY_FIGURES = extended(
    "TelemetryFigures",
    _SUMMARY,
    enabled=FLAG,
    endpoint_set=FLAG,
    sent=FLAG,
    total_tokens_saved=INTEGER,
    tool_signatures_tracked=COUNT,
    events_in_memory=COUNT,
    avg_compression_ratio=NUMBER,
    avg_token_reduction=NUMBER,
)
FEEDBACK_FIGURES = extended(
    "FeedbackFigures", _SUMMARY, tools_tracked=COUNT, tools_with_high_retrieval=COUNT
)
TOIN_FIGURES = extended(
    "ToinFigures",
    _SUMMARY,
    enabled=FLAG,
    patterns_tracked=COUNT,
    patterns_with_recommendations=COUNT,
)

TOOL_PATTERN = record(
    "ToolPattern",
    total_compressions=COUNT,
    total_retrievals=COUNT,
    retrieval_rate=NUMBER,
    full_retrieval_rate=NUMBER,
    search_rate=NUMBER,
    common_queries=listed(TEXT),
    queried_fields=listed(TEXT),
)
HINTS = record(
    "Hints",
    max_items=COUNT,
    min_items=COUNT,
    suggested_items=or_null(COUNT),
    aggressiveness=NUMBER,
    skip_compression=FLAG,
    preserve_fields=listed(TEXT),
    reason=TEXT,
)
FEEDBACK = record(
    "Feedback",
    feedback=extended(
        "FeedbackOverview", _SUMMARY, tools_tracked=COUNT, tool_patterns=named(TOOL_PATTERN)
    ),
    # Nothing stands in it where no tool is known.
    hints_example=any_of(HINTS, {"type": "object", "maxProperties": 0}),
)
TOOL_FEEDBACK = record("ToolFeedback", tool_name=TEXT, hints=HINTS, pattern=or_null(TOOL_PATTERN))

SHORT_PATTERN = record(
    "ShortPattern",
    hash=TEXT,
    compressions=COUNT,
    retrievals=COUNT,
    retrieval_rate=TEXT,
    confidence=NUMBER,
    skip_recommended=FLAG,
    optimal_max_items=or_null(COUNT),
)

_SAMPLE = record("Sample", reduced=NUMBER, regretted=NUMBER, asked=NUMBER)
EVIDENCE = record("Evidence", plain=_SAMPLE, eased=_SAMPLE, fields=named(NUMBER))
PATTERN = record(
    "Pattern",
    hash=TEXT,
    tool_name=TEXT,
    kind=TEXT,
    fields=named(TEXT),
    first_seen=COUNT,
    compressions=COUNT,
    retrievals=COUNT,
    retrieval_rate=NUMBER,
    confidence=NUMBER,
    counts=named(COUNT),
    evidence=EVIDENCE,
    recommendation=TEXT,
    skip_recommended=FLAG,
    optimal_max_items=or_null(COUNT),
    preserve_fields=listed(TEXT),
    room=NUMBER,
)

TOOL_STATS = record(
    "ToolStats",
    signature=record(
        structure_hash=TEXT,
        field_count=COUNT,
        has_nested_objects=FLAG,
        has_arrays=FLAG,
        has_numbers=FLAG,
        has_strings=FLAG,
        has_booleans=FLAG,
        kind=TEXT,
        tool_name=TEXT,
        fields=named(TEXT),
    ),
    total_compressions=COUNT,
    total_retrievals=COUNT,
    retrieval_rate=NUMBER,
    total_items_seen=COUNT,
    total_items_kept=COUNT,
    avg_compression_ratio=NUMBER,
    avg_token_reduction=NUMBER,
    avg_items_seen=NUMBER,
    avg_items_kept=NUMBER,
    strategy_counts=named(COUNT),
    counts=named(COUNT),
    evidence=EVIDENCE,
)
TOOLS = record("Tools", tool_count=COUNT, tools=named(TOOL_STATS))
EXPORT = record(
    "Export",
    version=TEXT,
    export_timestamp=MOMENT,
    summary=TELEMETRY_FIGURES,
    tool_stats=named(TOOL_STATS),
    recommendations=named(TEXT),
)
IMPORTED = record("Imported", status=TEXT, current_stats=TELEMETRY_FIGURES)
