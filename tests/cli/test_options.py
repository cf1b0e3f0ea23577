"""The options of `Settings` as options of a command."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from headroom.cli.options import asked_options, settings_options
from headroom.options import Entry
from headroom.settings import ENTRIES


def given(*words: str) -> dict[str, object]:
    """What a command receives for these words, less what was not used."""
    received: dict[str, object] = {}

    @click.command()
    @settings_options
    def command(**flags: object) -> None:
        received.update(flags)

    result = CliRunner().invoke(command, list(words))
    assert result.exit_code == 0, result.output
    return {name: value for name, value in received.items() if value not in (None, ())}


def test_an_option_that_is_not_used_is_not_given() -> None:
    assert given() == {}


def test_values_are_handed_on_as_they_were_written() -> None:
    assert given("-p", "x", "--host", " y ") == {"port": "x", "host": " y "}


def test_a_switch_has_both_forms() -> None:
    assert given("--no-optimize") == {"optimize": False}
    assert given("--optimize") == {"optimize": True}


def test_a_list_may_be_repeated() -> None:
    words = ["--allowed-host", "a", "--allowed-host", "b"]

    assert given(*words) == {"allowed_hosts": ("a", "b")}


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.flag], ids=lambda e: e.name)
def test_every_flag_of_the_settings_is_an_option(entry: Entry) -> None:
    words = [entry.flag] if entry.option.kind.is_switch else [entry.flag, "1"]

    assert list(given(*words)) == [entry.name]


def test_where_a_proxy_is_asked_is_said_as_for_the_proxy_itself() -> None:
    received: dict[str, object] = {}

    @click.command()
    @asked_options
    def command(**flags: object) -> None:
        received.update(flags)

    result = CliRunner().invoke(command, ["-p", "9", "--host", "::1"])
    shown = CliRunner().invoke(command, ["--help"])

    assert result.exit_code == 0
    assert received == {"port": "9", "host": "::1"}
    assert "Where the proxy listens. [127.0.0.1] (HEADROOM_HOST)" in " ".join(shown.output.split())
