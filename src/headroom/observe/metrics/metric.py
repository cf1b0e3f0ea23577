"""What a metric is, and what it is read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from headroom.observe.book import Book, named
from headroom.observe.entry import LABEL_CHARACTERS, printable
from headroom.observe.spread import Spread
from headroom.observe.statistics import Point, Statistics
from headroom.observe.tally import Tally
from headroom.state.base import Health
from headroom.state.presence import Present
from headroom.state.spend import NANO, Budget

Kind = Literal["counter", "gauge", "histogram", "untyped", "info"]

Values = Iterable[tuple[tuple[str, ...], float | Spread]]
"""One value for each set of labels; of a histogram, how its values are spread."""

MOST_VALUES = 1_000
"""Sets of labels of one metric; more are left out, which no table of ours comes near."""

Named = Sequence[tuple[str, Tally]]


@dataclass(frozen=True, slots=True)
class Sums:
    """What the journal comes to: the same from every worker, never falling."""

    book: Book
    tally: Tally
    providers: Named
    models: Named
    point: Point
    """What has come together, older histories included."""
    requests: int
    """The same of requests."""
    lost: int
    records: int

    @classmethod
    def of(cls, statistics: Statistics) -> Sums:
        """Those of all time."""
        book = statistics.lifetime
        tally = book.sums
        older = sum(one.requests for one in statistics.imported)
        return cls(
            book,
            tally,
            tuple(named(book.providers)),
            tuple(named(book.models)),
            statistics.now(book.last_at),
            tally.of("requests") + older,
            statistics.lost,
            statistics.position,
        )


@dataclass(frozen=True, slots=True)
class Now:
    """How things are just now."""

    processes: Sequence[Present] = ()
    """Those that live."""
    health: Health = field(default_factory=Health)
    problem: str = ""
    """Why something cannot be read or written; not told itself."""
    store: str = "memory"
    """Of what kind it is."""
    is_counted: bool = True
    """Whether the journal could be read."""
    budgets: Mapping[Budget, int] | None = None
    """What is spent of each; None where that cannot be read."""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric; *name* is what it is scraped as, of a histogram less `_bucket` and the like."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Metric):
    """One that comes out of the journal."""

    read: Callable[[Sums], Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live(Metric):
    """One that says how things are."""

    read: Callable[[Now], Values]


Source = TypeVar("Source")


def one(value: float | Spread) -> Values:
    """The value of a metric without labels."""
    return [((), value)]


def counter(name: str, measure: str, what: str) -> Counted:
    """A measure of all requests."""
    return Counted(
        name=name, kind="counter", help=what, read=lambda sums: one(sums.tally.of(measure))
    )


def dollars(name: str, measure: str, what: str) -> Counted:
    """The same of one in billionths of a dollar."""
    return Counted(
        name=name, kind="counter", help=what, read=lambda sums: one(sums.tally.of(measure) / NANO)
    )


def split(name: str, label: str, measures: Mapping[str, str], what: str) -> Counted:
    """Several measures, told apart by a label."""
    return Counted(
        name=name,
        kind="counter",
        help=what,
        labels=(label,),
        read=lambda sums: [((value,), sums.tally.of(name)) for value, name in measures.items()],
    )


def by_provider(name: str, value: Callable[[Tally], float], what: str) -> Counted:
    """Something of the requests of each provider."""
    return Counted(
        name=name,
        kind="counter",
        help=what,
        labels=("provider",),
        read=lambda sums: [((provider,), value(tally)) for provider, tally in sums.providers],
    )


def by_model(name: str, value: Callable[[Tally], float], what: str) -> Counted:
    """Something of the requests of each model."""
    return Counted(
        name=name,
        kind="counter",
        help=what,
        labels=("model",),
        read=lambda sums: [((model,), value(tally)) for model, tally in sums.models],
    )


def spread_with_ends(
    name: str, spread: Callable[[Book], Spread], what: str
) -> tuple[Counted, Counted, Counted]:
    """A histogram, and the least and the largest value beside it."""
    return (
        Counted(name=name, kind="histogram", help=what, read=lambda sums: one(spread(sums.book))),
        Counted(
            name=f"{name}_min",
            kind="gauge",
            help=f"The least value of {name}.",
            read=lambda sums: one(spread(sums.book).least),
        ),
        Counted(
            name=f"{name}_max",
            kind="gauge",
            help=f"The largest value of {name}.",
            read=lambda sums: one(spread(sums.book).most),
        ),
    )


def spreads_with_most(
    name: str, label: str, spreads: Callable[[Book], Mapping[str, Spread]], what: str
) -> tuple[Counted, Counted]:
    """Histograms told apart by a label, and the largest value of each beside it."""
    return (
        Counted(
            name=name,
            kind="histogram",
            help=what,
            labels=(label,),
            read=lambda sums: [((value,), each) for value, each in spreads(sums.book).items()],
        ),
        Counted(
            name=f"{name}_max",
            kind="gauge",
            help=f"The largest value of {name}.",
            labels=(label,),
            read=lambda sums: [((value,), each.most) for value, each in spreads(sums.book).items()],
        ),
    )


def labelled(value: str) -> str:
    """A label's value: short, printable, one line, whoever it comes from."""
    return printable(value)[:LABEL_CHARACTERS]
