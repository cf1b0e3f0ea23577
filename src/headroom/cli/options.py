"""The options of `Settings` as options of a command.

`click` only takes the words apart: what a value means is read in one place for flags,
variables and the config file, so that all three say the same about a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click

from headroom.options import Entry
from headroom.settings import ENTRIES

ASKED = {"host": "Where the proxy listens.", "port": "On which port."}

Function = TypeVar("Function", bound=Callable[..., Any])


def settings_options(function: Function) -> Function:
    """Give a command every option of `Settings`; it receives them by field name."""
    for decorate in reversed(list(click_options())):
        function = decorate(function)
    return function


def asked_options(function: Function) -> Function:
    """Give a command the options that say where a proxy is asked, by field name."""
    return some_options(ASKED)(function)


def some_options(said: Mapping[str, str]) -> Callable[[Function], Function]:
    """Give a command these options of `Settings`, by field name, each with help of its own."""

    def decorate(function: Function) -> Function:
        for entry in reversed(ENTRIES):
            if entry.name in said:
                words = [entry.flag, entry.option.short] if entry.option.short else [entry.flag]
                function = click.option(
                    *words,
                    entry.name,
                    metavar=entry.option.kind.metavar,
                    help=f"{said[entry.name]} [{entry.default}] ({entry.variables[0]})",
                )(function)
        return function

    return decorate


def click_options() -> Iterator[Callable[[Function], Function]]:
    """One `click` option for each field that has a flag."""
    for entry in ENTRIES:
        if entry.flag:
            yield switch(entry) if entry.option.kind.is_switch else valued(entry)


def switch(entry: Entry) -> Callable[[Function], Function]:
    """`--cache/--no-cache`; not used is None."""
    words = f"{entry.flag}/{entry.no_flag}"
    return click.option(words, entry.name, default=None, help=help_text(entry))


def valued(entry: Entry) -> Callable[[Function], Function]:
    """`--port NUMBER`; not used is None, or an empty tuple where it may be repeated."""
    words = [entry.flag, entry.option.short] if entry.option.short else [entry.flag]
    return click.option(
        *words,
        entry.name,
        multiple=entry.option.kind.is_list,
        metavar=entry.option.kind.metavar,
        help=help_text(entry),
    )


def help_text(entry: Entry) -> str:
    """What it does, and its default."""
    pieces = [entry.option.help]
    if entry.option.kind.is_list:
        pieces.append("May be repeated.")
    elif not entry.option.kind.is_switch and entry.default is not None:
        pieces.append(f"[{str(entry.default).removesuffix('.0')}]")
    if entry.variables:
        pieces.append(f"({entry.variables[0]})")
    return " ".join(pieces)
