"""What the savings file holds: the original's shape, written for other tools and read once.

    {schema_version, lifetime, display_session, history, written_by, journal}

The last two are ours: they tell our own file from one that somebody else counted, and what was
counted in this journal from what was counted in one that is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from headroom.economics.account import NANO
from headroom.observe.history import Amount, in_all, points
from headroom.observe.periods import DAY_S
from headroom.observe.savings_view import (
    SCHEMA_VERSION,
    display_session,
    lifetime,
    points_told,
)
from headroom.observe.statistics import Imported, Point, Statistics

OURS = "headroom "
"""How `written_by` begins where we wrote it; behind it stands the version."""
MOST_COUNTED = 2**60
"""What is read is no more: sums stay within 64 bits."""
WHOLE_DAYS, WHOLE_POINTS = 364, 5_000
"""A history that is younger and shorter has lost nothing: the original keeps so much."""

ROUND = 10_000
"""Billionths of a dollar: the original writes millionths."""

Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
Dollars = Annotated[float, Meta(ge=0, le=MOST_COUNTED / NANO)]


class NewerSchema(Exception):
    """The file is of a later version: its `schema_version` is the argument."""


class Totals(msgspec.Struct, frozen=True):
    """What had come together in all."""

    requests: Count = 0
    tokens_saved: Count = 0
    compression_savings_usd: Dollars = 0.0
    total_input_tokens: Count = 0
    total_input_cost_usd: Dollars = 0.0

    @property
    def amount(self) -> Amount:
        """The same as it is summed."""
        return Amount(
            self.tokens_saved,
            round(self.compression_savings_usd * NANO),
            self.total_input_tokens,
            round(self.total_input_cost_usd * NANO),
        )


class Checkpoint(msgspec.Struct, frozen=True):
    """What had come together by some time."""

    timestamp: datetime
    total_tokens_saved: Count = 0
    compression_savings_usd: Dollars = 0.0
    total_input_tokens: Count = 0
    total_input_cost_usd: Dollars = 0.0

    @property
    def point(self) -> Point:
        """The same as it is kept; a time without a zone is UTC."""
        at = self.timestamp
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return Point(
            at.timestamp(),
            self.total_tokens_saved,
            round(self.compression_savings_usd * NANO),
            self.total_input_tokens,
            round(self.total_input_cost_usd * NANO),
        )


class Found(msgspec.Struct, frozen=True):
    """What a savings file tells."""

    lifetime: Totals
    schema_version: int = 1
    history: tuple[Checkpoint, ...] = ()
    written_by: str = ""
    journal: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether we wrote it."""
        return self.written_by.startswith(OURS)


class _Schema(msgspec.Struct, frozen=True):
    schema_version: int = 1


_SCHEMAS = msgspec.json.Decoder(_Schema)
_FOUND = msgspec.json.Decoder(Found)


def read(content: bytes) -> Found:
    """What this file tells.  Raises NewerSchema, and ValueError where it cannot be read."""
    try:
        version = _SCHEMAS.decode(content).schema_version
        if version > SCHEMA_VERSION:
            raise NewerSchema(version)
        return _FOUND.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def written(statistics: Statistics, *, version: str) -> bytes:
    """The file as it is now."""
    told = {
        "schema_version": SCHEMA_VERSION,
        "lifetime": lifetime(statistics),
        "display_session": display_session(statistics),
        "history": points_told(points(statistics)),
        "written_by": OURS + version,
        "journal": statistics.origin,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def brought(found: Found, content: bytes, statistics: Statistics, *, now: float) -> Imported | None:
    """What of this file is not counted yet; None where all of it is.

    It is an older history, and counts whole, unless it tells of what is counted here as well:
    then what it has more.
    """
    if _overlaps(found, statistics):
        return _difference(found, content, statistics)
    amount = found.lifetime.amount
    if not found.lifetime.requests and amount == Amount():
        return None
    return Imported(
        digest=_digest(found, content),
        requests=found.lifetime.requests,
        tokens_saved=amount.saved_tokens,
        saved=amount.saved,
        input=amount.input,
        input_cost=amount.input_cost,
        points=tuple(_daily(found, now)),
    )


def is_behind(found: Found, statistics: Statistics) -> bool:
    """Whether all that the file tells is counted here."""
    ours = lifetime(statistics)["requests"]
    more = found.lifetime.amount.less(in_all(statistics))
    return found.lifetime.requests <= ours and _is_rounding(more)


def _digest(found: Found, content: bytes) -> str:
    # Several machines on one store may each have a file of the same journal.
    return found.journal if found.is_ours else hashlib.sha256(content).hexdigest()


def _overlaps(found: Found, statistics: Statistics) -> bool:
    if found.is_ours:
        # Where the journal's beginning was never summed up, nobody knows what else it told.
        return found.journal == statistics.origin or statistics.begins > 1
    if not found.history:
        return bool(statistics.position) and is_behind_of(statistics, found)
    ours = {_mark(one) for one in (*statistics.points, *statistics.older)}
    return any(_mark(one.point) in ours for one in found.history)


def is_behind_of(statistics: Statistics, found: Found) -> bool:
    """Whether the file tells of all that is counted here: it may have been gone on with."""
    more = in_all(statistics).less(found.lifetime.amount)
    return lifetime(statistics)["requests"] <= found.lifetime.requests and _is_rounding(more)


def _mark(point: Point) -> tuple[int, int, int]:
    return int(point.at), point.saved_tokens, point.input


def _is_rounding(amount: Amount) -> bool:
    """Whether it is nothing but what dollars lose when they are written as floats."""
    return (
        not (amount.saved_tokens or amount.input) and max(amount.saved, amount.input_cost) < ROUND
    )


def _difference(found: Found, content: bytes, statistics: Statistics) -> Imported | None:
    if is_behind(found, statistics):
        return None
    more = found.lifetime.amount.less(in_all(statistics))
    return Imported(
        digest=hashlib.sha256(content).hexdigest(),
        requests=max(found.lifetime.requests - lifetime(statistics)["requests"], 0),
        tokens_saved=more.saved_tokens,
        saved=more.saved,
        input=more.input,
        input_cost=more.input_cost,
    )


def _daily(found: Found, now: float) -> Iterator[tuple[float, int, int, int, int]]:
    """What had come together by the end of each day, from zero on where nothing is missing."""
    told = sorted((one.point for one in found.history), key=lambda one: one.at)
    told = [one for one in told if 0 < one.at < now + DAY_S]
    if not told:
        return
    first = told[0].at
    if now - first < WHOLE_DAYS * DAY_S and len(told) < WHOLE_POINTS:
        yield msgspec.structs.astuple(Amount().at(first // DAY_S * DAY_S - 1.0))
    most = Amount()
    by_day: dict[int, Point] = {}
    for point in told:
        most = most.at_least(Amount.by(point))
        by_day[int(point.at) // DAY_S] = most.at(point.at)
    yield from (msgspec.structs.astuple(one) for one in by_day.values())
