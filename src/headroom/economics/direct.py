"""What a request would have used had its client sent it directly.

The cache simulation of docs/measurements.md, kept per conversation: a provider reads the longest
beginning that an earlier request had.  What it reported of the request as it was sent on says
how far it really read, and how many of its tokens one of ours is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from headroom.conversation import Facts, Plan
from headroom.economics.account import NOTHING_KNOWN, Account
from headroom.economics.costs import CALL_TOKENS
from headroom.outcome import Usage

# A count of ours is off by no more: what lies beyond is something else (a picture that we count
# as text, a history that the provider holds).
_LEAST_SCALE, _MOST_SCALE = 0.5, 2.5


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long a prompt is by our own count, as its client sent it and as it goes on.

    In order: *fixed* (tools and system, the same both ways), *added* (what we put in), the blocks
    that an earlier request had (*seen_before*, *seen_after*), and new ones; *before* and *after*
    are all together.
    """

    fixed: int = 0
    added: int = 0
    seen_before: int = 0
    seen_after: int = 0
    before: int = 0
    after: int = 0

    @classmethod
    def of(cls, plan: Plan) -> Sizes:
        """Those of a planned request."""
        fixed = plan.tokens_before - plan.blocks_before
        return cls(
            fixed=fixed,
            added=plan.tokens_after - plan.blocks_after - fixed,
            seen_before=plan.seen_before,
            seen_after=plan.seen_after,
            before=plan.tokens_before,
            after=plan.tokens_after,
        )

    @property
    def left_before(self) -> int:
        """What an earlier request would have left in the cache, sent directly."""
        return self.fixed + self.seen_before if self.seen_before else 0

    @property
    def left_after(self) -> int:
        """What an earlier request has left in the cache."""
        return self.fixed + self.added + self.seen_after if self.seen_after else 0

    def scale(self, reported: int) -> float:
        """How many tokens of the provider one of ours is, as *reported* for the whole prompt."""
        exact = reported / self.after if self.after else 1.0
        return min(max(exact, _LEAST_SCALE), _MOST_SCALE)

    def place_before(self, place: float) -> float:
        """Where in the prompt as the client sent it that stands which stands here as sent on."""
        ours = self.fixed + self.added
        # What was rewritten is shorter now than what was seen.
        seen = min(ours + self.seen_after, self.after)
        after = (0, self.fixed, ours, seen, self.after)
        before = (0, self.fixed, self.fixed, self.fixed + self.seen_before, self.before)
        return _between(place, after, before)


def as_they_came(legs: Sequence[Usage], plan: Plan) -> Usage | None:
    """What requests would have used together that were planned but are of no one conversation.

    Of a batch nobody knows what is read from a cache: what left it would have been read uncached.
    None where nothing left.
    """
    if not legs or not plan.tokens_after or not plan.tokens_saved:
        return None
    more = round(legs[0].input_tokens * plan.tokens_saved / plan.tokens_after)
    used = sum(legs, Usage())
    return replace(used, input_tokens=used.input_tokens + more) if more else None


@dataclass(frozen=True, slots=True)
class Caching:
    """What is known of the provider's cache when a request comes.

    *marked* says that its client asks for caching, *always* that nobody needs to, *by_us* that
    it is cached because we ask; *alive* that what the request before left can still be there;
    *least* is the shortest prefix that is cached.
    """

    marked: bool = False
    always: bool = False
    alive: bool = True
    least: int = 0
    by_us: bool = False

    @classmethod
    def of(
        cls,
        facts: Facts,
        account: Account = NOTHING_KNOWN,
        *,
        now: float = 0.0,
        least: int = 0,
        by_us: bool = False,
    ) -> Caching:
        """For a request of which *facts* are known, and the account of its conversation.

        Something was read: whoever did not ask is cached all the same, by some upstreams.
        """
        always = facts.always_cached or (account.read > 0 and not facts.cache_marks)
        return cls(facts.cache_marks, always, account.is_alive(now), least, by_us)

    def keeps(self, tokens: float) -> bool:
        """Whether a beginning of so many tokens is cached."""
        return (self.marked or self.always) and tokens >= self.least


def supposed(usage: Usage, sizes: Sizes, caching: Caching) -> Usage:
    """The same, with what was probably read from the cache: for where no usage was reported."""
    left = round(sizes.left_after * sizes.scale(usage.input_tokens))
    if not caching.alive or not left or not caching.keeps(left):
        return usage
    return replace(usage, cache_read_tokens=min(left, usage.input_tokens))


def expected_read(usage: Usage, sizes: Sizes) -> int:
    """Tokens that earlier requests of the conversation have left in the cache for this one."""
    left = round(sizes.left_after * sizes.scale(usage.input_tokens))
    return min(left, usage.input_tokens)


def direct_usage(
    legs: Sequence[Usage],
    sizes: Sizes,
    caching: Caching,
    *,
    rewrote: bool = False,
    window: int = 0,
) -> Usage:
    """What the request would have used had its client sent it.

    *legs* are what it did use: the first one answered the request itself, each other one a
    retrieval.  *rewrote* says that we changed what had been sent before, so that what was not
    read says nothing of going direct.  Nobody could have sent more than *window* tokens, where
    that is known (0: it is not).
    """
    first = legs[0]
    scale = sizes.scale(first.input_tokens)
    prompt = max(round(first.input_tokens + (sizes.before - sizes.after) * scale), 0)
    prompt = min(prompt, max(window, first.input_tokens)) if window else prompt
    read = min(max(_direct_read(first, sizes, caching, rewrote=rewrote), 0), prompt)
    output = sum(leg.output_tokens for leg in legs) - sum(
        min(CALL_TOKENS, leg.output_tokens) for leg in legs[:-1]
    )
    if caching.by_us:
        return Usage(prompt, output)
    rest = first.input_tokens - first.cache_read_tokens
    if caching.marked and not caching.keeps(first.input_tokens) and caching.keeps(prompt):
        # Sent directly it was long enough to be written.
        return Usage(prompt, output, read, cache_write_5m_tokens=prompt - read)
    share = (prompt - read) / rest if rest > 0 else 0.0
    return Usage(
        prompt,
        output,
        read,
        cache_write_5m_tokens=round(first.cache_write_5m_tokens * share),
        cache_write_1h_tokens=round(first.cache_write_1h_tokens * share),
        cache_write_other_tokens=round(first.cache_write_other_tokens * share),
    )


def _direct_read(first: Usage, sizes: Sizes, caching: Caching, *, rewrote: bool) -> int:
    """How much of the prompt would have been read from the cache."""
    scale = sizes.scale(first.input_tokens)
    left = sizes.left_before * scale
    too_short = not caching.keeps(sizes.left_after * scale)
    if caching.alive and caching.keeps(left) and (rewrote or too_short):
        return round(left)
    if not first.input_tokens:
        return 0
    place = first.cache_read_tokens * sizes.after / first.input_tokens
    return round(first.cache_read_tokens + (sizes.place_before(place) - place) * scale)


def _between(place: float, known: Sequence[int], wanted: Sequence[int]) -> float:
    """Where *place* among the points *known* stands among the points *wanted*; both ascend."""
    at = min(max(bisect_left(known, place), 1), len(known) - 1)
    begin, end = known[at - 1], known[at]
    share = (place - begin) / (end - begin) if end > begin else 1.0
    return wanted[at - 1] + min(share, 1.0) * (wanted[at] - wanted[at - 1])
