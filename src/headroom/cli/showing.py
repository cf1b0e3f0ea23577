"""Printing a page: with colours and in the width of a terminal, or plain and as wide as it is."""

from __future__ import annotations

import io
import logging
import sys

import click
from rich.console import Console, RenderableType

PLAIN_WIDTH = 160
"""Where it goes into a file or another program, which wraps nothing."""


def show(page: RenderableType) -> None:
    """Print it."""
    if sys.stdout.isatty():
        Console(highlight=False, markup=False).print(page)
        return
    plain = Console(file=io.StringIO(), width=PLAIN_WIDTH, highlight=False, markup=False)
    with plain.capture() as captured:
        plain.print(page)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def say_nothing_else() -> None:
    """Let no log line come between: what is wrong stands on the page."""
    logging.getLogger("headroom").addHandler(logging.NullHandler())
