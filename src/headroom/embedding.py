"""What gives texts as vectors that lie near each other where the texts mean the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from headroom.errors import HeadroomError


class EmbeddingFailed(HeadroomError):
    """There are no vectors this time; the text says why, and holds nothing of the texts."""


class Embedder(Protocol):
    """A model of sentences, opened by somebody else."""

    def vectors(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text, all of one length.  Raises EmbeddingFailed, and nothing else."""
        ...


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """How near two vectors of one length lie to each other: 1 alike, 0 where nothing is shared.

    What has no length is near to nothing; what is no number stays none.
    """
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0
