"""What is asked for, as far as it stands before a block: the words by which text is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from headroom.compressors.words import words_of
from headroom.conversation import Block

TASK_CHARACTERS = 8_000
SAID_CHARACTERS = 2_000
RECENT_BLOCKS = 12
ERROR_LINES, ERROR_CHARACTERS = 5, 300

# Looked for in small letters: that takes an eighth of the time that `(?i)` takes.
_ERROR = re.compile(r"error|exception|traceback|fail(?:ed|ure)|cannot|undefined|not found")


def asked_words(blocks: Sequence[Block], at: int, *, task: int | None = None) -> frozenset[str]:
    """The words of the task as it stood before block *at*, of the call that it answers, of
    what the assistant said and called lately, and of the errors that it saw.

    *task* is which block tells the task, where that is known; see `tasks_before`.
    """
    if task is None:
        task = next((one for one in reversed(range(at)) if _is_task(blocks[one])), -1)
    return frozenset(words_of("\n".join(_asked(blocks, at, task))))


def tasks_before(blocks: Sequence[Block]) -> list[int]:
    """For each block, which block before it tells the task last; -1 where none does."""
    told = (at if _is_task(block) else -1 for at, block in enumerate(blocks))
    return list(accumulate(told, max, initial=-1))


def _asked(blocks: Sequence[Block], at: int, task: int) -> Iterator[str]:
    yield blocks[task].text[-TASK_CHARACTERS:] if task >= 0 else ""
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
