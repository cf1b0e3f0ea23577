"""Where the limits per minute meet a call: requests from its head alone, tokens once it is planned.

What counts as tokens is what the provider has to read and write: the input without what comes
from its cache, and the output.  Where the store does not answer nothing is limited.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from headroom.errors import RateLimited, StoreError
from headroom.outcome import Outcome, Usage
from headroom.proxy.call import Headers
from headroom.proxy.caller import Caller
from headroom.proxy.paid import is_paid
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.routes import Provider
from headroom.state.limits import Limit, Shortage

logger = logging.getLogger(__name__)

STORE_DOWN = "requests and tokens per minute are not limited"
MOST_UNREAD_TOKENS = 200_000
"""In a body that was not read: pictures in it are many bytes and few tokens."""


async def take_request(proxy: Proxy, record: Record) -> None:
    """Count this call among its caller's requests.  Raises RateLimited; reads no body."""
    allowed = record.caller.allowance.requests_per_minute
    limits = proxy.planning.limits
    limit = limits.requests if allowed is None else limits.own("requests", allowed)
    for who in _payers(record.caller):
        await _take(proxy.planning, record, limit, who, 1)


async def take_tokens(proxy: Proxy, record: Record) -> None:
    """Set apart what this call is expected to use, until it is known.  Raises RateLimited."""
    allowed = record.caller.allowance.tokens_per_minute
    limits = proxy.planning.limits
    limit = limits.tokens if allowed is None else limits.own("tokens", allowed)
    if not limit.per_minute or not is_paid(record.call):
        return
    tokens = max(_counted(record.expected), 1)
    if not record.plan.tokens_after:
        tokens = min(tokens, MOST_UNREAD_TOKENS)
    for who in _payers(record.caller):
        if await _take(proxy.planning, record, limit, who, tokens):
            record.holds.append(TokensHold(proxy.planning, limit, who, tokens))


@dataclass(frozen=True, slots=True)
class TokensHold:
    """Tokens that were set apart for one call."""

    planning: Planning
    limit: Limit
    who: str
    taken: int

    async def settle(self, outcome: Outcome) -> None:
        """Give back what was not used, charge what was beyond it."""
        limits = self.planning.limits
        used = used_tokens(outcome, self.taken)
        try:
            await limits.correct(self.limit, self.who, taken=self.taken, used=used)
        except StoreError as error:
            self.planning.troubles.warn(logger, STORE_DOWN, error)


def used_tokens(outcome: Outcome, taken: int) -> int:
    """What a call has used of its tokens per minute; nothing where it was never sent, or refused.

    What nobody has reported is no more than was *taken*: a guess makes no debt.
    """
    if outcome.usage is None:
        return 0
    used = _counted(outcome.usage)
    return min(used, taken) if outcome.estimated else used


def _counted(usage: Usage) -> int:
    # Anthropic counts no cache reads towards its limit on most models (PROVIDERS 6.6, 2026-11).
    # OpenAI does; but an agent sends its whole history each time, and what guards against a
    # loop must not stop a long conversation that costs a tenth.
    return max(usage.input_tokens - usage.cache_read_tokens, 0) + usage.output_tokens


async def _take(planning: Planning, record: Record, limit: Limit, who: str, amount: int) -> bool:
    """Whether it was taken; not where the store does not answer.  Raises RateLimited."""
    try:
        short = await planning.limits.take(limit, who, amount)
    except StoreError as error:
        planning.troubles.warn(logger, STORE_DOWN, error)
        return False
    if short is None:
        return True
    wait_s = max(math.ceil(short.wait_s), 1)
    raise RateLimited(
        f"these credentials have used the {limit.per_minute:,} {limit.unit} per minute that this "
        f"proxy allows; ask again in {wait_s} s",
        retry_after_s=wait_s,
        headers=remaining_headers(record.call.route.provider, short, now=planning.clock()),
    )


def _payers(caller: Caller) -> tuple[str, ...]:
    """Whose buckets a call is taken from."""
    return (f"key:{caller.key_id}",) if caller.key_id else caller.payers


def remaining_headers(provider: Provider, short: Shortage, *, now: float) -> Headers:
    """How the bucket stands, in this provider's own words; Gemini's has none (PROVIDERS 6.6, 7.4).

    *now* is seconds since 1970.
    """
    limit, unit = short.limit, short.limit.unit.encode()
    held = (b"limit", b"%d" % limit.per_minute), (b"remaining", b"%d" % short.remaining)
    if provider == "anthropic":
        full = datetime.fromtimestamp(math.ceil(now + short.full_s), UTC)
        told = (*held, (b"reset", full.strftime("%Y-%m-%dT%H:%M:%SZ").encode()))
        return [(b"anthropic-ratelimit-%b-%b" % (unit, name), value) for name, value in told]
    if provider == "openai":
        told = (*held, (b"reset", _duration(math.ceil(short.full_s)).encode()))
        return [(b"x-ratelimit-%b-%b" % (name, unit), value) for name, value in told]
    return []


def _duration(seconds: int) -> str:
    """As OpenAI writes it: `7s`, `6m0s`, `1h0m7s`."""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    told = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{told}{seconds % 60}s"
