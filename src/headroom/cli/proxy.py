"""`headroom proxy`: settings from the words, what must hold checked, then one call."""

from __future__ import annotations

import dataclasses
import errno
import importlib
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import click

from headroom import __version__
from headroom.cli.asking import WILDCARDS, reachable
from headroom.cli.options import settings_options
from headroom.cli.users import when_unused
from headroom.cli.words import PERIODS
from headroom.errors import HeadroomError, SettingsError, StoreError
from headroom.extras import install, needed
from headroom.observe.line_file import LineFile
from headroom.observe.log_setup import configure
from headroom.observe.otel.wanted import problems
from headroom.settings import DIRECT, Settings
from headroom.state import workspace
from headroom.state.secret import CALLERS_FILE, kept_token

logger = logging.getLogger(__name__)


class Serve(Protocol):
    """What serves until it is told to stop, and sums up."""

    def __call__(
        self, settings: Settings, *, on_ready: Callable[[str, int], None] | None = None
    ) -> object:
        """Serve; *on_ready* is called with host and port once calls are taken."""
        ...


FORGETFUL = (
    "several workers without a store remember apart: a conversation that hops between them may "
    "cost a cache write. Leave out --stateless, or run one worker."
)

SEVERAL_BUDGETS = (
    "Several workers without a store would each have a budget of their own: leave out --stateless, "
    "use --store sqlite or a Redis, or run one worker."
)
FORGETFUL_BUDGET = (
    "without a store a restart forgets what was spent: leave out --stateless to keep the budget."
)

CLIENTS = (
    ("anthropic", "Claude Code     ANTHROPIC_BASE_URL={} claude"),
    ("openai_responses", "Codex           codex -c openai_base_url='\"{}/v1\"'"),
    ("openai_chat", "OpenAI clients  export OPENAI_BASE_URL={}/v1"),
    ("gemini", "Gemini CLI      GOOGLE_GEMINI_BASE_URL={} gemini"),
)
"""By the format that each speaks."""

RETIRED = f"--llmlingua and its companions are retired: use the extra ml instead ({install('ml')})."


def refuse_retired(_context: click.Context, _parameter: click.Parameter, value: object) -> None:
    """Say what replaced an option that is gone.  Raises SettingsError."""
    if value not in (None, False):
        raise SettingsError(RETIRED)


@click.command()
@settings_options
@click.option("--llmlingua", is_flag=True, hidden=True, expose_value=False, callback=refuse_retired)
@click.option(
    "--llmlingua-device",
    "--llmlingua-rate",
    is_flag=False,
    flag_value="",
    hidden=True,
    expose_value=False,
    callback=refuse_retired,
)
@click.pass_obj
def proxy(environ: Mapping[str, str], /, **flags: object) -> None:
    """Stand between an agent and its provider, and make each request shorter.

    Every option can also be set by a variable or in headroom.toml: see docs/settings.md.
    """
    settings = Settings.read(environ, flags=flags)
    lines = configure(settings, sys.stderr, environ)

    def tell(said: str) -> None:
        """Say this on stderr, in the form of the log where that is for machines."""
        if settings.log_format == "json":
            logger.warning("%s", said)
            lines.flush()
        else:
            click.echo(f"headroom: {said}", err=True)

    for notice in (*settings.notices, *problems(settings)):
        tell(notice)
    prepare(settings)
    for warning in warnings(settings):
        tell(warning)
    serve = load_server()
    check_backend(settings, environ)
    settings = dataclasses.replace(settings, port=free_port(settings.host, settings.port))
    # The proxy makes a token where none is kept; only before that is it new.
    token = "" if settings.is_loopback else token_told(settings)

    def on_ready(_host: str, _port: int) -> None:
        if settings.while_used is not None:
            when_unused(settings.while_used, stop)
        for line in banner(settings):
            click.echo(line)
        if token:
            click.echo(f"headroom: {token}", err=True)

    click.echo(summary_line(serve(settings, on_ready=on_ready)))


def stop() -> None:
    """Let this process stop as if it were told to."""
    os.kill(os.getpid(), signal.SIGTERM)


def prepare(settings: Settings) -> None:
    """Make what the proxy writes to.  Raises SettingsError where it cannot, or must not, run so."""
    if settings.store_kind == "sqlite":
        prepare_workspace(settings.workspace_dir)
    # After the workspace, which is where it may stand.
    if settings.log_file is not None:
        prepare_log_file(settings.log_file)
    if settings.has_budget and not settings.is_durable and settings.workers > 1:
        raise SettingsError(SEVERAL_BUDGETS)


def warnings(settings: Settings) -> Iterator[str]:
    """What one may not expect of these settings, one sentence each."""
    if settings.has_budget and not settings.is_durable:
        yield FORGETFUL_BUDGET
    if settings.workers > 1 and not settings.is_durable:
        yield FORGETFUL


def prepare_workspace(folder: Path) -> None:
    """Make the workspace if it is missing.  Raises SettingsError where it cannot be written."""
    try:
        workspace.prepare(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            f"The workspace {folder} cannot be written ({error.strerror or error}): "
            "make it writable, or name another folder in HEADROOM_WORKSPACE_DIR."
        ) from error


def prepare_log_file(file: Path) -> None:
    """Make the log file if it is missing, for its owner only.  Raises SettingsError."""
    try:
        LineFile(file).check()
    except OSError as error:
        raise SettingsError(
            f"The log file {file} cannot be written ({error.strerror or error}): make its folder, "
            "and both writable, or name another file with --log-file (HEADROOM_LOG_FILE)."
        ) from error


def load_server() -> Serve:
    """The function that serves.  Raises HeadroomError when the extra is not installed."""
    with needed("The proxy", "proxy", error=HeadroomError):
        server = importlib.import_module("headroom.proxy.server")
    serve: Serve = server.serve
    return serve


def check_backend(settings: Settings, environ: Mapping[str, str]) -> None:
    """Raises SettingsError where the backend cannot be, with what to install or set."""
    importlib.import_module("headroom.proxy.backends").made(settings, environ)


def free_port(host: str, port: int) -> int:
    """The port to listen on, known to be free a moment ago.  Raises SettingsError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise SettingsError(port_problem(host, port, error)) from error


def port_problem(host: str, port: int, error: OSError) -> str:
    """One sentence on why nobody can listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use, perhaps by another Headroom (see headroom doctor): "
            f"stop that one, or choose another port, such as --port {port % 65535 + 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is not for ordinary users: choose one above 1023 with --port."
    return f"Nothing can listen on {host} port {port} ({error.strerror or error}): check --host."


def banner(settings: Settings) -> Iterator[str]:
    """What the user sees at start: where, how, and what to export."""
    base = f"http://{reachable(settings.host)}:{settings.port}"
    yield f"Headroom {__version__} listens on {base} (mode: {settings.mode})"
    yield f"  {shortening(settings)}"
    if settings.workers > 1:
        yield f"  {settings.workers} workers take calls."
    yield from budgets(settings)
    yield ""
    yield from clients(settings.backend, base)
    yield f"  Dashboard       {base}/dashboard"
    yield ""
    yield from destination(settings)
    yield f"  {telemetry_line(settings)}"
    if not settings.is_loopback:
        yield (
            f"  Other machines can reach it too (it listens on {settings.host}); "
            "from there, Headroom's own endpoints need a token."
        )
    yield "  Ctrl-C stops it."


def clients(backend: str, base: str) -> Iterator[str]:
    """How clients come through whose dialect this backend takes."""
    taken = importlib.import_module("headroom.proxy.backends").dialects_of(backend)
    for dialect, said in CLIENTS:
        if dialect in taken:
            yield "  " + said.format(base)


def destination(settings: Settings) -> Iterator[str]:
    """Where requests go, and whose credentials are used there."""
    if settings.backend == DIRECT:
        yield f"  Requests go to {settings.anthropic_api_url}, {settings.openai_api_url},"
        yield f"  {settings.gemini_api_url}"
        return
    where = f" in {settings.region}" if settings.region else ""
    yield f"  Requests go to the backend {settings.backend}{where}, with credentials of this"
    yield "  machine: from elsewhere, callers need a token of Headroom's for every request."


def token_told(settings: Settings) -> str:
    """How callers from elsewhere come to Headroom's own endpoints; a new token is told once."""
    everywhere = settings.host in WILDCARDS
    host = "<this machine>" if everywhere else reachable(settings.host)
    asking = f"callers from other machines (http://{host}:{settings.port})"
    if settings.api_key:
        return f"{asking} need HEADROOM_API_KEY for Headroom's own endpoints (x-headroom-api-key)."
    unkept = (
        f"{asking} have no access to Headroom's own endpoints: no token is kept; set "
        "HEADROOM_API_KEY to give them one."
    )
    if not settings.is_durable:
        return unkept
    try:
        kept = kept_token(settings.workspace_dir, CALLERS_FILE)
    except StoreError:
        return unkept
    place = settings.workspace_dir / CALLERS_FILE
    if not kept.is_new:
        return f"{asking} need the token in {place} for Headroom's own endpoints."
    return (
        f"{asking} need this token for Headroom's own endpoints, in the header x-headroom-api-key: "
        f"{kept.token} (told this once, and kept in {place})."
    )


def shortening(settings: Settings) -> str:
    """What is done to requests."""
    if not settings.optimize:
        return "Nothing is shortened (--no-optimize): every byte passes as it came."
    if not settings.ccr_marker:
        return "Tool output is written shorter, losing nothing; all else passes as it came."
    return "Tool output is shortened, originals are kept; all else passes as it came."


def budgets(settings: Settings) -> Iterator[str]:
    """What may be spent, where that is limited."""
    period = PERIODS[settings.budget_period]
    said = ((settings.budget, "all calls together"), (settings.tenant_budget, "each credential"))
    for amount, whose in said:
        if amount is not None:
            yield f"  At most ${amount:,.2f} per {period} (UTC) may be spent by {whose}."


def telemetry_line(settings: Settings) -> str:
    """What is sent about this proxy, and where."""
    if settings.sends_telemetry:
        host = urlsplit(settings.telemetry_endpoint).netloc
        return f"Anonymous totals go to {host} (--no-telemetry: nothing does)."
    why = "no telemetry endpoint" if settings.telemetry else "telemetry is off"
    return f"Nothing is sent about it to anybody ({why})."


def summary_line(summary: object) -> str:
    """What was done, in one line; what the server does not tell is left out."""
    said = (
        ("requests", "request", "requests"),
        ("tokens_saved", "token saved", "tokens saved"),
        ("failed", "failed", "failed"),
    )
    told = ((getattr(summary, name, None), one, many) for name, one, many in said)
    counts = ", ".join(
        f"{count:,} {one if count == 1 else many}"
        for count, one, many in told
        if isinstance(count, int)
    )
    money = saved_line(summary)
    return f"Headroom stopped: {counts}{money}." if counts else "Headroom stopped."


def saved_line(summary: object) -> str:
    """Dollars saved over going direct, to go on the line; empty where no price was known."""
    saved = getattr(summary, "saved", Decimal(0))
    unpriced = getattr(summary, "unpriced", 0)
    said = f", ${abs(saved):.2f} {'less' if saved >= 0 else 'more'} than direct" if saved else ""
    if unpriced:
        of = "1 request" if unpriced == 1 else f"{unpriced:,} requests"
        said += f", price unknown for {of}"
    return said
