"""Which requests a stored reply may answer, and which replies may be stored.

A request may be answered so if all that its reply depends on stands in it, and if sending it
brings about nothing else.
"""

from __future__ import annotations

from headroom.proxy.call import Call
from headroom.proxy.record import Record
from headroom.proxy.reply import Reply
from headroom.wire.document import Document

TOOLS = ("tools", "functions", "mcp_servers", "web_search_options", "plugins")
"""Members that bring tools: what these find, or do, is another thing each time."""

ELSEWHERE = (
    *("previous_response_id", "conversation", "thread", "container", "prompt"),
    *("cachedContent", "cached_content"),
)
"""Members that name what the provider keeps, and may change there."""

EFFECTS = ("background", "store", "diagnostics")
"""Members that ask for more than the reply: that it be kept, made later, or compared.

OpenAI's Responses are kept also where the request does not say so; only who says it is taken at
the word.
"""

NOT_SAID = frozenset((b"null", b"false", b"[]", b"{}", b'""'))

NOWHERE_INSIDE = (b'"tool_addition"', b'"item_reference"')
"""The same inside of messages, as it stands in JSON; in a text the quotes would be escaped."""

SEARCHES = "search"
"""Models that look things up by themselves are named so: `gpt-5-search-api`."""

NOT_READ = ("no-cache", "max-age", "min-fresh")
"""What says in a request's `cache-control` that a stored reply will not do."""

OK = 200
LARGEST_BYTES = 1_000_000
"""Of a reply that is stored, as it is sent; such long ones are rare, and fill much room."""

NOT_SETTLED = frozenset(
    (
        *("", "error", "failed", "cancelled"),
        # Who asks again hopes for another answer.
        *("refusal", "content_filter"),
        # The turn goes on.
        "pause_turn",
        # Gemini's (ai.google.dev/api/generate-content#FinishReason, 2026-11).
        *("SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"),
        *("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "FINISH_REASON_UNSPECIFIED"),
    )
)
"""Why a reply ended that is not given again."""


def reads_stored(call: Call) -> bool:
    """Whether the caller lets its request be answered by a stored reply."""
    return stores(call) and not any(one.startswith(NOT_READ) for one in _directives(call))


def stores(call: Call) -> bool:
    """Whether the caller lets the reply be stored."""
    return not call.wants_bypass and "no-store" not in _directives(call)


def looks_repeatable(body: bytes) -> bool:
    """False for most bodies that bring tools, told without reading them."""
    return b'"tools"' not in body


def is_repeatable(document: Document) -> bool:
    """Whether the reply depends on nothing else, and nothing else is wanted."""
    if any(_says(document, name) for name in (*TOOLS, *ELSEWHERE, *EFFECTS)):
        return False
    if SEARCHES in str(document.get("model")) or _only_warms(document):
        return False
    return not any(word in document.body for word in NOWHERE_INSIDE)


def may_be_stored(reply: Reply) -> bool:
    """Whether this reply may be stored, if it turns out to be whole.

    Of the provider's own `cache-control` only `no-store` counts.  The rest is for caches that
    stand between many people; `no-cache` comes with every stream, so that nobody holds it back.
    """
    length = reply.header(b"content-length") or b""
    small = not length.isdigit() or int(length) <= LARGEST_BYTES
    said = (reply.header(b"cache-control") or b"").lower()
    return reply.status == OK and small and b"no-store" not in said


def is_settled(record: Record) -> bool:
    """Whether the reply came to its end, and to one that need not be asked for again."""
    return record.finished and not record.calls and record.reason not in NOT_SETTLED


def _says(document: Document, name: str) -> bool:
    """Whether this member is there and says anything; one that stands there twice may."""
    if not document.has(name):
        return False
    member = document.member(name)
    return member is None or member.raw not in NOT_SAID


def _only_warms(document: Document) -> bool:
    """Whether the request is sent for the provider's cache alone (PROVIDERS 6.2 and 7.3)."""
    options = document.member("prompt_cache_options")
    return document.get("max_tokens") == 0 or (options is not None and b"prewarm" in options.raw)


def _directives(call: Call) -> list[str]:
    said = b",".join(value for name, value in call.headers if name == b"cache-control")
    return [one.strip().lower() for one in said.decode("latin-1").split(",")]
