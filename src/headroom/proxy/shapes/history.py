"""What `/stats-history` tells."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    INTEGER,
    MOMENT,
    TEXT,
    Maybe,
    extended,
    listed,
    named,
    record,
)
from headroom.proxy.shapes.sums import DOLLARS, LIFETIME, POINT, POLICY, RETENTION, SESSION

OF_PERIOD = record(
    "PeriodShare",
    requests=COUNT,
    tokens_saved=INTEGER,
    compression_savings_usd_delta=DOLLARS,
    total_input_tokens_delta=COUNT,
    total_input_cost_usd_delta=DOLLARS,
    net_saved_usd=DOLLARS,
)

PERIOD = extended(
    "Period",
    POINT,
    tokens_saved=INTEGER,
    compression_savings_usd_delta=DOLLARS,
    total_input_tokens_delta=COUNT,
    total_input_cost_usd_delta=DOLLARS,
    requests=COUNT,
    tokens_before=COUNT,
    tokens_after=COUNT,
    output_tokens=COUNT,
    cache_read_tokens=COUNT,
    cache_write_5m_tokens=COUNT,
    cache_write_1h_tokens=COUNT,
    cache_write_other_tokens=COUNT,
    uncached_input_tokens=COUNT,
    net=record(
        actual_usd=DOLLARS,
        counterfactual_usd=DOLLARS,
        saved_usd=DOLLARS,
        lost_usd=DOLLARS,
        busts_of_ours=COUNT,
    ),
    by_provider=Maybe(named(OF_PERIOD)),
    by_model=Maybe(named(OF_PERIOD)),
)

HISTORY = record(
    "History",
    schema_version=COUNT,
    generated_at=MOMENT,
    storage_path=TEXT,
    lifetime=LIFETIME,
    older_histories=LIFETIME,
    display_session=SESSION,
    display_session_policy=POLICY,
    history=listed(POINT),
    history_summary=record(mode=TEXT, stored_points=COUNT, returned_points=COUNT, compacted=FLAG),
    series=record(
        hourly=listed(PERIOD),
        daily=listed(PERIOD),
        weekly=listed(PERIOD),
        monthly=listed(PERIOD),
    ),
    exports=record(
        default_format=TEXT, available_formats=listed(TEXT), available_series=listed(TEXT)
    ),
    retention=RETENTION,
)
