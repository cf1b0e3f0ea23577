"""The two measures: what the bill becomes, and whether what is used later is still there.

Pure: a `Meter` sees each turn's request as the client sent it and as it was forwarded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from headroom.conversation import Path
from headroom.outcome import Rewrite, Usage
from headroom.replay.bill import NO_TOKENS, Penalty, Pricing, Tokens
from headroom.replay.dialects.base import Dialect
from headroom.replay.lane import Lane
from headroom.replay.rewrites import FirstForms, at_clients_places
from headroom.replay.segments import Place, Prompt, Segment, SegmentReader
from headroom.replay.session import Session, Turn
from headroom.replay.shares import UNNAMED, Share, ShareMeter
from headroom.replay.use import Miss, UseMeter

Price = Callable[[Usage], Decimal | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one request: the body that was forwarded, and which edits made it so.

    *edits* are the paths that were edited, each with its strategy; None when only the body is
    known.  *removals* are the messages that left, *rewrite* is what was announced where what
    had been sent before was rewritten.  *gave_up* says why nothing new was compressed, *failed*
    why nothing was forwarded.
    """

    body: bytes
    edits: tuple[tuple[Path, str], ...] | None = None
    removals: tuple[Path, ...] = ()
    rewrite: Rewrite | None = None
    overhead_ms: float = 0.0
    gave_up: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class TurnMeasure:
    """One turn's tokens, both ways, and what planning it took."""

    direct: Tokens
    forwarded: Tokens
    overhead_ms: float


@dataclass(frozen=True, slots=True)
class SessionMeasure:
    """Both measures for one session; dollars are None where the model's price is unknown.

    *busts* are turns whose forwarded prompt does not begin with that of the turn before though
    the client's does; those that were announced are *rewrites*, not busts.  *unrewritten* is
    what would have been forwarded if every block had kept its first form.
    """

    name: str
    dialect: Dialect
    model: str
    turns: tuple[TurnMeasure, ...] = ()
    direct: Tokens = NO_TOKENS
    forwarded: Tokens = NO_TOKENS
    penalties: tuple[Penalty, ...] = ()
    busts: int = 0
    rewrites: tuple[Rewrite, ...] = ()
    unrewritten: Tokens = NO_TOKENS
    rewrites_by_client: int = 0
    used: int = 0
    kept: int = 0
    misses: tuple[Miss, ...] = ()
    kinds: Mapping[str, Share] = field(default_factory=dict)
    strategies: Mapping[str, Share] = field(default_factory=dict)
    dollars_direct: Decimal | None = None
    dollars_forwarded: Decimal | None = None
    errors: tuple[str, ...] = ()

    def units(self, pricing: Pricing) -> float:
        """The bill as forwarded, penalties included."""
        return self.forwarded.units(pricing) + sum(each.units(pricing) for each in self.penalties)

    def net(self, pricing: Pricing) -> float:
        """The bill with its penalties over the bill of the same session sent directly."""
        direct = self.direct.units(pricing)
        return self.units(pricing) / direct if direct else 1.0

    def rewrites_saved(self, pricing: Pricing) -> float:
        """What announced rewrites took off the bill, before anything that must be fetched."""
        return self.unrewritten.units(pricing) - self.forwarded.units(pricing)

    @property
    def use_kept(self) -> float:
        """The share of what was used that could still be seen."""
        return self.kept / self.used if self.used else 1.0


class Meter:
    """Measures one session, turn by turn.

    *reader* is another reading of what belongs to tools, where one is wanted.
    """

    def __init__(
        self,
        session: Session,
        count: Callable[[str], int],
        *,
        reader: SegmentReader | None = None,
    ) -> None:
        self._session = session
        self._reader = reader if reader is not None else SegmentReader(session.dialect, count)
        self._direct = Lane()
        self._forwarded = Lane()
        self._unrewritten = Lane()
        self._first_forms = FirstForms()
        self._rewrites: list[Rewrite] = []
        self._without_rewrites = NO_TOKENS
        self._shares = ShareMeter()
        self._use = UseMeter(session.dialect, count, self._shares)
        self._turns: list[TurnMeasure] = []
        self._unseen: Segment | None = None
        self._epoch = 0
        self._busts = 0
        self._errors: list[str] = []

    def turn(self, turn: Turn, sent: Sent) -> None:
        """Take in one turn: its request, and what was forwarded of it."""
        if sent.failed:
            self._errors.append(f"turn {turn.number + 1}: {sent.failed}")
            return
        if sent.gave_up:
            self._errors.append(f"turn {turn.number + 1} went on as it came: {sent.gave_up}")
        direct = self._prompt(turn.body)
        forwarded = direct if sent.body == turn.body else self._prompt(sent.body)
        forwarded = at_clients_places(forwarded, sent.removals)
        if not self._direct.extends(direct):
            self._epoch += 1
        elif not self._forwarded.extends(forwarded) and sent.rewrite is None:
            self._busts += 1
        direct_read = self._direct.send(direct)
        forwarded_read = self._forwarded.send(forwarded)
        self._shares.direct(self._epoch, direct, direct_read)
        self._shares.forwarded(self._epoch, forwarded, forwarded_read)
        self._name_edits(direct, forwarded, sent)
        self._use.turn(turn, self._epoch, direct, forwarded)
        output = sum(
            segment.tokens for item in turn.reply for segment in self._reader.message(item)
        )
        self._note_rewrite(sent.rewrite, direct, forwarded, output)
        self._turns.append(
            TurnMeasure(
                direct=_tokens(direct, direct_read, output),
                forwarded=_tokens(forwarded, forwarded_read, output),
                overhead_ms=sent.overhead_ms,
            )
        )

    def result(self, price: Price) -> SessionMeasure:
        """The measures so far, with the dollars that *price* gives for each request."""
        turns = tuple(self._turns)
        penalties = tuple(self._use.penalties)
        forwarded = [each.forwarded for each in turns] + [each.tokens for each in penalties]
        return SessionMeasure(
            name=self._session.name,
            dialect=self._session.dialect,
            model=self._session.model,
            turns=turns,
            direct=sum((each.direct for each in turns), NO_TOKENS),
            forwarded=sum((each.forwarded for each in turns), NO_TOKENS),
            penalties=penalties,
            busts=self._busts,
            rewrites=tuple(self._rewrites),
            unrewritten=self._without_rewrites,
            rewrites_by_client=self._epoch,
            used=self._use.used,
            kept=self._use.kept,
            misses=tuple(self._use.misses),
            kinds=self._shares.by_kind(),
            strategies=self._shares.by_strategy(),
            dollars_direct=_dollars([each.direct for each in turns], price),
            dollars_forwarded=_dollars(forwarded, price),
            errors=tuple(self._errors),
        )

    def _prompt(self, body: bytes) -> Prompt:
        """The prompt, with what the session file leaves out of it at its head."""
        prompt = self._reader.read(body)
        if self._unseen is None:
            missing = max(0, self._session.reported_tokens - prompt.tokens)
            self._unseen = Segment(b"unseen", missing, "head", 0, "")
        if self._unseen.tokens == 0:
            return prompt
        return Prompt(
            segments=(self._unseen, *prompt.segments),
            places=((-2, 0), *prompt.places),
            digests=(self._unseen.digest, *prompt.digests),
            tokens=self._unseen.tokens + prompt.tokens,
        )

    def _note_rewrite(
        self, rewrite: Rewrite | None, direct: Prompt, forwarded: Prompt, output: int
    ) -> None:
        if rewrite is not None:
            self._rewrites.append(rewrite)
        prompt = self._first_forms.prompt(
            self._epoch, direct, forwarded, rewritten=rewrite is not None
        )
        self._without_rewrites += _tokens(prompt, self._unrewritten.send(prompt), output)

    def _name_edits(self, direct: Prompt, forwarded: Prompt, sent: Sent) -> None:
        if sent.edits is not None:
            for path, strategy in sent.edits:
                place = place_of(path, self._session.dialect)
                self._shares.edited((self._epoch, place), strategy)
            return
        before = dict(zip(direct.places, direct.digests, strict=True))
        for place, digest in zip(forwarded.places, forwarded.digests, strict=True):
            if before.get(place) != digest:
                self._shares.edited((self._epoch, place), UNNAMED)


def place_of(path: Path, dialect: Dialect) -> Place:
    """The segment that an edit's path leads into: message and part."""
    message = path[1] if len(path) > 1 else -1
    parted = len(path) > 3 and path[2] == dialect.content
    part = path[3] if parted else 0
    return (
        message if isinstance(message, int) else -1,
        part if isinstance(part, int) else 0,
    )


def _tokens(prompt: Prompt, read: int, output: int) -> Tokens:
    cached = sum(segment.tokens for segment in prompt.segments[:read])
    return Tokens(read=cached, written=prompt.tokens - cached, output=output)


def _dollars(bills: list[Tokens], price: Price) -> Decimal | None:
    total = Decimal(0)
    for tokens in bills:
        dollars = price(
            Usage(
                input_tokens=tokens.prompt,
                output_tokens=tokens.output,
                cache_read_tokens=tokens.read,
                cache_write_5m_tokens=tokens.written,
            )
        )
        if dollars is None:
            return None
        total += dollars
    return total
