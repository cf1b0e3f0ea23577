"""Block by block: what became of a conversation, who made it so, and why the rest was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headroom.api import Session as PlannedSession
from headroom.conversation import Block, Form
from headroom.outcome import Occasion, Rewrite
from headroom.pipeline.hindsight import ANEW
from headroom.pipeline.repeat import described
from headroom.replay.kinds import kind_of
from headroom.replay.session import Session
from headroom.wire.document import Document

LEFT_BY_LAW = "never touched"
BEFORE_US = "sent before Headroom knew the conversation"
_OCCASIONS: Mapping[Occasion, str] = MappingProxyType(
    {
        "free": "as nothing of it was cached any more",
        "paying": "as that pays: little stood behind it",
        "window": "so that the rest fits",
    }
)
_NAMES = {"tool_result": "result", "tool_call": "call", "opaque": "something not understood"}


@dataclass(frozen=True, slots=True)
class Explained:
    """One block: what it is, its text before and after, by whom, and why it was left alone.

    *original* is the key of what it was, where *after* says less.  *later* says when and why it
    was changed once more, after it had been sent.
    """

    number: int
    turn: int
    what: str
    kind: str
    before: str
    after: str
    tokens_before: int
    tokens_after: int
    by: tuple[str, ...] = ()
    reason: str = ""
    original: str = ""
    later: str = ""


@dataclass(slots=True)
class _Decided:
    forms: dict[int, Form] = field(default_factory=dict)
    later: dict[int, str] = field(default_factory=dict)
    reasons: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    blocks: Sequence[Block] = ()


def explain(session: Session, planned: PlannedSession) -> list[Explained]:
    """Every block of the session's last request, as it was decided when it was new, or later."""
    decided = _Decided()
    body = b""
    for number, body in enumerate(session.requests(), 1):
        plan = planned.forward(session.dialect.format.name, body).plan
        decided.forms.update({**plan.forms, **plan.rewritten})
        for index, form in plan.rewritten.items():
            decided.later[index] = _later(index, form, plan.rewrite, number)
        decided.reasons.update((note.path, note.reason) for note in plan.notes)
    if body:
        decided.blocks = session.dialect.format.read(Document.read(body)).blocks
    return [
        _explained(decided, number, planned.counter.count(block.text))
        for number, block in enumerate(decided.blocks)
    ]


def as_table(name: str, blocks: Sequence[Explained]) -> RenderableType:
    """One line per block, and how to see its text."""
    table = Table(box=None, header_style="bold", pad_edge=False, expand=True)
    for title in ("Block", "Turn"):
        table.add_column(title, justify="right")
    table.add_column("What", no_wrap=True, overflow="ellipsis", ratio=1)
    for title in ("Tokens", "after"):
        table.add_column(title, justify="right")
    table.add_column("By, or why not")
    for block in blocks:
        changed = block.tokens_after != block.tokens_before
        table.add_row(
            str(block.number),
            str(block.turn),
            escape(f"{block.what}, {block.kind}" if block.kind else block.what),
            f"{block.tokens_before:,}",
            f"[green]{block.tokens_after:,}[/]" if changed else f"{block.tokens_after:,}",
            escape(_why(block)),
        )
    return Group(Text(name, style="bold"), table, Text(_total(blocks)))


def as_texts(blocks: Sequence[Explained]) -> RenderableType:
    """The blocks with their texts, before and after."""
    return Group(*(panel for block in blocks for panel in _panels(block)))


def as_json(name: str, blocks: Sequence[Explained]) -> dict[str, Any]:
    """Everything that is known of the blocks, as plain JSON values."""
    return {
        "session": name,
        "tokens_before": sum(block.tokens_before for block in blocks),
        "tokens_after": sum(block.tokens_after for block in blocks),
        "blocks": [
            {
                "number": block.number,
                "turn": block.turn,
                "what": block.what,
                "kind": block.kind,
                "tokens_before": block.tokens_before,
                "tokens_after": block.tokens_after,
                "by": list(block.by),
                "reason": block.reason,
                "original": block.original,
                "later": block.later,
                "before": block.before,
                "after": block.after,
            }
            for block in blocks
        ],
    }


def _explained(decided: _Decided, number: int, tokens: int) -> Explained:
    block = decided.blocks[number]
    form = decided.forms.get(number, Form(None, tokens_before=tokens, tokens_after=tokens))
    return Explained(
        number=number,
        turn=block.turn,
        what=f"{_NAMES.get(block.kind) or block.role}{described(block)}",
        kind=kind_of(block.text) if block.editable else "",
        before=block.text,
        after="" if form.is_gone else block.text if form.text is None else form.text,
        tokens_before=form.tokens_before,
        tokens_after=form.tokens_after,
        by=form.by,
        reason=_reason(decided, number, form),
        original=decided.forms.get(form.told_by, form).original,
        later=decided.later.get(number, ""),
    )


def _reason(decided: _Decided, number: int, form: Form) -> str:
    block = decided.blocks[number]
    if form.told_by >= 0:
        return ""
    if not block.editable:
        return LEFT_BY_LAW
    reason = decided.reasons.get(block.path, "")
    return reason if reason or form.text is not None else BEFORE_US


def _later(index: int, form: Form, rewrite: Rewrite | None, request: int) -> str:
    """What happened to a block when a request rewrote what had been sent."""
    if form.told_by == index:
        return f"since request {request} it says which turns left so that the rest fits"
    if form.told_by >= 0:
        return f"left with its turn at request {request}; block {form.told_by} says so"
    if ANEW in form.by:
        return f"written again at request {request}, as what it referred to had left or moved"
    why = _OCCASIONS[rewrite.occasion] if rewrite is not None else ""
    return f"shortened more at request {request}, {why}"


def _why(block: Explained) -> str:
    by = " + ".join(block.by)
    why = f"{by} ({block.reason})" if by and block.reason else by or block.reason
    return "; ".join(filter(None, (why, block.later)))


def _total(blocks: Sequence[Explained]) -> str:
    before = sum(block.tokens_before for block in blocks)
    after = sum(block.tokens_after for block in blocks)
    return f"{before:,} tokens of messages become {after:,}.  See a block's text: --block NUMBER"


def _panels(block: Explained) -> Iterator[RenderableType]:
    title = escape(f"Block {block.number}: {block.what}, {block.tokens_before:,} tokens")
    yield Panel(Text(block.before), title=title, title_align="left")
    after = escape(f"after: {block.tokens_after:,} tokens, {_why(block) or 'unchanged'}")
    if block.after and block.after != block.before:
        yield Panel(Text(block.after), title=after, title_align="left", border_style="green")
    else:
        yield Text(after)
