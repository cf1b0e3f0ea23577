"""The command `headroom`: a list of commands, each loaded when it is called.

A new command is one entry in `COMMANDS`.  Commands find the environment in `click`'s context
object (`@click.pass_obj`) and say what went wrong by raising a `HeadroomError`.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass

import click

from headroom import __version__
from headroom.errors import HeadroomError, SettingsError


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is not loaded yet: `module:attribute`, and its line in the list."""

    name: str
    place: str
    summary: str

    def load(self) -> click.Command:
        """The command itself."""
        module, attribute = self.place.split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


COMMANDS = (
    Command("proxy", "headroom.cli.proxy:proxy", "Stand between an agent and its provider."),
    Command("wrap", "headroom.cli.wrap:wrap", "Start an agent so that it comes through."),
    Command("unwrap", "headroom.cli.unwrap:unwrap", "Take ours out of an agent's files again."),
    Command("status", "headroom.cli.status:status", "Is it up, what did it save, what went wrong?"),
    Command(
        "doctor",
        "headroom.cli.doctor:doctor",
        "Why are savings zero, or does no agent come through?",
    ),
    Command("perf", "headroom.cli.perf:perf", "How well did it do in the last hours?"),
    Command("dashboard", "headroom.cli.dashboard:dashboard", "The same and more, in a browser."),
    Command("keys", "headroom.cli.keys:keys", "Virtual keys for people and agents."),
    Command("mcp", "headroom.cli.mcp.commands:mcp", "Our tools for agents without the proxy."),
    Command("telemetry", "headroom.cli.telemetry:telemetry", "What would be sent, and where."),
    Command("replay", "headroom.cli.replay:replay", "What would Headroom have saved me?"),
    Command(
        "explain", "headroom.cli.explain:explain_command", "What becomes of each block, and why."
    ),
)


class LazyGroup(click.Group):
    """A group that knows its commands by `COMMANDS` and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return [command.name for command in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, loaded."""
        found = (command for command in COMMANDS if command.name == cmd_name)
        command = next(found, None)
        return command.load() if command else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(command.name, command.summary) for command in COMMANDS])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(__version__, prog_name="headroom")
def headroom() -> None:
    """Fewer input tokens for the same conversation, without losing anything."""


def main() -> None:
    """Run the command line with this process's arguments and environment."""
    try:
        headroom.main(obj=os.environ, prog_name="headroom")
    except HeadroomError as error:
        click.echo(f"headroom: {error}", err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
