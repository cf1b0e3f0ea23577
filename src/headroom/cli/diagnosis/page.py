"""What was found, for a terminal; the same words without colours where it goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from headroom.cli.diagnosis.finding import Finding, Level
from headroom.cli.words import times

STYLES: Mapping[Level, str] = {"ok": "green", "note": "yellow", "problem": "bold red"}
LEVEL_WIDTH = 9
INDENT = 2 + LEVEL_WIDTH


def as_page(findings: Sequence[Finding]) -> RenderableType:
    """All of it, in its order, and what it comes to."""
    return Group(*_parts(findings))


def _parts(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    for finding in findings:
        yield _line(finding)
        if finding.fix:
            yield Padding(Text(finding.fix, style="dim"), (0, 0, 0, INDENT))
        if finding.command:
            command = Text(f"$ {finding.command}", style="cyan", overflow="fold")
            yield Padding(command, (0, 0, 0, INDENT))
    yield ""
    yield _verdict(findings)


def _line(finding: Finding) -> Padding:
    text = Text()
    text.append(f"{finding.about}: ", style="bold")
    text.append(finding.seen)
    # The level hangs before lines that are folded.
    level = Text(finding.level.ljust(LEVEL_WIDTH), style=STYLES[finding.level])
    return Padding(_hanging(level, text), (0, 0, 0, 2))


def _hanging(level: Text, text: Text) -> RenderableType:
    table = Table.grid(padding=0)
    table.add_column(width=LEVEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(level, text)
    return table


def _verdict(findings: Sequence[Finding]) -> Text:
    problems = sum(one.level == "problem" for one in findings)
    notes = sum(one.level == "note" for one in findings)
    told = f"{times(notes, 'thing')} worth knowing"
    if not problems:
        return Text(f"Nothing to mend; {told}." if notes else "All is well.", style="bold green")
    return Text(f"{times(problems, 'thing')} to mend; {told}.", style="bold red")
