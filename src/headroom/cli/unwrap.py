"""`headroom unwrap`: an agent's files without anything of Headroom's in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from headroom.cli.agents import AGENTS
from headroom.cli.kept_file import Content, KeptFile
from headroom.cli.launch.leftovers import Leftover, leftovers
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import Settings
from headroom.sources import expanded

PURPOSE = "unwrap"
NOTHING = (
    "headroom: nothing of Headroom's stands in files of {}: wrap changes none, so starting it "
    "without wrap is all."
)


@click.command()
@click.argument("agent", type=click.Choice([agent.name for agent in AGENTS]), metavar="AGENT")
@click.option("--undo", is_flag=True, help="Give back, byte for byte, what was taken out.")
@click.pass_obj
def unwrap(environ: Mapping[str, str], /, *, agent: str, undo: bool) -> None:
    """Take out what an earlier Headroom wrote into files of AGENT.

    `headroom wrap` writes nothing into them; earlier ways of starting agents did.  What stood
    there is kept, and given back by --undo.
    """
    settings = Settings.read(environ)
    home = expanded(Path("~"), environ)
    changed = False
    for leftover in leftovers(agent, home, Path.cwd()):
        kept = KeptFile(leftover.path, PURPOSE, settings.workspace_dir)
        try:
            for told in _given_back(kept) if undo else _taken_out(kept, leftover):
                click.echo(f"headroom: {told}")
                changed = True
        except OSError as error:
            raise HeadroomError(
                f"{leftover.path} cannot be changed ({error.strerror or error}): "
                "make it writable, then try again"
            ) from error
        except SettingsError as error:
            raise SettingsError(f"{leftover.path}: {error}") from error
    if not changed:
        click.echo(NOTHING.format(agent))


def _taken_out(kept: KeptFile, leftover: Leftover) -> Iterator[str]:
    def without(content: Content) -> Content:
        return None if content is None else leftover.take_out(content)

    content = kept.read()
    # Asked first, so that nothing is kept of files that stay as they are.
    if content is not None and without(content) != content and kept.change(without, _same):
        yield f"{leftover.path} holds nothing of Headroom's any more (before: {kept.backup})"


def _given_back(kept: KeptFile) -> Iterator[str]:
    if kept.is_changed and kept.restore(_same) == "whole":
        yield f"{kept.path} is as it was"


def _same(content: Content) -> Content:
    return content
