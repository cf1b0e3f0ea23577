"""`headroom explain`: what became of each block of a conversation, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from headroom.api import Session as PlannedSession
from headroom.api import choices_of
from headroom.errors import HeadroomError
from headroom.replay.explain import Explained, as_json, as_table, as_texts, explain
from headroom.replay.files import read_sessions
from headroom.replay.session import Session
from headroom.settings import Settings
from headroom.tokens import Counter

OFFERS = ("auto", "always", "never")


@click.command(name="explain")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--block", "numbers", type=int, multiple=True, help="Show this block's texts.")
@click.option("--texts", is_flag=True, help="Show the texts of every block that changed.")
@click.option("--json", "print_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--offer",
    type=click.Choice(OFFERS),
    default="auto",
    show_default=True,
    help="Whether the model is given our tool; without it only what the agent can see again "
    "by its own means leaves.",
)
@click.pass_obj
def explain_command(
    environ: Mapping[str, str],
    /,
    *,
    file: Path,
    numbers: tuple[int, ...],
    texts: bool,
    print_json: bool,
    offer: str,
) -> None:
    """What becomes of each block of a conversation, by whom, and why the rest is left alone.

    FILE is a request body or a session file of Claude Code, Codex or Gemini CLI.  Shortened as
    the proxy would, with the options that the environment and the config file give.  Nothing
    leaves this machine.
    """
    choices = choices_of(Settings.read(environ))
    found: list[tuple[str, list[Explained]]] = []
    for session in _sessions(file):
        planned = PlannedSession(
            counter=Counter.load(),
            offer="always" if offer == "always" else "never" if offer == "never" else "auto",
            choices=choices,
        )
        found.append((session.name, explain(session, planned)))
    if print_json:
        click.echo(json.dumps([as_json(*one) for one in found], indent=2))
        return
    console = Console()
    for name, blocks in found:
        chosen = [
            block
            for block in blocks
            if block.number in numbers or (texts and block.after != block.before)
        ]
        console.print(as_texts(chosen) if numbers or texts else as_table(name, blocks))


def _sessions(file: Path) -> list[Session]:
    try:
        sessions = read_sessions(file, answered=False)
    except OSError as error:
        raise HeadroomError(f"{file} cannot be read: {error.strerror}") from error
    if not sessions:
        raise HeadroomError(f"{file} holds no request.")
    return sessions
