"""What a prompt costs where prefixes are cached, in units of one uncached input token."""

from __future__ import annotations

from dataclasses import dataclass

# What fetching an original costs: a call of this many tokens, and no more of the original than
# an agent would ask for at once.
RETRIEVAL_OUTPUT_TOKENS = 60
RETRIEVAL_INPUT_TOKENS = 4_000


@dataclass(frozen=True, slots=True)
class Pricing:
    """What reading, writing and answering cost; *lapsed* when nothing is ever still cached."""

    name: str
    read: float = 0.1
    write: float = 1.25
    output: float = 5.0
    lapsed: bool = False


STANDARD = Pricing("standard")
CHEAP_READ = Pricing("read price 0.05", read=0.05)
LAPSED = Pricing("cache lapsed between turns", lapsed=True)
PRICINGS = (STANDARD, CHEAP_READ, LAPSED)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Prompt tokens that were read from the cache or written to it, and tokens answered."""

    read: int = 0
    written: int = 0
    output: int = 0

    @property
    def prompt(self) -> int:
        """All prompt tokens."""
        return self.read + self.written

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.read + other.read, self.written + other.written, self.output + other.output
        )

    def units(self, pricing: Pricing) -> float:
        """The bill for these tokens."""
        if pricing.lapsed:
            return self.prompt * pricing.write + self.output * pricing.output
        prompt = self.read * pricing.read + self.written * pricing.write
        return prompt + self.output * pricing.output


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Penalty:
    """One tool result that the agent would have had to fetch again."""

    prompt_tokens: int
    original_tokens: int

    @property
    def tokens(self) -> Tokens:
        """What the fetch costs: the prompt once more, the call, and the original."""
        return Tokens(
            read=self.prompt_tokens,
            written=min(self.original_tokens, RETRIEVAL_INPUT_TOKENS),
            output=RETRIEVAL_OUTPUT_TOKENS,
        )

    def units(self, pricing: Pricing) -> float:
        """The bill for it; the prompt was sent a moment ago, so it is cached in any case."""
        return (
            self.tokens.read * pricing.read
            + self.tokens.written * pricing.write
            + self.tokens.output * pricing.output
        )
