"""The command `headroom`."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from headroom import __version__
from headroom.cli.main import COMMANDS, Command, headroom
from tests.cli.running import run


def test_the_version_is_told_as_the_original_tells_it() -> None:
    result = run("--version")

    assert (result.returncode, result.stdout) == (0, f"headroom, version {__version__}\n")


def test_without_a_command_the_commands_are_listed() -> None:
    result = CliRunner().invoke(headroom, ["--help"])

    assert result.exit_code == 0
    for command in COMMANDS:
        assert command.name in result.output
        assert command.summary in result.output


def test_a_command_that_does_not_exist_is_a_usage_error() -> None:
    result = CliRunner().invoke(headroom, ["proxi"])

    assert result.exit_code == 2
    assert "No such command 'proxi'" in result.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_each_command_of_the_table_can_be_loaded_and_helps(command: Command) -> None:
    assert isinstance(command.load(), click.Command)

    result = CliRunner().invoke(headroom, [command.name, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_the_module_is_the_command_too() -> None:
    result = run("proxy", "--mode", "fast")

    assert result.returncode == 2
    assert result.stderr == "headroom: --mode is 'fast', but the choices are token and cache.\n"
