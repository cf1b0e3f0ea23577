"""What `/v1/compress` takes and tells."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    INTEGER,
    NUMBER,
    OBJECT,
    TEXT,
    Maybe,
    listed,
    named,
    or_null,
    record,
    said,
)

MESSAGES = said(listed(OBJECT), "As OpenAI (Chat, Responses) or Anthropic take them.")

COMPRESS = record(
    "Compress",
    messages=MESSAGES,
    model={"type": "string", "minLength": 1, "description": "For which model tokens are counted."},
    token_budget=Maybe(
        or_null(
            {
                "type": "integer",
                "minimum": 1,
                "description": "How many tokens the messages may have, by the provider's count.",
            }
        )
    ),
    config=Maybe(
        or_null(
            said(
                OBJECT,
                "`mode`: `lossless` leaves nothing out. `default_mode`: `simulate` counts and "
                "teaches nothing, and tells more. All else is ignored.",
            )
        )
    ),
)

DIFF = record(
    "Diff",
    request_id=TEXT,
    original_tokens=COUNT,
    optimized_tokens=COUNT,
    total_tokens_saved=INTEGER,
    transforms=listed(
        record(transform_name=TEXT, tokens_before=COUNT, tokens_after=COUNT, tokens_saved=INTEGER)
    ),
)

COMPRESSED = record(
    "Compressed",
    messages=listed(OBJECT),
    tokens_before=COUNT,
    tokens_after=COUNT,
    tokens_saved=INTEGER,
    compression_ratio=said(NUMBER, "After, as a share of before."),
    transforms_applied=listed(TEXT),
    ccr_hashes=said(listed(TEXT), "Of the originals of what was left out: ask `/v1/retrieve`."),
    transforms_summary=Maybe(named(COUNT)),
    token_budget_met=Maybe(FLAG),
    messages_optimized=Maybe(said(listed(OBJECT), "The messages once more, of a simulation.")),
    transforms=Maybe(listed(TEXT)),
    estimated_savings=Maybe(TEXT),
    block_breakdown=Maybe(named(COUNT)),
    waste_signals=Maybe(named(COUNT)),
    diff_artifact=Maybe(DIFF),
)
