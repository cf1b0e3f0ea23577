"""Where a block's text comes from: the call that it answers, or the command that was spoken.

Agents without tools speak their commands: in a fenced block at the end of what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall

SPOKEN_CHARACTERS = 8_000

_FENCED = re.compile(r"^```[\w+-]{0,20}[ \t]*\n", re.M)


def origin(blocks: Sequence[Block], at: int) -> Origin:
    """Where the text of block *at* comes from, as far as its call or what was said tells."""
    block = blocks[at]
    if block.call is not None:
        return _of_call(block.call)
    if block.kind == "text" and at and blocks[at - 1].role == "assistant":
        return Origin(command=spoken_command(blocks[at - 1].text))
    return Origin()


def spoken_command(said: str) -> str:
    """The last fenced block of what an agent said; empty when there is none."""
    said = said[-SPOKEN_CHARACTERS:]
    opened = list(_FENCED.finditer(said))
    for opening in reversed(opened):
        body, closed, _ = said[opening.end() :].partition("```")
        if closed and body.strip():
            return body.strip()
    return ""


def _of_call(call: ToolCall) -> Origin:
    return Origin(
        tool=call.name,
        command=_command(call),
        path=call.argument("file_path", "path", "filePath", "notebook_path"),
    )


def _command(call: ToolCall) -> str:
    said = call.argument("command", "cmd", "script", "code")
    if said:
        return said
    # Codex's shell tool: {"command": ["bash", "-lc", "…"]}.
    words = call.values().get("command")
    return " ".join(str(word) for word in words) if isinstance(words, list) else ""
