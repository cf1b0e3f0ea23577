"""Where a block's text comes from: the call that it answers, or the command that was spoken.

Agents without tools speak their commands: in a fenced block at the end of what they say, or as
`<function=bash><parameter=command>…</parameter></function>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall

SPOKEN_CHARACTERS = 8_000

_COMMANDS = ("command", "cmd", "script", "code")
_PATHS = ("file_path", "path", "filePath", "notebook_path")
_FUNCTION = re.compile(r"<function=(\w{1,60})>")
_PARAMETER = re.compile(r"<parameter=(\w{1,60})>([^<]{0,4000})</parameter>")
_FENCED = re.compile(r"^```[\w+-]{0,20}[ \t]*\n", re.M)


def origin(blocks: Sequence[Block], at: int) -> Origin:
    """Where the text of block *at* comes from, as far as its call or what was said tells."""
    block = blocks[at]
    if block.call is not None:
        return _of_call(block.call)
    if block.kind == "text" and at and blocks[at - 1].role == "assistant":
        return spoken(blocks[at - 1].text)
    return Origin()


def spoken(said: str) -> Origin:
    """The call at the end of what an agent said, if there is one."""
    said = said[-SPOKEN_CHARACTERS:]
    called = list(_FUNCTION.finditer(said))
    if called:
        arguments = dict(_PARAMETER.findall(said, called[-1].end()))
        return _named(called[-1][1], {name: text.strip() for name, text in arguments.items()})
    return Origin(command=_fenced(said))


def _fenced(said: str) -> str:
    """The last fenced block that is closed; empty when there is none."""
    for opening in reversed(list(_FENCED.finditer(said))):
        body, closed, _ = said[opening.end() :].partition("```")
        if closed and body.strip():
            return body.strip()
    return ""


def _named(tool: str, arguments: Mapping[str, str]) -> Origin:
    first = (arguments.get(name, "") for name in _COMMANDS)
    paths = (arguments.get(name, "") for name in _PATHS)
    return Origin(tool, next(filter(None, first), ""), next(filter(None, paths), ""))


def _of_call(call: ToolCall) -> Origin:
    return Origin(tool=call.name, command=_command(call), path=call.argument(*_PATHS))


def _command(call: ToolCall) -> str:
    said = call.argument(*_COMMANDS)
    if said:
        return said
    # Codex's shell tool: {"command": ["bash", "-lc", "…"]}.
    words = call.values().get("command")
    return " ".join(str(word) for word in words) if isinstance(words, list) else ""
