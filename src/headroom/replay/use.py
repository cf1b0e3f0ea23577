"""Whether what the agent used could still be seen in what was forwarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from headroom.replay.bill import Penalty
from headroom.replay.dialects.base import Dialect
from headroom.replay.segments import Prompt, Segment
from headroom.replay.session import Turn
from headroom.replay.shares import Key, ShareMeter
from headroom.replay.spans import Haystack, said, spans


@dataclass(frozen=True, slots=True)
class Miss:
    """A span that was used and could not be seen: from which tool's result, changed by what.

    *penalty* is what fetching that result costs; None when an earlier miss has paid for it.
    """

    turn: int
    span: str
    tool: str
    kind: str
    strategy: str
    penalty: Penalty | None = None


@dataclass(frozen=True, slots=True)
class _Result:
    key: Key
    text: str
    call: str


class UseMeter:
    """Follows the spans of one session; each counts once, at its first use."""

    def __init__(self, dialect: Dialect, count: Callable[[str], int], shares: ShareMeter) -> None:
        self.used = 0
        self.kept = 0
        self.misses: list[Miss] = []
        self.penalties: list[Penalty] = []
        self._dialect = dialect
        self._count = count
        self._shares = shares
        self._seen: set[str] = set()
        self._tools: dict[str, str] = {}
        self._fetched: set[Key] = set()
        self._forget()

    def turn(self, turn: Turn, epoch: int, direct: Prompt, forwarded: Prompt) -> None:
        """Take in what the turn says and does, which stands on everything before it."""
        self._read(epoch, direct)
        visible: Haystack | None = None
        for span in spans(said(turn.reply, self._dialect)):
            if span in self._seen:
                continue
            self._seen.add(span)
            if span not in self._told or span in self._elsewhere:
                continue
            if visible is None:
                visible = Haystack("\n".join(each.text for each in forwarded.segments))
            self.used += 1
            if span in visible:
                self.kept += 1
            else:
                self._miss(turn, span, forwarded)
        self._tools.update(self._called(turn))

    def _forget(self) -> None:
        self._epoch = 0
        self._taken = 0
        self._results: list[_Result] = []
        self._told = Haystack()
        self._elsewhere = Haystack()

    def _read(self, epoch: int, direct: Prompt) -> None:
        """What is new in the request; all of it when the client rewrote its history."""
        if epoch != self._epoch:
            self._forget()
            self._epoch = epoch
        for place in range(self._taken, len(direct.segments)):
            segment = direct.segments[place]
            if segment.owner == "tool":
                self._results.append(_result((epoch, direct.places[place]), segment))
                self._told.add(segment.result)
            else:
                self._elsewhere.add(segment.text)
        self._taken = len(direct.segments)

    def _called(self, turn: Turn) -> Iterator[tuple[str, str]]:
        """The calls of a turn, by id, each with the name of its tool."""
        for item in turn.reply:
            for _, part in self._dialect.parts(item):
                call = self._dialect.call(part)
                if call is not None:
                    yield call.id, call.name

    def _miss(self, turn: Turn, span: str, forwarded: Prompt) -> None:
        holding = [result for result in self._results if span in result.text]
        latest = holding[-1]
        penalty = None
        if self._fetched.isdisjoint(result.key for result in holding):
            self._fetched.add(latest.key)
            penalty = Penalty(forwarded.tokens, self._count(latest.text))
            self.penalties.append(penalty)
        self.misses.append(
            Miss(
                turn=turn.number,
                span=span,
                tool=self._tools.get(latest.call, ""),
                kind=self._shares.kind(latest.key),
                strategy=self._shares.strategy(latest.key),
                penalty=penalty,
            )
        )


def _result(key: Key, segment: Segment) -> _Result:
    return _Result(key=key, text=segment.result, call=segment.call)
