"""Lossless re-encoding of one text by its kind: the first compressor that makes it shorter."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.compressors.base import Compressor, Origin
from headroom.tokens import Counter

# Below this the header line that an encoding needs eats what it saves.
SHORTEST_CHARACTERS = 200


def shortest(
    text: str, source: Origin, compressors: Sequence[Compressor], counter: Counter
) -> tuple[str, str] | None:
    """The encoding of *text* with the fewest tokens and its strategy, or None if none saves."""
    if len(text) < SHORTEST_CHARACTERS or not compressors:
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
