"""What became of one request: the single record that every number is derived from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "planned",
    "bypassed",
    "relayed",
    "refused",
    "upstream_failed",
    "client_left",
    "cut",
    "stopped",
]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them.

    *input_tokens* is the whole prompt, cache reads and writes included, whatever the
    provider's own convention is.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_other_tokens: int = 0

    @property
    def uncached_tokens(self) -> int:
        """Those of the prompt that were neither read from a cache nor written to one."""
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens - self.cache_read_tokens - written - self.cache_write_other_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            self.cache_write_other_tokens + other.cache_write_other_tokens,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request from arrival to its last byte; times in milliseconds."""

    request_id: str
    verdict: Verdict
    method: str = ""
    route: str = ""
    provider: str = ""
    model: str = ""
    status: int = 0
    streaming: bool = False
    tokens_before: int = 0
    tokens_after: int = 0
    counted_exactly: bool = False
    """True when the model reads the vocabulary that *tokens_before* and *after* count with."""
    transforms: tuple[str, ...] = ()
    usage: Usage | None = None
    """Of all legs together."""
    estimated: bool = False
    """True when *usage* is our own count, because the provider reported none."""
    legs: int = 1
    """How often the provider was asked: once, and once more for each answered retrieval."""
    failed: str = ""
    """Why compression was given up, if it was."""
    overhead_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
