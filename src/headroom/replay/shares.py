"""Which part of the bill each kind of content, and each strategy, accounts for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from headroom.replay.bill import NO_TOKENS, Tokens
from headroom.replay.kinds import kind_of
from headroom.replay.segments import Place, Prompt, Segment

# A block that changed although nobody told us by what (replays through a proxy).
UNNAMED = "edited"

Key = tuple[int, Place]
"""A block of a session: its place, and how often the client had rewritten its history."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the bill that one kind of content, or one strategy, accounts for.

    *before* and *after* are tokens at first sight; the bills run over the whole session.
    """

    blocks: int = 0
    before: int = 0
    after: int = 0
    direct: Tokens = NO_TOKENS
    forwarded: Tokens = NO_TOKENS

    def __add__(self, other: Share) -> Share:
        return Share(
            self.blocks + other.blocks,
            self.before + other.before,
            self.after + other.after,
            self.direct + other.direct,
            self.forwarded + other.forwarded,
        )


@dataclass(slots=True)
class _Life:
    """What one block costs over its session: tokens read and written, both ways."""

    kind: str
    before: int
    after: int = 0
    direct_read: int = 0
    direct_written: int = 0
    forwarded_read: int = 0
    forwarded_written: int = 0
    strategies: dict[str, None] = field(default_factory=dict)

    def share(self) -> Share:
        return Share(
            blocks=1,
            before=self.before,
            after=self.after,
            direct=Tokens(self.direct_read, self.direct_written),
            forwarded=Tokens(self.forwarded_read, self.forwarded_written),
        )


class ShareMeter:
    """Follows every block of one session."""

    __slots__ = ("_lives",)

    def __init__(self) -> None:
        self._lives: dict[Key, _Life] = {}

    def direct(self, epoch: int, prompt: Prompt, read: int) -> None:
        """Take in a request as the client sent it; its first *read* segments were cached."""
        for number, (place, segment) in enumerate(zip(prompt.places, prompt.segments, strict=True)):
            life = self._life((epoch, place), segment)
            if number < read:
                life.direct_read += segment.tokens
            else:
                life.direct_written += segment.tokens

    def forwarded(self, epoch: int, prompt: Prompt, read: int) -> None:
        """Take in the same request as it was forwarded."""
        for number, (place, segment) in enumerate(zip(prompt.places, prompt.segments, strict=True)):
            life = self._life((epoch, place), segment)
            life.after = life.after or segment.tokens
            if number < read:
                life.forwarded_read += segment.tokens
            else:
                life.forwarded_written += segment.tokens

    def edited(self, key: Key, strategy: str) -> None:
        """The block at *key* was changed by *strategy*."""
        life = self._lives.get(key)
        if life is not None:
            life.strategies[strategy] = None

    def strategy(self, key: Key) -> str:
        """By what the block at *key* was changed, empty when it was not."""
        life = self._lives.get(key)
        return " + ".join(life.strategies) if life is not None else ""

    def kind(self, key: Key) -> str:
        """The kind of the block at *key*."""
        life = self._lives.get(key)
        return life.kind if life is not None else "other"

    def by_kind(self) -> Mapping[str, Share]:
        """The whole bill, by kind of content."""
        return _summed((life.kind, life.share()) for life in self._lives.values())

    def by_strategy(self) -> Mapping[str, Share]:
        """The bill of the blocks that were changed, by what changed them."""
        return _summed(
            (" + ".join(life.strategies), life.share())
            for life in self._lives.values()
            if life.strategies
        )

    def _life(self, key: Key, segment: Segment) -> _Life:
        life = self._lives.get(key)
        if life is None:
            life = _Life(kind=_kind(segment), before=segment.tokens)
            self._lives[key] = life
        return life


def merged(shares: Iterable[Mapping[str, Share]]) -> Mapping[str, Share]:
    """Several tables as one."""
    return _summed((name, share) for each in shares for name, share in each.items())


def _summed(pairs: Iterable[tuple[str, Share]]) -> dict[str, Share]:
    total: dict[str, Share] = {}
    for name, share in pairs:
        total[name] = total.get(name, Share()) + share
    return dict(sorted(total.items(), key=lambda pair: -pair[1].direct.prompt))


def _kind(segment: Segment) -> str:
    if segment.owner == "tool":
        return kind_of(segment.result)
    return {"head": "tools and system", "user": "user", "assistant": "assistant"}[segment.owner]
