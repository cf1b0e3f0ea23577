"""`headroom doctor`: why are savings zero, or why does an agent not come through?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from headroom.cli.diagnosis.checks import examine
from headroom.cli.diagnosis.finding import Finding
from headroom.cli.diagnosis.gathering import gather
from headroom.cli.diagnosis.page import as_page
from headroom.cli.options import asked_options
from headroom.cli.showing import say_nothing_else, show
from headroom.settings import Settings
from headroom.sources import expanded

SCHEMA_VERSION = 1


@click.command()
@asked_options
@click.option("--json", "print_json", is_flag=True, help="Print everything as one JSON object.")
@click.pass_obj
def doctor(environ: Mapping[str, str], /, *, print_json: bool, **flags: object) -> None:
    """Why are savings zero, or why does an agent not come through?

    Looks at the proxy, at this shell, at the settings files of agents, at the providers and at what
    came lately, and says what to mend.  Changes nothing, and shows no key.  Ends with 0 where there
    is nothing to mend, 1 where there is.
    """
    settings = Settings.read(environ, flags=flags)
    say_nothing_else()
    home = expanded(Path("~"), environ)
    findings = examine(gather(settings, environ, home=home, folder=Path.cwd()))
    if print_json:
        click.echo(json.dumps(as_json(findings), indent=2))
    else:
        show(as_page(findings))
    sys.exit(exit_code(findings))


def exit_code(findings: Sequence[Finding]) -> int:
    """0: nothing to mend; 1: something is."""
    return int(any(finding.level == "problem" for finding in findings))


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The same as one object; fields are added, never renamed."""
    return {
        "schema_version": SCHEMA_VERSION,
        "healthy": exit_code(findings) == 0,
        "exit_code": exit_code(findings),
        "findings": [finding.as_json() for finding in findings],
    }
