"""Facts seen and tokens left, summed up: one table with all subjects side by side."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.report import table
from benchmarks.samples import TRANSCRIPTS, Needle
from benchmarks.seen import Seen
from benchmarks.visible import Sight

ALL = "all outputs"
URGENT = ("error", "id")
ASKED_URGENTLY = "errors, and ids asked for"
LAST = (ASKED_URGENTLY, ALL, TRANSCRIPTS)

Subjects = Mapping[str, Sequence[Seen]]


@dataclass(slots=True)
class Row:
    """The sum over some samples, or over the facts of one kind."""

    samples: int = 0
    before: int = 0
    after: int = 0
    sights: Tally[Sight] = field(default_factory=Tally)
    found_again: Tally[Sight] = field(default_factory=Tally)
    urgent: Tally[Sight] = field(default_factory=Tally)
    restored: int = 0
    lost: int = 0

    def add(self, seen: Seen) -> None:
        self.samples += 1
        self.before += seen.before
        self.after += seen.after
        self.restored += seen.restored
        self.lost += len(seen.lost)
        for needle, sight, again in _facts(seen):
            self.add_fact(needle, sight, again)

    def add_fact(self, needle: Needle, sight: Sight, again: Sight) -> None:
        self.sights[sight] += 1
        self.found_again[again] += 1
        if needle.kind in URGENT:
            self.urgent[sight] += 1

    def figures(self) -> dict[str, Any]:
        return {
            "samples": self.samples,
            "tokens_before": self.before,
            "tokens_after": self.after,
            "needles": self.sights.total(),
            "whole": self.sights["whole"],
            "split": self.sights["split"],
            "missing": self.sights["missing"],
            "missing_after_retrieval": self.found_again["missing"],
            "errors_and_ids": self.urgent.total(),
            "errors_and_ids_missing": self.urgent["missing"],
            "restored": self.restored,
            "not_restored": self.lost,
        }

    @property
    def tokens(self) -> str:
        return f"{self.after / max(self.before, 1):.3f}"

    @property
    def visible(self) -> str:
        return _share(self.sights)


def by_kind(seen: Iterable[Seen]) -> dict[str, Row]:
    """By the folder of the samples, and over all single outputs."""
    return _rows(seen, lambda one: one.sample.kind)


def by_type(seen: Iterable[Seen]) -> dict[str, Row]:
    """By the finer kind, where a kind has several."""
    return _rows(
        (one for one in seen if one.sample.is_single),
        lambda one: f"{one.sample.kind}: {one.sample.content_type}",
    )


def by_needle(seen: Iterable[Seen]) -> dict[str, Row]:
    """By what kind of fact it is; whole requests are left out."""
    found: dict[str, Row] = {}
    for one in seen:
        if not one.sample.is_single:
            continue
        for needle, sight, again in _facts(one):
            names = [needle.kind, ALL, *([ASKED_URGENTLY] if needle.kind in URGENT else [])]
            for name in names:
                found.setdefault(name, Row()).add_fact(needle, sight, again)
    return {name: found[name] for name in sorted(found, key=_order)}


def figures(subjects: Subjects) -> dict[str, Any]:
    """Everything as plain JSON, by subject."""
    return {
        name: {
            title: {kind: row.figures() for kind, row in rows(seen).items()}
            for title, rows in (("kinds", by_kind), ("types", by_type), ("needles", by_needle))
        }
        for name, seen in subjects.items()
    }


def markdown(subjects: Subjects) -> str:
    """The tables: by kind, by finer kind, by kind of fact; and that nothing is lost."""
    parts = [
        "## Tokens after over before · facts visible\n",
        _side_by_side("kind", subjects, by_kind),
        "## The same by finer kind\n",
        _side_by_side("kind", subjects, by_type),
        "## Facts visible, by what kind of fact it is\n",
        _facts_table(subjects),
        "## Nothing is lost\n",
        *(_nothing_lost(name, seen) for name, seen in subjects.items()),
    ]
    return "\n".join(part for part in parts if part)


def misses(seen: Iterable[Seen]) -> Iterator[str]:
    """Each fact that is not there as a whole, and each output that did not come back."""
    for one in seen:
        for needle, sight, again in _facts(one):
            if sight != "whole":
                what = "lost" if again == "missing" else sight
                yield f"{what} {needle.kind} {one.sample.name}: {needle.text[:160]!r}"
        yield from (f"not restored: {one.sample.name}: {what}" for what in one.lost)


def _side_by_side(
    title: str, subjects: Subjects, rows: Callable[[Iterable[Seen]], Mapping[str, Row]]
) -> str:
    found = {name: rows(seen) for name, seen in subjects.items()}
    first = next(iter(found.values()), {})
    heads = [title, "samples", "tokens", "facts", *found]
    lines = [
        [
            kind,
            str(row.samples),
            f"{row.before:,}",
            str(row.sights.total()),
            *(f"{of[kind].tokens} · {of[kind].visible}" for of in found.values()),
        ]
        for kind, row in first.items()
    ]
    return table(heads, lines)


def _facts_table(subjects: Subjects) -> str:
    found = {name: by_needle(seen) for name, seen in subjects.items()}
    first = next(iter(found.values()), {})
    lines = [
        [kind, str(row.sights.total()), *(of[kind].visible for of in found.values())]
        for kind, row in first.items()
    ]
    return table(["fact", "facts", *found], lines)


def _nothing_lost(name: str, seen: Sequence[Seen]) -> str:
    row = Row()
    for one in seen:
        row.add(one)
    changed = row.restored + row.lost
    if not changed:
        return ""
    heads = f"{row.sights['split']} facts stand in parts, below a heading said once"
    if not any(one.sample.is_single and one.restored for one in seen):
        return f"- {name}: {row.lost} failures.\n"
    return (
        f"- {name}: {row.restored} of {changed} outputs that were changed came back to the byte; "
        f"facts visible, those that markers bring back included: {_share(row.found_again)}; "
        f"{heads}.\n"
    )


def _facts(seen: Seen) -> Iterator[tuple[Needle, Sight, Sight]]:
    return zip(seen.sample.needles, seen.sights, seen.found_again, strict=True)


def _rows(seen: Iterable[Seen], name: Callable[[Seen], str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for one in seen:
        found.setdefault(name(one), Row()).add(one)
        if one.sample.is_single:
            found.setdefault(ALL, Row()).add(one)
    return {kind: found[kind] for kind in sorted(found, key=_order)}


def _order(kind: str) -> tuple[int, str]:
    return (LAST.index(kind) + 1, kind) if kind in LAST else (0, kind)


def _share(sights: Tally[Sight]) -> str:
    total = sights.total()
    # Rounded down: what is called 100 % is all of them.
    return f"{1000 * (total - sights['missing']) // total / 10:.1f} %" if total else "–"
