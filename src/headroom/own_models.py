"""What the operator says of models: `models.json` and HEADROOM_MODEL_LIMITS.

    {"our-model": 64000,
     "gpt-9": {"window": 400000, "output": 64000, "min_cacheable": 1024,
               "price": {"input": 2.5, "output": 10, "cache_read": 0.25}}}

A number alone is a window; prices are dollars per million tokens.  The original's way to write it
is understood, too: `{"openai": {"context_limits": {"gpt-9": 400000}, "pricing": {"gpt-9": ...}}}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from headroom.errors import SettingsError

FILE = "models.json"
EXAMPLE = '{"gpt-9": {"window": 400000, "output": 64000}}'

MOST_TOKENS = 1_000_000_000
MOST_DOLLARS = Decimal(1_000_000)
COUNTS = ("window", "prompt", "output", "min_cacheable")
PRICES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
# How the original calls a price of ours.
_OTHER_PRICES = MappingProxyType({"cached_input": "cache_read"})


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """Dollars per million tokens; what is None follows from *input* as is usual."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What is said of one model; None where nothing is."""

    window: int | None = None
    prompt: int | None = None
    output: int | None = None
    min_cacheable: int | None = None
    price: OwnPrice | None = None
    where: str = ""
    """Where it was said."""


OwnModels = Mapping[str, OwnModel]
"""By name, in small letters."""

NO_MODELS: OwnModels = MappingProxyType({})


def load_models(file: Path) -> OwnModels:
    """What stands in this file; nothing when there is none.  Raises SettingsError."""
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return NO_MODELS
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from error
    return read_models(text, str(file))


def models_said(text: str, where: str) -> OwnModels:
    """What a setting says that is JSON, or the path of a file with it.  Raises SettingsError."""
    if not text or text.startswith("{"):
        return read_models(text or "{}", where)
    file = Path(text).expanduser()
    if not file.is_file():
        raise SettingsError(
            f"{where} names {text!r}, which is no file: write its path, or JSON such as {EXAMPLE}."
        )
    return load_models(file)


def read_models(text: str, where: str) -> OwnModels:
    """What this JSON says; *where* is named in errors.  Raises SettingsError."""
    try:
        said = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{where} is not JSON such as {EXAMPLE} ({error}).") from error
    if not isinstance(said, dict):
        raise SettingsError(f"{where} is not an object of JSON such as {EXAMPLE}.")
    models: dict[str, OwnModel] = {}
    for name, facts in _each(said):
        models[name.lower()] = _merged(models.get(name.lower()), _read(name, facts, where))
    return models


def _refuse(constant: str) -> Decimal:
    raise ValueError(f"{constant} is no number")


def _each(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and facts of each model, also of those that stand below their provider."""
    for name, facts in said.items():
        groups = facts if isinstance(facts, dict) else {}
        limits, prices = groups.get("context_limits"), groups.get("pricing")
        if not isinstance(limits, dict) and not isinstance(prices, dict):
            yield name, facts
        yield from (limits if isinstance(limits, dict) else {}).items()
        for model, price in (prices if isinstance(prices, dict) else {}).items():
            yield model, {"price": price}


def _merged(known: OwnModel | None, said: OwnModel) -> OwnModel:
    if known is None:
        return said
    return replace(
        known,
        **{name: getattr(said, name) for name in COUNTS if getattr(said, name) is not None},
        price=said.price or known.price,
    )


def _read(name: str, facts: Any, where: str) -> OwnModel:
    facts = {"window": facts} if not isinstance(facts, dict) else facts
    unknown = sorted(set(facts).difference((*COUNTS, "price")))
    if unknown:
        raise SettingsError(
            f"{where} says {unknown[0]!r} of {name!r}: what can be said is "
            f"{', '.join(COUNTS)} and price."
        )
    counts = {
        each: _count(facts[each], f"{where}: {each} of {name!r}")
        for each in facts
        if each in COUNTS
    }
    price = _price(facts["price"], f"{where}: the price of {name!r}") if "price" in facts else None
    return OwnModel(**counts, price=price, where=where)


def _count(value: Any, what: str) -> int:
    if type(value) is not int or not 0 < value <= MOST_TOKENS:
        raise SettingsError(f"{what} is {value!r}, but a whole number of tokens above 0 is needed.")
    return value


def _price(said: Any, what: str) -> OwnPrice:
    known = (
        {_OTHER_PRICES.get(name, name): value for name, value in said.items()}
        if isinstance(said, dict)
        else {}
    )
    if not {"input", "output"} <= set(known) <= set(PRICES):
        raise SettingsError(
            f"{what} needs input and output in dollars per million tokens, and may have "
            f"{', '.join(PRICES[2:])}; nothing else."
        )
    return OwnPrice(**{name: _dollars(value, f"{what}: {name}") for name, value in known.items()})


def _dollars(value: Any, what: str) -> Decimal:
    if type(value) in (int, Decimal) and 0 <= (found := Decimal(value)) <= MOST_DOLLARS:
        return found
    raise SettingsError(
        f"{what} is {value}, but dollars per million tokens, 0 or more, are needed."
    )
