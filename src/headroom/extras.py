"""Packages that come with an extra, imported when they are first used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from headroom.errors import HeadroomError, SettingsError


def install(*extras: str) -> str:
    """The command that installs us with these extras: `pip install "headroom-ai[a,b]"`."""
    return f'pip install "headroom-ai[{",".join(extras)}]"'


@contextmanager
def needed(who: str, *extras: str, error: type[HeadroomError] = SettingsError) -> Iterator[None]:
    """Import within this what *who* needs; says what to install where a package is missing.

    Raises *error*.  A module that is missing of our own is told as it is.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package in {"", "headroom"}:
            raise
        raise error(
            f"{who} needs {package}, which is not installed: {install(*extras)}"
        ) from missing
