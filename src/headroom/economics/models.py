"""What models hold: the window, the longest answer, the shortest prefix that is cached.

From `models.toml` beside this file, for what stands not there from genai-prices, and before both
from what the operator says.  What nobody knows is None: a window guessed too small would throw
away what fits.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

from headroom.economics.model_names import longest_beginning, names_of
from headroom.economics.price_table import known_window
from headroom.own_models import COUNTS, NO_MODELS, OwnModel, OwnModels

REMEMBERED_MODELS = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model holds, in tokens; None where it is not known.

    *window* is prompt and answer together, *prompt* the most that a prompt may have where that
    is less.  *source* says who says so, and of which model.
    """

    window: int | None = None
    output: int | None = None
    min_cacheable: int | None = None
    source: str = ""
    prompt: int | None = None

    def room(self, reserve: int) -> int | None:
        """How long a prompt may be where *reserve* tokens are kept for the answer."""
        if self.window is None:
            return self.prompt
        left = max(self.window - reserve, 0)
        return left if self.prompt is None else min(self.prompt, left)


def limits(
    model: str, *, own: OwnModels = NO_MODELS, beta: str = "", by_table: bool = True
) -> Limits | None:
    """What *model* holds, or None where nothing is known of it.

    *own* is what the operator says, *beta* the request's `anthropic-beta` header; *by_table* says
    whether genai-prices may be asked, which is loaded then if it was not before.
    """
    names = names_of(model)
    said = said_of(names, own)
    found = _known(names, "context-1m" in beta or "[1m]" in model.lower(), by_table)
    if said is None:
        return found
    counts = {each: getattr(said, each) for each in COUNTS if getattr(said, each) is not None}
    if "window" in counts:
        # A window of the operator's own ends what was known of the prompt.
        counts.setdefault("prompt", None)
    return replace(found or Limits(), **counts, source=said.where) if counts else found


def said_of(names: tuple[str, ...], own: OwnModels) -> OwnModel | None:
    """What the operator says of a model of these names: exactly, or of one that it varies."""
    return own.get(name_in(names, own))


def name_in(names: tuple[str, ...], own: OwnModels) -> str:
    """What the operator calls it; empty where nothing was said of it."""
    if not own:
        return ""
    exact = next((name for name in names if name in own), "")
    return exact or max((longest_beginning(name, own) for name in names), key=len, default="")


@functools.lru_cache(maxsize=REMEMBERED_MODELS)
def _known(
    names: tuple[str, ...],
    has_long_window: bool,  # noqa: FBT001 - a key
    by_table: bool,  # noqa: FBT001
) -> Limits | None:
    facts = _facts()
    exact = next((name for name in names if name in facts), "")
    if not exact:
        told = known_window(names) if by_table else None
        if told is not None:
            return Limits(window=told[0], source=told[1])
        exact = max((longest_beginning(name, facts) for name in names), key=len, default="")
    if not exact:
        return None
    fact = facts[exact]
    window = fact.get("beta_window") if has_long_window else None
    return Limits(
        window=window or fact["window"],
        output=fact.get("output"),
        min_cacheable=fact.get("min_cacheable"),
        source=f"{exact}: {fact['source']}",
        prompt=fact.get("prompt"),
    )


@functools.cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    """What stands in the file, by name."""
    text = resources.files("headroom.economics").joinpath("models.toml").read_text("utf-8")
    return MappingProxyType(
        {name: group for group in tomllib.loads(text)["models"] for name in group["names"]}
    )
