"""`headroom perf`: performance and effect over the last hours."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from headroom.cli.options import asked_options
from headroom.cli.performance import performance
from headroom.cli.performance_page import as_page
from headroom.cli.showing import say_nothing_else, show
from headroom.settings import Settings

WEEK_HOURS = 168
MOST_HOURS = 400 * 24


@click.command()
@click.option(
    "--hours",
    type=click.IntRange(1, MOST_HOURS),
    default=WEEK_HOURS,
    show_default=True,
    help="How far to look back.",
)
@click.option("--raw", "--json", "raw", is_flag=True, help="Print one JSON object.")
@asked_options
@click.pass_obj
def perf(environ: Mapping[str, str], /, *, hours: int, raw: bool, **flags: object) -> None:
    """How well did Headroom do in the last hours?

    What was asked and saved, by model; the provider's cache; how long things took; how long
    conversations were; what became shorter, by what; and what failed.
    """
    settings = Settings.read(environ, flags=flags)
    say_nothing_else()
    found = performance(settings, hours=hours)
    if raw:
        click.echo(json.dumps(found, indent=2))
    else:
        show(as_page(found))
