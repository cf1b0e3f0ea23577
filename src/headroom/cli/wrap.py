"""`headroom wrap`: start an agent so that it comes through Headroom."""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from headroom.cli import child, users
from headroom.cli.agents import AGENTS, agent_named
from headroom.cli.asking import Address
from headroom.cli.companion import Companion, found, started
from headroom.cli.launch.agent import Agent, Launch, Wanted
from headroom.cli.options import some_options
from headroom.cli.pointer import pointer
from headroom.cli.running_process import is_running
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import Settings

NOT_FOUND = 1
RUN = "run-"
"""Of folders with what is written for one run."""
STARTED = {
    "port": "Where Headroom is, or is started.",
    "mode": "Of a proxy that is started.",
    "backend": "Of a proxy that is started.",
    "region": "Of a proxy that is started.",
    "anyllm_provider": "Of a proxy that is started.",
}


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.argument("agent", type=click.Choice([agent.name for agent in AGENTS]), metavar="AGENT")
@some_options(STARTED)
@click.option("--no-proxy", is_flag=True, help="Start none, even where none runs.")
@click.option(
    "--provider-type",
    type=click.Choice(["auto", "anthropic", "openai"]),
    default="auto",
    help="Of copilot: which API it is to speak. [auto]",
)
@click.option(
    "--wire-api",
    type=click.Choice(["completions", "responses"]),
    help="Of copilot with openai: which form of that API.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say what is set and started.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def wrap(
    environ: Mapping[str, str],
    /,
    *,
    agent: str,
    arguments: Sequence[str],
    no_proxy: bool,
    verbose: bool,
    provider_type: str,
    wire_api: str | None,
    **flags: object,
) -> None:
    """Start AGENT so that it comes through Headroom; what follows -- goes to the agent.

    A Headroom that runs is used; else one is started, and stopped when the last agent that uses
    it has ended.  No file of yours is changed.  `cursor` and `env` start nothing: they say what
    to set.
    """
    chosen = agent_named(agent)
    assert chosen is not None
    settings = Settings.read(environ, flags=flags)
    url, backend = Address.of(settings).url, settings.backend
    wanted = Wanted(url, environ, tuple(arguments), backend, provider_type, wire_api or "")
    if not chosen.command:
        _tell_what_to_set(chosen, settings, wanted)
        return
    program = shutil.which(chosen.command, path=environ.get("PATH"))
    if program is None:
        click.echo(f"headroom: {chosen.missing}.", err=True)
        sys.exit(NOT_FOUND)
    folder = _folder(settings)
    with users.one_of_the_users(folder):
        with users.alone(folder):
            companion, launch = _ready(
                chosen, settings, folder, wanted, flags=flags, starts=not no_proxy
            )
        for note in launch.notes:
            click.echo(f"headroom: {note}", err=True)
        with _written(launch, folder) as (variables, behind):
            command = [program, *launch.arguments, *arguments, *behind]
            if verbose:
                _say(companion, command, variables)
            try:
                code = child.run(command, {**environ, **variables})
            except OSError as error:
                raise HeadroomError(
                    f"{program} cannot be run ({error.strerror}): install {chosen.title} again "
                    f"with {chosen.install}"
                ) from error
    child.end_as(code)


def _ready(
    agent: Agent,
    settings: Settings,
    folder: Path,
    wanted: Wanted,
    *,
    flags: Mapping[str, object],
    starts: bool,
) -> tuple[Companion, Launch]:
    """A Headroom that answers, found or started, and how the agent comes to it."""
    companion = found(Address.of(settings))
    if companion is not None:
        if flags.get("backend") and companion.backend != settings.backend:
            raise SettingsError(
                f"The Headroom on {companion.base} has the backend {companion.backend}, not "
                f"{settings.backend}: stop that one, or choose another port with --port."
            )
        launch = agent.configure(dataclasses.replace(wanted, backend=companion.backend))
        return companion, _noting_where(launch, companion, agent)
    launch = agent.configure(wanted)
    if not starts:
        click.echo(f"headroom: nothing listens on {wanted.base} (--no-proxy).", err=True)
        return Companion(wanted.base, wanted.backend), launch
    # Where the agent would go without us, unless it is said where requests go on to.
    unsaid = {name: url for name, url in launch.upstreams.items() if name not in settings.given}
    return started(settings, folder, {**unsaid, **flags}, wanted.environ), launch


def _noting_where(launch: Launch, companion: Companion, agent: Agent) -> Launch:
    """The same, told that requests go where this Headroom sends them."""
    if not launch.upstreams:
        return launch
    notes = (
        f"{agent.title} went to {url}; now its requests, and its key, go where the Headroom on "
        f"{companion.base} sends them. If that is elsewhere, choose another --port."
        for url in (pointer(url).shown for url in launch.upstreams.values())
    )
    return dataclasses.replace(launch, notes=(*launch.notes, *notes))


def _folder(settings: Settings) -> Path:
    try:
        return users.folder_of(settings.workspace_dir, settings.port)
    except OSError as error:
        raise SettingsError(
            f"The workspace {settings.workspace_dir} cannot be written ({error.strerror}): "
            "make it writable, or name another folder in HEADROOM_WORKSPACE_DIR."
        ) from error


@contextmanager
def _written(launch: Launch, folder: Path) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
    """The variables, and the arguments behind the user's, for as long as a copy is there."""
    copy = launch.copy
    if copy is None:
        yield launch.variables, ()
        return
    _sweep(folder)
    with TemporaryDirectory(dir=folder, prefix=f"{RUN}{os.getpid()}-") as run:
        path = Path(run, copy.name)
        path.touch(0o600)
        path.write_bytes(copy.content)
        named = {copy.variable: str(path)} if copy.variable else {}
        arguments = (copy.argument, str(path)) if copy.argument else ()
        yield {**launch.variables, **named}, arguments


def _sweep(folder: Path) -> None:
    """Remove what launchers that were killed have left."""
    for run in folder.glob(f"{RUN}*"):
        pid = run.name.removeprefix(RUN).partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            shutil.rmtree(run, ignore_errors=True)


def _say(companion: Companion, command: Sequence[str], variables: Mapping[str, str]) -> None:
    """What is set and started, on stderr; no keys."""
    begun = "started" if companion.is_new else "found"
    click.echo(f"headroom: {begun} {companion.base}", err=True)
    for name, value in variables.items():
        told = "…" if is_key(name) else value
        click.echo(f"headroom: {name}={told}", err=True)
    click.echo(f"headroom: {shlex.join(command)}", err=True)


def is_key(name: str) -> bool:
    """Whether what stands in this variable is a secret."""
    return name.endswith(("_KEY", "_TOKEN", "_CONTENT"))


def _tell_what_to_set(agent: Agent, settings: Settings, wanted: Wanted) -> None:
    click.echo(agent.told(agent.configure(wanted)))
    if found(Address.of(settings)) is None:
        click.echo(
            f"headroom: nothing listens there yet: start `headroom proxy --port {settings.port}`.",
            err=True,
        )
