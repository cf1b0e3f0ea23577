"""`headroom mcp`: our tools for agents that do not go through the proxy."""

from __future__ import annotations

import dataclasses
import gc
import importlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from headroom.cli.asking import Address, token_of
from headroom.cli.kept_file import Content, KeptFile
from headroom.cli.mcp.clients import CLIENTS, COMMAND, Client, Server, is_ours
from headroom.cli.mcp.desk import Desk
from headroom.errors import HeadroomError, SettingsError
from headroom.extras import needed
from headroom.observe.log_setup import configure
from headroom.settings import Settings

PURPOSE = "mcp"
PROXY_URL = "HEADROOM_PROXY_URL"
USUAL_PORT = 80

PASSED_ON = (
    "HEADROOM_WORKSPACE_DIR",
    "HEADROOM_CONFIG_DIR",
    "HEADROOM_HOST",
    "HEADROOM_PORT",
)
"""Where they are set, the server is started with them: agents do not pass on all they have."""

EVERY = [one.name for one in CLIENTS]


@click.group()
def mcp() -> None:
    """Our tools, for agents that do not go through the proxy (Model Context Protocol).

    An agent that does is given headroom_retrieve by the proxy, and needs none of this.
    """


@mcp.command()
@click.option(
    "--proxy-url",
    metavar="URL",
    envvar=PROXY_URL,
    help="The proxy that answers.  Without: the one of the settings where it runs, else none. "
    f"({PROXY_URL})",
)
@click.option("--direct", is_flag=True, help="Without a proxy, on the workspace's own store.")
@click.option("--debug", is_flag=True, help="Log more, to stderr.")
@click.pass_obj
def serve(
    environ: Mapping[str, str], /, *, proxy_url: str | None, direct: bool, debug: bool
) -> None:
    """Serve the tools over stdin and stdout; an agent starts this by itself."""
    settings = Settings.read(environ)
    if debug:
        settings = dataclasses.replace(settings, log_level="debug")
    configure(settings, sys.stderr, environ)
    named = None if direct or not proxy_url else address_of(proxy_url, settings)
    # The agent waits: what is loaded now stays, and looking through it is a tenth of the time.
    gc.disable()
    serve_tools = _serving()
    gc.freeze()
    gc.enable()
    serve_tools(Desk(settings, named, direct))


@mcp.command()
@click.option(
    "--client",
    "names",
    type=click.Choice(EVERY),
    multiple=True,
    help="For this agent; may be repeated.  [those found here]",
)
@click.option("--proxy-url", metavar="URL", help="The proxy that is to answer, and no other.")
@click.option("--force", is_flag=True, help="In place of another server named headroom, too.")
@click.option("--print", "prints", is_flag=True, help="Print what to write, and write nothing.")
@click.pass_obj
def install(
    environ: Mapping[str, str],
    /,
    *,
    names: tuple[str, ...],
    proxy_url: str | None,
    force: bool,
    prints: bool,
) -> None:
    """Let agents find the tools: their files are changed, and kept as they were.

    `headroom mcp uninstall` gives each file back byte for byte.
    """
    settings = Settings.read(environ)
    if proxy_url:
        address_of(proxy_url, settings)
    server = our_server(environ, proxy_url)
    if prints:
        _print(_chosen(names) or CLIENTS, server, environ)
        return
    _check_library()
    clients = _chosen(names) or [one for one in CLIENTS if one.is_here(_home(), environ)]
    if not clients:
        raise HeadroomError(
            "No agent was found here that we know the files of: name one by --client "
            f"({', '.join(EVERY)}), or let --print say what to write."
        )
    for client in clients:
        kept = _kept(client, settings, environ)
        with _naming(client, kept):
            changed = kept.change(_adding(client, server, force=force), client.removed)
        said = "has" if changed else "had already"
        click.echo(f"{client.title} {said} the tools: {kept.path}")
    click.echo("Sessions that run will see them when they are started anew.")


@mcp.command()
@click.option(
    "--client",
    "names",
    type=click.Choice(EVERY),
    multiple=True,
    help="From this agent; may be repeated.  [all]",
)
@click.pass_obj
def uninstall(environ: Mapping[str, str], /, *, names: tuple[str, ...]) -> None:
    """Take the tools from agents, and give their files back as they were."""
    settings = Settings.read(environ)
    untouched = True
    for client in _chosen(names) or CLIENTS:
        kept = _kept(client, settings, environ)
        if not kept.is_changed and kept.read() is None:
            continue
        with _naming(client, kept):
            restored = kept.restore(client.removed)
        if restored != "nothing":
            untouched = False
            as_was = "is byte for byte as it was" if restored == "whole" else "has lost only them"
            click.echo(f"{client.title} has the tools no more: {kept.path} {as_was}.")
    if untouched:
        click.echo("No agent had the tools.")


@mcp.command()
@click.pass_obj
def status(environ: Mapping[str, str], /) -> None:
    """Which agents have the tools, and who answers them.

    Ends with 0 where an agent has them and they can be started, else with 1.
    """
    settings = Settings.read(environ)
    works = False
    for client in CLIENTS:
        said, starts = _standing(client, settings, environ)
        works = works or starts
        click.echo(f"{client.title:<12} {said}")
    missing = _missing_library()
    click.echo(f"{'Library':<12} {f'missing: {missing}' if missing else 'installed'}")
    proxy_url = environ.get(PROXY_URL, "").strip()
    named = address_of(proxy_url, settings) if proxy_url else None
    click.echo(f"{'Answered by':<12} {_answered_by(Desk(settings, named))}")
    sys.exit(0 if works and not missing else 1)


def address_of(url: str, settings: Settings) -> Address:
    """Where the proxy with this URL is asked.  Raises SettingsError."""
    parts = urlsplit(url.strip())
    try:
        port = parts.port or USUAL_PORT
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port or parts.path not in ("", "/"):
        # It may hold a password, which is not repeated.
        raise SettingsError(
            f"--proxy-url ({PROXY_URL}) must be such as http://127.0.0.1:8787: http, a host, a "
            "port, and nothing behind it."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Address(host, port, token_of(settings))


def our_server(environ: Mapping[str, str], proxy_url: str | None) -> Server:
    """How agents start our server: by the program that runs now, wherever they look for it."""
    arguments = (*COMMAND, *(("--proxy-url", proxy_url) if proxy_url else ()))
    variables = {name: environ[name] for name in PASSED_ON if environ.get(name, "").strip()}
    script = Path(sys.executable).with_name("headroom")
    if script.is_file():
        return Server(str(script), arguments, variables)
    return Server(sys.executable, ("-m", "headroom", *arguments), variables)


def _adding(client: Client, server: Server, *, force: bool) -> Callable[[Content], Content]:
    def add(content: Content) -> Content:
        if client.found(content) is not None and not force:
            raise SettingsError(
                "it has another server named headroom: --force puts ours in its place until "
                "`headroom mcp uninstall`"
            )
        return client.added(content, server)

    return add


@contextmanager
def _naming(client: Client, kept: KeptFile) -> Iterator[None]:
    """Raises HeadroomError that names the file, where something goes wrong with it."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{kept.path} of {client.title} is left as it is: {error}.") from error
    except OSError as error:
        raise HeadroomError(
            f"{kept.path} of {client.title} is left as it is: {error.strerror or error}."
        ) from error


def _standing(client: Client, settings: Settings, environ: Mapping[str, str]) -> tuple[str, bool]:
    """How it stands with this agent, in words, and whether it can start our server."""
    kept = _kept(client, settings, environ)
    try:
        entry = client.found(kept.read())
    except (HeadroomError, OSError) as error:
        return f"cannot be told, {kept.path}: {error}", False
    if entry is None:
        return "no", False
    if not is_ours(entry):
        return f"another server named headroom, in {kept.path}", False
    command = entry["command"]
    program = command[0] if isinstance(command, list) else command
    if shutil.which(program, path=environ.get("PATH")) is None:
        return f"yes, but {program} cannot be started: headroom mcp install", False
    return f"yes, in {kept.path}", True


def _answered_by(desk: Desk) -> str:
    trouble = desk.trouble()
    if not trouble:
        return f"the proxy at {desk.address.url}"
    if desk.named:
        return f"nobody: {desk.address.url} cannot be asked ({trouble})"
    return f"the server itself, as no proxy answers at {desk.address.url}"


def _print(clients: Sequence[Client], server: Server, environ: Mapping[str, str]) -> None:
    for client in clients:
        click.echo(f"# {client.title}: {client.path(_home(), environ)}")
        click.echo(client.shown(server))
        click.echo()
    click.echo("# Any other client starts it by")
    click.echo(server.shell)


def _chosen(names: tuple[str, ...]) -> list[Client]:
    return [one for one in CLIENTS if one.name in names]


def _kept(client: Client, settings: Settings, environ: Mapping[str, str]) -> KeptFile:
    return KeptFile(client.path(_home(), environ), PURPOSE, settings.workspace_dir)


def _home() -> Path:
    return Path("~").expanduser()


def _missing_library() -> str:
    """What is missing of what the server needs; empty where all is here."""
    try:
        _serving()
    except HeadroomError as error:
        return str(error)
    return ""


def _check_library() -> None:
    if missing := _missing_library():
        raise HeadroomError(missing)


def _serving() -> Callable[[Desk], None]:
    """The function that serves.  Raises HeadroomError when the extra is not installed."""
    with needed("The MCP server", "mcp", error=HeadroomError):
        module = importlib.import_module("headroom.cli.mcp.serving")
    serve: Callable[[Desk], None] = module.serve
    return serve
