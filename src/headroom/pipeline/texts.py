"""The texts of a conversation that a reference can lead to, numbered in reading order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

from headroom.conversation import Block, Conversation, Form, ToolCall
from headroom.pipeline.repeat import Source, described

DEEPEST_ARGUMENTS = 16
RAW = Form(None)


class Texts:
    """Grows block by block; a source is only made when it is asked for."""

    __slots__ = ("_blocks", "_counts", "_entries", "_labels", "blocks")

    def __init__(self) -> None:
        self.blocks = 0
        """How many blocks have been taken in."""
        self._entries: list[tuple[str, Block, Form]] = []
        self._blocks: list[int] = []
        self._labels: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @classmethod
    def of(cls, conversation: Conversation, forms: Mapping[int, Form]) -> Texts:
        """All texts of a conversation that goes out in these forms."""
        texts = cls()
        for index, block in enumerate(conversation.blocks):
            texts.add(block, forms.get(index, RAW))
        return texts

    def add(self, block: Block, form: Form) -> None:
        """Take in the next block, if it has text that can be referred to.

        What has left is not counted: who reads a reference counts what is there.
        """
        self.blocks += 1
        kind = "" if form.is_gone else _kind(block)
        if not kind:
            return
        number = self._counts.get(kind, 0) + 1
        self._counts[kind] = number
        label = f"{kind} {number}"
        self._labels[label] = len(self._entries)
        self._entries.append((label, block, form))
        self._blocks.append(self.blocks)

    def until(self, block: int) -> int:
        """How many texts stand before the block of this index."""
        return bisect_right(self._blocks, block)

    def source(self, number: int) -> Source:
        """The text of this number, counted from 0."""
        label, block, form = self._entries[number]
        text = _said(block)
        sent = text if form.text is None else form.text
        if form.told_by >= 0:
            text = sent = ""  # its turn has left the conversation
        elif form.original:
            text = sent  # what was left out cannot be referred to
        return Source(label=label, text=text, sent=sent, description=described(block))

    def labelled(self, label: str) -> Source:
        """The text of this label, `result 7`.  Raises ValueError when there is none."""
        number = self._labels.get(label)
        if number is None:
            raise ValueError(f"there is no {label} before this text")
        return self.source(number)

    def block_of(self, label: str) -> int | None:
        """The index of the block of this label, if there is one."""
        number = self._labels.get(label)
        return None if number is None else self._blocks[number] - 1

    def label(self, block: int) -> str:
        """What a reference calls the block of this index; empty for what it cannot lead to."""
        number = self.until(block)
        is_there = number < len(self) and self._blocks[number] == block + 1
        return self._entries[number][0] if is_there else ""

    def size(self, number: int) -> int:
        """How many characters the text of this number has, about."""
        _, block, form = self._entries[number]
        return len(block.text if form.text is None else form.text)


def _kind(block: Block) -> str:
    """What a reference calls such a block; empty for what it cannot lead to."""
    if block.kind == "tool_result" or block.editable:
        return "result"
    if block.kind == "text" and block.role in ("user", "assistant"):
        return f"{block.role} text"
    return "call" if block.kind == "tool_call" and block.call is not None else ""


def _said(block: Block) -> str:
    """The block's text; for a call the texts among its arguments, one after another."""
    if block.kind != "tool_call" or block.call is None:
        return block.text
    return "\n".join(_argument_texts(block.call))


def _argument_texts(call: ToolCall) -> Iterable[str]:
    waiting: list[tuple[Any, int]] = [(call.values(), 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            yield value
        elif depth < DEEPEST_ARGUMENTS and isinstance(value, dict | list):
            inner = list(value.values()) if isinstance(value, dict) else value
            waiting.extend((each, depth + 1) for each in reversed(inner))
