"""All sessions together: what the report, the JSON and the page say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from headroom.economics import Rates, rates
from headroom.replay.bill import NO_TOKENS, STANDARD, Pricing, Tokens
from headroom.replay.measure import SessionMeasure
from headroom.replay.shares import Share, merged


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of content, or one strategy: its part of the bill, and what became of it.

    Dollars are at each model's base rates, and count sessions with a known price only.
    """

    name: str
    share: Share
    dollars_direct: Decimal
    dollars_forwarded: Decimal

    @property
    def saved(self) -> float:
        """Units of the bill that were saved."""
        return self.share.direct.units(STANDARD) - self.share.forwarded.units(STANDARD)

    @property
    def dollars_saved(self) -> Decimal:
        """Dollars that were saved."""
        return self.dollars_direct - self.dollars_forwarded


@dataclass(frozen=True, slots=True)
class Summary:
    """The measures over all sessions, and the sessions themselves."""

    sessions: tuple[SessionMeasure, ...]
    kinds: tuple[Row, ...]
    strategies: tuple[Row, ...]

    @property
    def turns(self) -> int:
        """How many requests were measured."""
        return sum(len(each.turns) for each in self.sessions)

    @property
    def busts(self) -> int:
        """Turns whose forwarded prefix was not that of the turn before, unannounced."""
        return sum(each.busts for each in self.sessions)

    @property
    def rewrites(self) -> int:
        """Turns in which what had been sent was rewritten, as announced."""
        return sum(len(each.rewrites) for each in self.sessions)

    def rewrites_saved(self, pricing: Pricing) -> float:
        """What those took off the bill, before anything that must be fetched."""
        return sum(each.rewrites_saved(pricing) for each in self.sessions)

    @property
    def rewrites_by_client(self) -> int:
        """Turns before which the client itself had rewritten its history."""
        return sum(each.rewrites_by_client for each in self.sessions)

    @property
    def used(self) -> int:
        """Spans that stood in tool results only and were used later."""
        return sum(each.used for each in self.sessions)

    @property
    def kept(self) -> int:
        """How many of those could still be seen."""
        return sum(each.kept for each in self.sessions)

    @property
    def use_kept(self) -> float:
        """The share of what was used that could still be seen."""
        return self.kept / self.used if self.used else 1.0

    @property
    def penalties(self) -> int:
        """Tool results that would have had to be fetched again."""
        return sum(len(each.penalties) for each in self.sessions)

    @property
    def errors(self) -> int:
        """Turns that were not forwarded, or whose new content was given up."""
        return sum(len(each.errors) for each in self.sessions)

    @property
    def direct(self) -> Tokens:
        """All tokens of the sessions sent directly."""
        return _total(each.direct for each in self.sessions)

    @property
    def forwarded(self) -> Tokens:
        """All tokens of the sessions as forwarded, without penalties."""
        return _total(each.forwarded for each in self.sessions)

    def net(self, pricing: Pricing) -> float:
        """The bill of all sessions, penalties included, over the bill sent directly."""
        direct = sum(each.direct.units(pricing) for each in self.sessions)
        return sum(each.units(pricing) for each in self.sessions) / direct if direct else 1.0

    def worst(self, pricing: Pricing) -> SessionMeasure | None:
        """The session that came off worst, if there is any."""
        return max(self.sessions, key=lambda each: each.net(pricing), default=None)

    @property
    def dollars(self) -> tuple[Decimal, Decimal] | None:
        """Direct and forwarded, over the sessions with a known price; None without any."""
        pairs = [
            (each.dollars_direct, each.dollars_forwarded)
            for each in self.sessions
            if each.dollars_direct is not None and each.dollars_forwarded is not None
        ]
        if not pairs:
            return None
        return sum((pair[0] for pair in pairs), Decimal(0)), sum(
            (pair[1] for pair in pairs), Decimal(0)
        )

    @property
    def unpriced_models(self) -> tuple[str, ...]:
        """Models that no price is known for: their sessions are missing in all dollars."""
        unknown = {each.model for each in self.sessions if each.dollars_direct is None}
        return tuple(sorted(name or "(no model named)" for name in unknown))

    def overhead_ms(self, share: float) -> float:
        """The time that planning a request took, at this share of all requests (0.5, 0.99)."""
        times = sorted(turn.overhead_ms for each in self.sessions for turn in each.turns)
        return times[min(int(share * len(times)), len(times) - 1)] if times else 0.0


def summarise(sessions: Sequence[SessionMeasure]) -> Summary:
    """Everything that the sessions say together."""
    known = {
        (each.model, each.dialect): rates(each.model, provider=each.dialect.format.provider)
        for each in sessions
    }
    priced = [(each, known[each.model, each.dialect]) for each in sessions]
    return Summary(
        sessions=tuple(sessions),
        kinds=tuple(_rows([(each.kinds, found) for each, found in priced])),
        strategies=tuple(_rows([(each.strategies, found) for each, found in priced])),
    )


def _rows(tables: list[tuple[Mapping[str, Share], Rates | None]]) -> Iterator[Row]:
    for name, share in merged(table for table, _ in tables).items():
        here = [(table[name], found) for table, found in tables if name in table]
        yield Row(
            name=name,
            share=share,
            dollars_direct=_dollars((each.direct, found) for each, found in here),
            dollars_forwarded=_dollars((each.forwarded, found) for each, found in here),
        )


def _dollars(bills: Iterable[tuple[Tokens, Rates | None]]) -> Decimal:
    return sum(
        (
            tokens.read * found.cache_read + tokens.written * found.cache_write
            for tokens, found in bills
            if found is not None
        ),
        Decimal(0),
    )


def _total(tokens: Iterable[Tokens]) -> Tokens:
    return sum(tokens, NO_TOKENS)


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 session`, `2,000 sessions`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
