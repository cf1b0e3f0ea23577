"""Small bodies for the tests of the dialects, and short ways to look at what was read."""

from __future__ import annotations

from typing import Any

import msgspec

from headroom.conversation import Block, Conversation, Path
from headroom.formats.base import Format
from headroom.wire.document import Document


def read(dialect: Format, body: Any) -> Conversation:
    """The conversation in *body*, written as JSON."""
    return dialect.read(Document.read(msgspec.json.encode(body)))


def at(conversation: Conversation, *path: str | int) -> Block:
    """The block that stands at this path."""
    return next(block for block in conversation.blocks if block.path == path)


def editable(conversation: Conversation) -> list[Path]:
    """Where this conversation may be edited."""
    return [block.path for block in conversation.blocks if block.editable]


def seen(blocks: tuple[Block, ...]) -> list[tuple[Any, ...]]:
    """The blocks as values, without where they stand."""
    return [(b.turn, b.role, b.kind, b.text, b.call, b.is_error) for b in blocks]
