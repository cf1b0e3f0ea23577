"""What is asked for, as far as it stands before a block: the words by which text is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.compressors.words import words_of
from headroom.conversation import Block

TASK_CHARACTERS = 8_000
SAID_CHARACTERS = 2_000
RECENT_BLOCKS = 12
ERROR_LINES, ERROR_CHARACTERS = 5, 300

# Looked for in small letters: that takes an eighth of the time that `(?i)` takes.
_ERROR = re.compile(r"error|exception|traceback|fail(?:ed|ure)|cannot|undefined|not found")


def asked_words(blocks: Sequence[Block], at: int) -> frozenset[str]:
    """The words of the task as it stood before block *at*, of the call that it answers, of
    what the assistant said and called lately, and of the errors that it saw.
    """
    return frozenset(words_of("\n".join(_asked(blocks, at))))


def _asked(blocks: Sequence[Block], at: int) -> Iterator[str]:
    task = next((b.text for b in reversed(blocks[:at]) if _is_task(b)), "")
    yield task[-TASK_CHARACTERS:]
    call = blocks[at].call
    if call is not None:
        yield call.arguments[:TASK_CHARACTERS]
    for block in blocks[max(at - RECENT_BLOCKS, 0) : at]:
        if block.role == "assistant" and block.kind in ("text", "tool_call"):
            said = block.call.arguments if block.call is not None else block.text
            yield said[-SAID_CHARACTERS:]
        elif block.kind == "tool_result":
            yield from _errors(block.text)


def _errors(text: str) -> Iterator[str]:
    """The last lines in it that tell of something that went wrong."""
    ends = text if len(text) <= TASK_CHARACTERS else text[-TASK_CHARACTERS:]
    lines = [line for line in ends.lower().split("\n") if _ERROR.search(line)]
    yield from (line[:ERROR_CHARACTERS] for line in lines[-ERROR_LINES:])


def _is_task(block: Block) -> bool:
    return block.role == "user" and block.kind == "text" and not block.editable
