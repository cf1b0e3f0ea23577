"""Which encoding a text gets, and where it is said to come from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from headroom.compressors.base import Origin
from headroom.pipeline.shrink import SHORTEST_CHARACTERS, shortest
from headroom.tokens import Counter

TEXT = "word " * 200


@dataclass(frozen=True)
class Keeps:
    """A compressor that keeps the first words."""

    words: int
    strategy: str

    @property
    def name(self) -> str:
        return self.strategy

    @property
    def kind(self) -> str:
        return self.strategy

    def encode(self, text: str, origin: Origin) -> str | None:
        return text[: 5 * self.words] if self.words else None

    def decode(self, encoded: str) -> str:
        raise ValueError(encoded)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def test_the_encoding_with_the_fewest_tokens_is_taken(counter: Counter) -> None:
    compressors = [Keeps(90, "long"), Keeps(0, "none"), Keeps(50, "short"), Keeps(70, "middle")]

    assert shortest(TEXT, Origin(), compressors, counter) == (TEXT[:250], "short")


def test_an_encoding_that_saves_nothing_is_not_taken(counter: Counter) -> None:
    assert shortest(TEXT, Origin(), [Keeps(200, "same")], counter) is None
    assert shortest(TEXT, Origin(), [], counter) is None


def test_a_short_text_is_not_looked_at(counter: Counter) -> None:
    text = TEXT[: SHORTEST_CHARACTERS - 1]

    assert shortest(text, Origin(), [Keeps(1, "one")], counter) is None
