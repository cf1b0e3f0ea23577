"""Lossless re-encoding of one text by its kind: the first compressor that makes it shorter."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.compressors.base import Compressor, Origin
from headroom.conversation import Block, ToolCall
from headroom.tokens import Counter

# Below this the header line that an encoding needs eats what it saves.
SHORTEST_CHARACTERS = 200


def origin(block: Block) -> Origin:
    """Where the block's text comes from, as its call says."""
    if block.call is None:
        return Origin()
    return Origin(
        tool=block.call.name,
        command=_command(block.call),
        path=block.call.argument("file_path", "path", "filePath", "notebook_path"),
    )


def _command(call: ToolCall) -> str:
    said = call.argument("command", "cmd", "script", "code")
    if said:
        return said
    # Codex's shell tool: {"command": ["bash", "-lc", "…"]}.
    words = call.values().get("command")
    return " ".join(str(word) for word in words) if isinstance(words, list) else ""


def shortest(
    text: str, source: Origin, compressors: Sequence[Compressor], counter: Counter
) -> tuple[str, str] | None:
    """The encoding of *text* with the fewest tokens and its strategy, or None if none saves."""
    if len(text) < SHORTEST_CHARACTERS:
        return None
    best: tuple[str, str] | None = None
    fewest = counter.count(text)
    for compressor in compressors:
        encoded = compressor.encode(text, source)
        if encoded is None:
            continue
        tokens = counter.count(encoded)
        if tokens < fewest:
            fewest, best = tokens, (encoded, compressor.strategy)
    return best
