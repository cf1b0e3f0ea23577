"""What whoever runs us decided about shortening: values of options, the same for all requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Choices:
    """How much may leave, and what is not touched.

    *smallest_tokens*: shorter blocks lose nothing.  *protected* are glob patterns of the names
    of tools whose results are never shortened, in capital or small letters.  *without* names
    kinds that are not used.  *target_ratio* is a wish: tokens after over before, of each block
    that may lose something; 0 leaves it to the kinds.  *source_tokens* are what stays of one
    read of source.  *strength* divides the room that each kind takes for itself; 0 leaves
    nothing out.
    """

    smallest_tokens: int = 400
    protected: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    target_ratio: float = 0.0
    source_tokens: int = 4_000
    strength: float = 1.0
    kompress_model: str = ""
    """The classifier for prose, for whoever opens it; *kompress_evidence*: see the options."""
    kompress_evidence: bool = False

    def protects(self, tool: str) -> bool:
        """Whether results of the tool of this name stay as they are."""
        return any(_pattern(one).match(tool.lower()) for one in self.protected)

    def room(self, usual_tokens: int, tokens: int) -> int:
        """How many of so many tokens should stay, of a kind that usually keeps *usual_tokens*."""
        if self.target_ratio:
            return max(int(self.target_ratio * tokens), 1)
        return int(usual_tokens / self.strength)


EVERYTHING = Choices()
"""All kinds, as much as each takes for itself."""


@lru_cache(maxsize=64)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.lower()))
