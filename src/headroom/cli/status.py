"""`headroom status`: is it up, what does it do, what did it save, and what went wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import click

from headroom.cli.inquiry import inquire
from headroom.cli.options import asked_options
from headroom.cli.showing import say_nothing_else, show
from headroom.cli.standing_page import as_page
from headroom.settings import Settings


@click.command()
@asked_options
@click.option("--json", "print_json", is_flag=True, help="Print everything as one JSON object.")
@click.pass_obj
def status(environ: Mapping[str, str], /, *, print_json: bool, **flags: object) -> None:
    """Is it up, what does it do, what did it save, and what went wrong?

    Asks the proxy that runs; where none does, reads what its store holds.  Ends with 0 where it
    runs and all is well, 1 where something is wrong, 3 where it does not run.
    """
    settings = Settings.read(environ, flags=flags)
    say_nothing_else()
    standing = inquire(settings)
    if print_json:
        click.echo(json.dumps(standing.as_json(), indent=2))
    else:
        show(as_page(standing))
    sys.exit(standing.exit_code)
