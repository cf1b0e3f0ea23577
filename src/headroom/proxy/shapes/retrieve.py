"""What `/v1/retrieve…` takes and tells."""

from __future__ import annotations

from headroom.marker import KEY_CHARACTERS
from headroom.proxy.schema import (
    COUNT,
    FLAG,
    NOTHING,
    TEXT,
    Maybe,
    any_of,
    listed,
    one_of,
    or_null,
    record,
    said,
)

HASH = {
    "type": "string",
    "pattern": rf"^[0-9a-f]{{{KEY_CHARACTERS}}}$",
    "description": "As it stands in the marker.",
}
QUERY = said(TEXT, "Words to look for: only what fits them is told.")
LINES = {
    "type": "string",
    "pattern": r"^\s*([0-9]{1,9}\s*(-\s*([0-9]{1,9}\s*)?)?)?$",
    "description": "Which lines, as `10-20`, `10-` or `10`.",
}
KEY_ID = said(TEXT, "Of the virtual key for which it was kept; for the operator's token alone.")

RETRIEVE = record(
    "Retrieve",
    hash=HASH,
    query=Maybe(or_null(QUERY)),
    lines=Maybe(or_null(LINES)),
    key_id=Maybe(or_null(KEY_ID)),
)

WHOLE = record(
    "Original",
    hash=TEXT,
    original_content=TEXT,
    original_tokens=COUNT,
    original_item_count=COUNT,
    compressed_item_count=COUNT,
    tool_name=TEXT,
    retrieval_count=Maybe(COUNT),
)
PART = record(
    "Excerpt",
    hash=TEXT,
    query=TEXT,
    lines=TEXT,
    results=listed(record(position=COUNT, text=TEXT)),
    count=COUNT,
    total_items=COUNT,
    outline=TEXT,
    original_content=TEXT,
)
RETRIEVED = any_of(WHOLE, PART)

ARGUMENTS = record("Arguments", hash=HASH, query=Maybe(or_null(QUERY)), lines=Maybe(or_null(LINES)))
ARGUMENTS_AS_TEXT = {"type": "string", "contentMediaType": "application/json"}
TOOL_CALL = any_of(
    record(
        "AnthropicToolCall",
        tool_call=record(id=Maybe(TEXT), input=ARGUMENTS),
        provider=Maybe(one_of(["anthropic"])),
    ),
    record(
        "OpenAIToolCall",
        tool_call=record(
            id=Maybe(TEXT), function=record(arguments=any_of(ARGUMENTS_AS_TEXT, ARGUMENTS))
        ),
        provider={**TEXT, "not": {"const": "anthropic"}},
    ),
)
TOOL_RESULT = record(
    "ToolResult",
    tool_result=any_of(
        record(type=one_of(["tool_result"]), tool_use_id=TEXT, content=TEXT),
        record(role=one_of(["tool"]), tool_call_id=TEXT, content=TEXT),
    ),
    success=FLAG,
    data=any_of(WHOLE, PART, record(error=TEXT)),
)

RETRIEVAL_STATS = record(
    "RetrievalStats",
    store=record(
        entry_count=COUNT,
        max_entries=NOTHING,
        total_original_tokens=COUNT,
        total_compressed_tokens=COUNT,
        total_retrievals=COUNT,
        event_count=COUNT,
        entries=COUNT,
        original_tokens_cached=COUNT,
        compressed_tokens_cached=COUNT,
        retrievals=COUNT,
        backend=record(backend_type=TEXT, entry_count=COUNT, bytes_used=COUNT),
    ),
    recent_retrievals=listed(
        record(
            hash=TEXT,
            query=TEXT,
            items_retrieved=COUNT,
            total_items=COUNT,
            tool_name=TEXT,
            retrieval_type=one_of(["search", "full"]),
        )
    ),
)
