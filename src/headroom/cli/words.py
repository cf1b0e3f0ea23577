"""Amounts in words, as commands print them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
KILOBYTE = 1_000
LEAST_SHOWN = 0.0001
PERIODS: Mapping[str, str] = MappingProxyType(
    {"hourly": "hour", "daily": "day", "monthly": "month"}
)
"""Of budgets."""
UNITS = ("B", "kB", "MB", "GB", "TB")


def money(dollars: float | None) -> str:
    """`$1,234.50`, `$0.0042`, `-$0.5000`, `<$0.0001`; `–` where no price is known."""
    if dollars is None:
        return "–"
    sign = "-" if dollars < 0 else ""
    amount = abs(dollars)
    if 0 < amount < LEAST_SHOWN:
        return f"{sign}<${LEAST_SHOWN}"
    places = 4 if 0 < amount < 1 else 2
    return f"{sign}${amount:,.{places}f}"


def count(number: float) -> str:
    """`1,234`."""
    return f"{number:,.0f}"


def share(part: float, whole: float) -> str:
    """`31.2 %`; empty where there is nothing to have a share of."""
    return f"{100 * part / whole:.1f} %" if whole else ""


def change(before: float, after: float) -> str:
    """`-31.2 %`, `+2.0 %`; `–` where nothing changed."""
    said = f"{100 * (after - before) / before:+.1f} %" if before else ""
    return said if said and float(said[:-2]) else "–"


def size(number: int) -> str:
    """`12.3 MB`."""
    amount = float(number)
    for unit in UNITS:
        if amount < KILOBYTE or unit == UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= KILOBYTE
    raise AssertionError("the last unit ends it")


def duration(seconds: float) -> str:
    """`3 d 4 h`, `2 h 13 min`, `13 min`, `42 s`."""
    left = int(seconds)
    if left < MINUTE_S:
        return f"{left} s"
    days, left = divmod(left, DAY_S)
    hours, left = divmod(left, HOUR_S)
    minutes = left // MINUTE_S
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def milliseconds(number: float) -> str:
    """`0.25 ms`, `12 ms`, `1.2 s`."""
    if number >= KILOBYTE:
        return f"{number / KILOBYTE:,.1f} s"
    return f"{number:.0f} ms" if number >= 10 else f"{number:.2g} ms"


def times(number: int, one: str, many: str = "") -> str:
    """`1 request`, `2 requests`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(told: str) -> str:
    """A time as pages tell it, `2026-11-26T21:40:03.123Z`, for people."""
    return f"{told[:10]} {told[11:19]} UTC"
