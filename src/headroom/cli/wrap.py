"""`headroom wrap`: start an agent so that it comes through Headroom."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import click

from headroom.cli import child, users
from headroom.cli.agents import AGENTS, agent_named
from headroom.cli.asking import Address, is_loopback
from headroom.cli.companion import Companion, found, found_or_started
from headroom.cli.launch.agent import NOTHING, Agent, Copy, Wanted
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import Settings

NOT_FOUND = 1
RUN = "run-"
"""Of folders with what is written for one run."""
TARGETS = {
    "ANTHROPIC_TARGET_API_URL": ("ANTHROPIC_BASE_URL",),
    "OPENAI_TARGET_API_URL": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    "GEMINI_TARGET_API_URL": ("GOOGLE_GEMINI_BASE_URL",),
}
"""Where requests go on to, and in which variables agents look for that."""

CURSOR = """In Cursor: Settings, Models, API Keys:
  OpenAI API Key            your own key
  Override OpenAI Base URL  {base}/v1
Cursor sends requests from its own servers, which cannot reach this machine: give Headroom an
address that they can reach (docs/access.md), and write it there. Cursor's own models, and tab
completion, never come through."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is said to `wrap` itself."""

    no_proxy: bool
    verbose: bool
    provider_type: str
    wire_api: str
    flags: Mapping[str, object]


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.argument("agent", type=click.Choice([agent.name for agent in AGENTS]), metavar="AGENT")
@click.option("--port", "-p", metavar="PORT", help="Where Headroom is, or is started. [8787]")
@click.option("--mode", metavar="[token|cache]", help="Of a proxy that is started.")
@click.option("--backend", metavar="NAME", help="Of a proxy that is started. [anthropic]")
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
    options = Options(no_proxy, verbose, provider_type, wire_api or "", flags)
    if not chosen.command:
        _tell_what_to_set(chosen, environ, arguments, options)
        return
    program = shutil.which(chosen.command, path=environ.get("PATH"))
    if program is None:
        click.echo(f"headroom: {chosen.missing}.", err=True)
        sys.exit(NOT_FOUND)
    child.end_as(_run(chosen, program, environ, arguments, options))


def _run(
    agent: Agent, program: str, environ: Mapping[str, str], said: Sequence[str], options: Options
) -> int:
    settings = Settings.read(environ, flags=options.flags)
    folder = _folder(settings)
    with users.one_of_the_users(folder):
        companion = _companion(settings, folder, environ, options)
        launch = agent.configure(_wanted(companion, environ, said, options))
        for note in launch.notes:
            click.echo(f"headroom: {note}", err=True)
        with _written(launch.copy, folder) as (variables, arguments):
            command = [program, *launch.arguments, *said, *arguments]
            set_ = {**launch.variables, **variables}
            if options.verbose:
                _say(companion, command, set_)
            try:
                return child.run(command, {**environ, **set_})
            except OSError as error:
                raise HeadroomError(
                    f"{program} cannot be run ({error.strerror}): install {agent.title} again with "
                    f"{agent.install}"
                ) from error


def _companion(
    settings: Settings, folder: Path, environ: Mapping[str, str], options: Options
) -> Companion:
    address = Address.of(settings)
    if options.no_proxy:
        companion = found(address)
        if companion is None:
            click.echo(f"headroom: nothing listens on {address.url} (--no-proxy).", err=True)
            return Companion(address.url, is_new=False, config={})
    else:
        environ = _upstreams(environ, settings.port)
        companion = found_or_started(settings, folder, _flags(settings, options.flags), environ)
    asked = options.flags.get("backend")
    if asked and asked != companion.backend:
        raise SettingsError(
            f"The Headroom on {companion.base} has the backend {companion.backend}, not {asked}: "
            "stop that one, or choose another port with --port."
        )
    return companion


def _wanted(
    companion: Companion, environ: Mapping[str, str], said: Sequence[str], options: Options
) -> Wanted:
    return Wanted(
        companion.base,
        environ,
        tuple(said),
        companion.backend,
        options.provider_type,
        options.wire_api,
    )


def _flags(settings: Settings, given: Mapping[str, object]) -> list[str]:
    """What a proxy is started with; all else it reads from the same variables and file as we."""
    said = {**given, "port": settings.port}
    return [word for name, value in said.items() if value for word in (f"--{name}", str(value))]


def _upstreams(environ: Mapping[str, str], port: int) -> dict[str, str]:
    """The variables of a proxy: where the agent would go without us, requests go on to."""
    variables = dict(environ)
    for target, names in TARGETS.items():
        said = next(filter(None, (environ.get(name) for name in names)), "")
        if said and not environ.get(target) and not _is_local(said, port):
            variables[target] = said
    return variables


def _is_local(url: str, port: int) -> bool:
    """Whether this is the address of the proxy itself."""
    try:
        parts = urlsplit(url)
        its_port = parts.port
    except ValueError:
        return False
    return is_loopback(parts.hostname or "") and its_port == port


def _folder(settings: Settings) -> Path:
    try:
        return users.folder_of(settings.workspace_dir, settings.port)
    except OSError as error:
        raise SettingsError(
            f"The workspace {settings.workspace_dir} cannot be written ({error.strerror}): "
            "make it writable, or name another folder in HEADROOM_WORKSPACE_DIR."
        ) from error


@contextmanager
def _written(copy: Copy | None, folder: Path) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
    """The copy's variable and arguments, for as long as it is there."""
    if copy is None:
        yield NOTHING, ()
        return
    _sweep(folder)
    with TemporaryDirectory(dir=folder, prefix=f"{RUN}{os.getpid()}-") as run:
        path = Path(run, copy.name)
        path.touch(0o600)
        path.write_bytes(copy.content)
        variables = {copy.variable: str(path)} if copy.variable else NOTHING
        yield variables, (copy.argument, str(path)) if copy.argument else ()


def _sweep(folder: Path) -> None:
    """Remove what launchers that were killed have left."""
    for run in folder.glob(f"{RUN}*"):
        pid = run.name.removeprefix(RUN).partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(run, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


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


def _tell_what_to_set(
    agent: Agent, environ: Mapping[str, str], said: Sequence[str], options: Options
) -> None:
    settings = Settings.read(environ, flags=options.flags)
    address = Address.of(settings)
    companion = found(address) or Companion(address.url, is_new=False, config={})
    launch = agent.configure(_wanted(companion, environ, said, options))
    if agent.name == "env":
        for name, value in launch.variables.items():
            click.echo(f"export {name}={shlex.quote(value)}")
    else:
        click.echo(CURSOR.format(base=address.url))
    if found(address) is None:
        click.echo(
            f"headroom: nothing listens there yet: start `headroom proxy --port {settings.port}`.",
            err=True,
        )
