"""The arithmetic of a token bucket, without a clock and without a place to stand in.

A bucket is known by what it lacks: one that lacks nothing is full, and need not be kept.  One
that lacks more than it holds is in debt: what comes in pays that back first.
"""

from __future__ import annotations

# Sums of fractions and differences of clock readings are off by less than these: who has
# waited as long as was said must not be told to wait for a nanosecond more.
SLACK_SHARE, SLACK_S = 1e-9, 1e-6


def spent(lacks: float, amount: float, *, rate: float, burst: float) -> tuple[float, float]:
    """What the bucket lacks after this, and the seconds to wait, 0.0 if *amount* was taken.

    Nothing is spent when the result is positive.  More than *burst* is given by a full bucket,
    which is in debt from then on: else it would be refused for ever.
    """
    over = lacks + min(amount, burst) - burst
    if over <= burst * SLACK_SHARE + rate * SLACK_S:
        return lacks + amount, 0.0
    return lacks, over / rate if rate > 0 else float("inf")


def charged(lacks: float, amount: float) -> float:
    """What the bucket lacks after this, whatever it holds; an amount below zero is given back."""
    return max(lacks + amount, 0.0)


def refilled(lacks: float, *, at: float, now: float, rate: float) -> float:
    """What a bucket lacks at *now* that lacked this *at*, both on one steady clock.

    A time still to come was read before the machine was started anew, when the clock began
    at zero: then at least *now* has gone since.  So nothing is ever given that time has not.
    """
    gone = now - at if at <= now else now
    return max(lacks - gone * rate, 0.0)


def full_at(lacks: float, *, now: float, rate: float) -> float:
    """When it is full again by itself."""
    if lacks <= 0:
        return now
    return now + lacks / rate if rate > 0 else float("inf")
