"""Printing a page: with colours and in the width of a terminal, or plain and as wide as it is."""

from __future__ import annotations

import io
import logging
import sys

import click
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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


def indented(text: str, style: str = "") -> Padding:
    """A line of it, two places in."""
    return Padding(Text(text, style=style), (0, 0, 0, 2), expand=False)


def plain_table(*columns: str, title: str = "") -> Table:
    """A table without lines: names to the left, which may be folded, and amounts to the right."""
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column(columns[0], overflow="fold")
    for name in columns[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def say_nothing_else() -> None:
    """Let no log line come between: what is wrong stands on the page."""
    logging.getLogger("headroom").addHandler(logging.NullHandler())
