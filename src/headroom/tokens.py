"""How many tokens a text has: offline, and only once for the same text.

The vocabulary is o200k (newer OpenAI models).  No public tokenizer of current Claude or Gemini
models is known; for them the count is an estimate, which `Calibration` corrects per model by
what the provider reports.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections import OrderedDict
from importlib import resources

import msgspec
import tiktoken
import xxhash

VOCABULARY = "o200k_base"
# o200k_harmony has the same words and more signs of its own.
SAME_VOCABULARY = frozenset({"o200k_base", "o200k_harmony"})
PACKED_SHA256 = "1ba6e7ffcd37bae9adb1c931b6ba3f3f0c32d7c6d5c1faa550bb625bb3105a25"

# tiktoken's own pattern for o200k_base (tiktoken_ext/openai_public.py, 0.14.0, MIT).
WORD_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

# One run of blanks or letters costs the tokenizer more than linear time, so long texts are
# counted in pieces; the count is then off by at most a token or two per piece.
PIECE_CHARACTERS = 65_536
REMEMBERED_TEXTS = 65_536
SHORT_CHARACTERS = 24


@functools.cache
def _load_encoding() -> tiktoken.Encoding:
    file = resources.files("headroom.vocabulary").joinpath(f"{VOCABULARY}.msgpack.zlib")
    packed = file.read_bytes()
    if hashlib.sha256(packed).hexdigest() != PACKED_SHA256:
        raise ValueError(f"the vocabulary {VOCABULARY} inside the package is damaged; reinstall it")
    # Two hundred thousand tokens, by rank: no step of this is one of Python's.
    tokens = msgspec.msgpack.decode(zlib.decompress(packed), type=list[bytes])
    ranks = dict(zip(tokens, range(len(tokens)), strict=True))
    encoding = tiktoken.Encoding(
        VOCABULARY, pat_str=WORD_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )
    # Only needed to build the tables; it would hold some 30 MB for ever.
    encoding._mergeable_ranks = {}  # noqa: SLF001 - tiktoken has no public way
    return encoding


def counts_exactly(model: str) -> bool:
    """Whether this model really reads the vocabulary that we count with.

    For all others, unknown models too, our count is an estimate.  Source: tiktoken's own table.
    """
    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        return False
    return name in SAME_VOCABULARY


def tokenizer_said(model: str) -> str:
    """What a count for this model was made with, in words: `o200k_base (estimate)`."""
    return VOCABULARY if counts_exactly(model) else f"{VOCABULARY} (estimate)"


class Counter:
    """Counts tokens and remembers the counts, keyed by content."""

    __slots__ = ("_encoding", "_remembered")

    def __init__(self, encoding: tiktoken.Encoding) -> None:
        self._encoding = encoding
        self._remembered: OrderedDict[bytes, int] = OrderedDict()

    @classmethod
    def load(cls) -> Counter:
        """A counter with the packaged vocabulary (a seventh of a second, once per process)."""
        return cls(_load_encoding())

    def count(self, text: str) -> int:
        """The number of o200k tokens in *text*."""
        if len(text) <= SHORT_CHARACTERS:
            return len(self._encoding.encode_ordinary(text))
        key = xxhash.xxh3_128_digest(text.encode("utf-8", "surrogatepass"))
        known = self._remembered.get(key)
        if known is not None:
            return known
        counted = sum(len(self._encoding.encode_ordinary(piece)) for piece in _pieces(text))
        self._remember(key, counted)
        return counted

    def _remember(self, key: bytes, counted: int) -> None:
        # Each step is one operation on the dictionary, so that threads may count too.
        self._remembered[key] = counted
        if len(self._remembered) > REMEMBERED_TEXTS:
            self._remembered.popitem(last=False)


def _pieces(text: str) -> list[str]:
    """The text cut after line ends where there are some, never longer than a piece."""
    if len(text) <= PIECE_CHARACTERS:
        return [text]
    pieces = []
    start = 0
    while start < len(text):
        end = min(start + PIECE_CHARACTERS, len(text))
        line_end = text.rfind("\n", start + PIECE_CHARACTERS // 2, end)
        if end < len(text) and line_end != -1:
            end = line_end + 1
        pieces.append(text[start:end])
        start = end
    return pieces


class Calibration:
    """How far our count is from the provider's, learned per model from reported usage."""

    __slots__ = ("_factors",)

    MODELS = 256
    WEIGHT = 0.2
    PLAUSIBLE = (0.5, 2.5)

    def __init__(self) -> None:
        self._factors: OrderedDict[str, float] = OrderedDict()

    @property
    def filled(self) -> tuple[int, int, int]:
        """Of how many models something is known, twice, and of how many it may be."""
        return len(self._factors), len(self._factors), self.MODELS

    def learn(self, model: str, *, counted: int, reported: int) -> None:
        """Take in one request whose size the provider reported."""
        if counted < 200 or reported <= 0:
            return
        low, high = self.PLAUSIBLE
        seen = min(max(reported / counted, low), high)
        before = self._factors.get(model, seen)
        self._factors[model] = before + self.WEIGHT * (seen - before)
        self._factors.move_to_end(model)
        if len(self._factors) > self.MODELS:
            self._factors.popitem(last=False)

    def estimate(self, model: str, counted: int) -> int:
        """Our count in the provider's tokens, as far as that has been learned."""
        return round(counted * self.factor(model))

    def factor(self, model: str) -> float:
        """How many of the provider's tokens one of ours is, as far as that has been learned."""
        return self._factors.get(model, 1.0)

    def known(self, model: str) -> float:
        """The same, or 0 where nothing has been learned of this model."""
        return self._factors.get(model, 0.0)
