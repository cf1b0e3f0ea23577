"""Printing a page."""

from __future__ import annotations

import logging

import pytest
from rich.text import Text

from headroom.cli.showing import plain_table, say_nothing_else, show


def test_where_it_goes_elsewhere_it_is_plain_and_as_wide_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(Text("x" * 150 + "  ", style="bold red"))

    assert capsys.readouterr().out == "x" * 150 + "\n"


def test_S4_words_of_others_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("", "requests", title="By model")
    table.add_row("[red]a[/red][link=x]", "1")

    show(table)

    assert "[red]a[/red][link=x]" in capsys.readouterr().out


def test_no_log_line_comes_between(capsys: pytest.CaptureFixture[str]) -> None:
    say_nothing_else()

    logging.getLogger("headroom.state").warning("the store does not answer")

    assert capsys.readouterr().err == ""
