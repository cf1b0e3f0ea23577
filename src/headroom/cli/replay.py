"""`headroom replay`: what would Headroom have saved me?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from headroom.errors import HeadroomError
from headroom.replay.files import own_session_files, read_sessions, session_files
from headroom.replay.measure import SessionMeasure
from headroom.replay.page import as_page
from headroom.replay.report import as_json, as_text
from headroom.replay.run import replay as replay_all
from headroom.replay.session import Session, SessionError
from headroom.replay.summary import summarise
from headroom.replay.ways import open_way, way_of
from headroom.tokens import Counter


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "print_json", is_flag=True, help="Print everything measured as JSON.")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a page with charts: one file, to look at and to pass on.",
)
@click.option(
    "--through",
    metavar="URL",
    help="Replay over HTTP through a running proxy; `auto` starts one for the occasion.",
)
@click.option(
    "--upstream-port",
    type=click.IntRange(1, 65535),
    default=8788,
    show_default=True,
    help="With --through URL: the port on which the proxy finds the scripted provider.",
)
@click.option(
    "--claude-folder",
    envvar="CLAUDE_CONFIG_DIR",
    type=click.Path(path_type=Path),
    default=lambda: Path.home() / ".claude",
    help="Where Claude Code keeps its sessions.  [default: ~/.claude]",
)
@click.option(
    "--codex-folder",
    envvar="CODEX_HOME",
    type=click.Path(path_type=Path),
    default=lambda: Path.home() / ".codex",
    help="Where Codex keeps its sessions.  [default: ~/.codex]",
)
@click.option(
    "--gemini-home",
    envvar="GEMINI_CLI_HOME",
    type=click.Path(path_type=Path),
    default=Path.home,
    help="Where Gemini CLI keeps `.gemini`, with its sessions.  [default: ~]",
)
@click.pass_obj
def replay(
    environ: Mapping[str, str],
    /,
    *,
    paths: tuple[Path, ...],
    print_json: bool,
    page: Path | None,
    through: str | None,
    upstream_port: int,
    claude_folder: Path,
    codex_folder: Path,
    gemini_home: Path,
) -> None:
    """What would Headroom have saved me?

    Replays recorded sessions turn by turn: session files of Claude Code, Codex and Gemini CLI,
    request bodies, or folders of them; without PATH, your own.  Nothing leaves this machine.
    """
    gemini_folder = gemini_home / ".gemini"
    own = (claude_folder, codex_folder, gemini_folder)
    files = session_files(paths) if paths else own_session_files(*own)
    if not files:
        raise HeadroomError(
            f"No sessions in {', '.join(str(each) for each in paths)}."
            if paths
            else f"No sessions of Claude Code in {claude_folder}, of Codex in {codex_folder} or of "
            f"Gemini CLI in {gemini_folder}: name session files or request bodies."
        )
    sessions = _read(files)
    counter = Counter.load()
    measured = asyncio.run(
        _measure(sessions, counter, through, upstream_port=upstream_port, environ=environ)
    )
    summary = summarise(measured)
    way = way_of(through)
    if page is not None:
        _write(page, as_page(summary, way=way))
    if print_json:
        click.echo(json.dumps(as_json(summary, way=way), indent=2))
    else:
        Console().print(as_text(summary, way=way))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HeadroomError(f"{file} cannot be written: {error.strerror}") from error


def _read(files: Sequence[Path]) -> list[Session]:
    """All sessions; a file that holds none is told on stderr and passed over."""
    sessions = []
    for file in files:
        try:
            sessions += read_sessions(file)
        except SessionError as error:
            click.echo(f"headroom: {error}", err=True)
        except OSError as error:
            click.echo(f"headroom: {file} cannot be read: {error.strerror}", err=True)
    if not sessions:
        raise HeadroomError("No session with an answered request in any of these files.")
    return sessions


async def _measure(
    sessions: Sequence[Session],
    counter: Counter,
    through: str | None,
    *,
    upstream_port: int,
    environ: Mapping[str, str],
) -> list[SessionMeasure]:
    console = Console(stderr=True)
    columns = (TextColumn("Replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("turns", total=sum(each.turn_count for each in sessions))
        async with open_way(
            through,
            [each.dialect for each in sessions],
            upstream_port=upstream_port,
            environ=environ,
            counter=counter,
        ) as way:
            return [
                measured
                async for measured in replay_all(
                    sessions, way, count=counter.count, turn_done=lambda: bar.advance(task)
                )
            ]
