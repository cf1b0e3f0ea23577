"""Packages of others, imported when they are first used."""

from __future__ import annotations

import importlib
from typing import Any


def package(name: str, *, install: str) -> Any:
    """The module of this name; ImportError says what to install where it is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A module that is missing inside of it is told as it is.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        # Missing as a whole, or too old to have it.
        said = f"{error.name} is not installed: pip install --upgrade {install}"
        raise ImportError(said, name=error.name) from error
