"""What was found, for a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from headroom.cli.diagnosis.finding import Finding, note, ok, problem
from headroom.cli.diagnosis.page import as_page


def shown(*findings: Finding, width: int = 60) -> str:
    written = io.StringIO()
    Console(file=written, width=width, markup=False, highlight=False).print(as_page(findings))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def test_each_finding_stands_with_its_fix_and_its_command() -> None:
    command = "export ANTHROPIC_BASE_URL=http://127.0.0.1:8787"

    page = shown(
        ok("proxy", "it runs"),
        problem("keys", "a word " * 10 + "end", "Set it again.", command),
    )

    assert page.splitlines() == [
        "  ok       proxy: it runs",
        "  problem  keys: a word a word a word a word a word a word a",
        "           word a word a word a word end",
        "           Set it again.",
        f"           $ {command}",
        "",
        "1 thing to mend; 0 things worth knowing.",
    ]


def test_what_it_comes_to_stands_at_the_end() -> None:
    assert shown(ok("a", "b")).endswith("All is well.")
    assert shown(note("a", "b")).endswith("Nothing to mend; 1 thing worth knowing.")


def test_words_of_others_are_no_markup() -> None:
    assert "[red]x[/]" in shown(ok("a", "[red]x[/]"))
