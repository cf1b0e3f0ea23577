"""Whether cache marks pay for a client that sets none.

A mark makes the provider write the prompt to its cache, dearer than to read it uncached; the next
requests read it from there, if they come while it is kept.  In prices relative to an uncached
input token.
"""

from __future__ import annotations

from dataclasses import dataclass

from headroom.economics.models import Limits
from headroom.economics.prices import USUAL

CACHED_S = 300
"""What is marked is cached for five minutes (docs.anthropic.com, prompt caching, 2026-11)."""

GOES_ON = 0.95
"""How often a request with tools is followed by another: 1,296 of 1,357 requests of 61 recorded
sessions of agents (2026-11)."""
BEGINS = 0.7
"""The same for the first one; recorded sessions do not tell it, as none of them is short.  It may
be far off: marks pay from 0.28 on."""
CHATS = 0.5
"""The same for a conversation without tools that has gone on once: people are slower."""
WEIGHT = 2.0
"""How many requests such a guess is worth against what was seen of the conversation itself."""
STARTS_WEIGHT = 10.0
"""How many conversations the guess of how often they go on is worth against what was seen of their
kind: after sixteen that asked once only, the next is not marked at its beginning any more."""
LEAST_CACHED = 1024
"""Tokens that a prompt must have to be cached at all, where the model's own figure is not known."""


@dataclass(frozen=True, slots=True)
class Starts:
    """How many conversations of one kind have begun, and how many of them soon went on."""

    begun: int = 0
    followed: int = 0


NOTHING_SEEN = Starts()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What speaks for a next request that comes soon enough.

    *goes_on* says that an earlier request of the conversation was answered, *extracts* that
    the one tool it must call is what it is made for.  *soon* and *late* count how the requests
    of this conversation followed one another so far; *starts* are of conversations like it.
    """

    brings_tools: bool
    goes_on: bool = False
    extracts: bool = False
    soon: int = 0
    late: int = 0
    starts: Starts = NOTHING_SEEN

    @property
    def chance(self) -> float:
        """The chance that another request comes while what this one writes is still cached."""
        if self.goes_on:
            guess = GOES_ON if self.brings_tools else CHATS
            return _learned(guess, WEIGHT, self.soon, self.soon + self.late)
        if not self.brings_tools or self.extracts:
            return 0.0
        return _learned(BEGINS, STARTS_WEIGHT, self.starts.followed, self.starts.begun)


def _learned(guess: float, weight: float, times: int, of: int) -> float:
    """What is guessed, corrected by what was seen; the guess counts as much as *weight* times."""
    return (guess * weight + times) / (weight + of)


def marks_pay(chance: float) -> bool:
    """Whether writing a prompt to the cache is expected to save more than it costs.

    The premium of the write is paid in any case; with *chance* the next request reads instead of
    paying in full.  What requests after that one save is not counted, to be on the safe side; nor
    that newer models read for less than is usual.
    """
    return chance * (1 - USUAL.read) > USUAL.write - 1


def least_cached(known: Limits | None) -> int:
    """How many tokens a prompt must have to be cached at all by a model of which this is known."""
    return (known.min_cacheable if known is not None else None) or LEAST_CACHED
