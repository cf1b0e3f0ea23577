"""Gathering the facts: the one place of `headroom doctor` that asks, reads and waits.

Everything is done side by side and has a deadline, so that a proxy that hangs, a net that is gone
and a disk that sleeps together take no longer than any of them.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headroom import __version__
from headroom.cli.asking import Address, Answer, is_ours, who
from headroom.cli.diagnosis import credentials
from headroom.cli.diagnosis.facts import Facts, Json, Listener, Network, Workspace
from headroom.cli.diagnosis.installed import installed
from headroom.cli.diagnosis.places import places
from headroom.cli.diagnosis.reading import read_all
from headroom.cli.diagnosis.variables import COPILOT_TYPE, VARIABLES
from headroom.cli.launch.claude import ELSEWHERE
from headroom.cli.pointer import pointer
from headroom.cli.running_process import is_running
from headroom.errors import SettingsError, StoreError
from headroom.proxy.reaching import Reached, bases, reach_all
from headroom.proxy.storage import look_into_store
from headroom.proxy.waiting import within
from headroom.settings import DIRECT, Settings
from headroom.state.presence import Presence

ALL_S = 2.2
"""So that, with what starting takes, nobody waits for more than 3 seconds."""
FIRST_S = 0.8
"""How long the proxy has to say who it is."""
GIVE_S = 0.15
"""By so much sooner whoever is asked gives up than who asks."""
LISTENER_S = 0.5
NEEDED = ("aiohttp", "httptools", "uvicorn", "websockets", "tree_sitter")
"""Of the extra `proxy`."""
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def gather(settings: Settings, environ: Mapping[str, str], *, home: Path, folder: Path) -> Facts:
    """All facts, as they are now; nothing is written."""
    ends = time.monotonic() + ALL_S
    address = Address.of(settings)
    health = who(address, patience_s=FIRST_S)
    read = read_all(places(environ, home, folder), home)
    variables = _variables(environ)
    urls = [*variables.values(), *(one.value for one in read.said)]
    found = _asked(settings, address, health, environ, urls, ends - time.monotonic())
    return Facts(
        settings=settings,
        address=address,
        version=__version__,
        health=health,
        stats=found.get("stats") or {},
        backend_lacks=found.get("lacking") or "",
        missing=tuple(name for name in NEEDED if importlib.util.find_spec(name) is None),
        upstreams=found.get("upstreams") or (),
        asked_by_proxy=bool(found.get("asked_by_proxy")),
        listeners=found.get("listeners") or {},
        living=found.get("living") or (),
        variables=variables,
        said=tuple(read.said),
        leftovers=tuple(read.leftovers),
        unreadable=read.unreadable,
        network=network(environ),
        credentials=(*credentials.in_variables(environ), *read.credentials),
        agents=found.get("agents") or (),
        workspace=workspace(settings.workspace_dir),
    )


def _asked(
    settings: Settings,
    address: Address,
    health: Answer,
    environ: Mapping[str, str],
    urls: Iterable[str],
    seconds: float,
) -> dict[str, Any]:
    """What takes a while, side by side; what does not come in time is missing."""
    runs = health.trouble == ""
    patience_s = seconds - GIVE_S
    ports = {
        one.port
        for one in map(pointer, urls)
        if one.is_loopback and one.port and not one.leads_to(address.host, address.port)
    }
    asked: dict[str, Callable[[], Any]] = {
        "agents": lambda: installed(environ),
        "living": lambda: living(settings),
        "listeners": lambda: listeners(ports),
    }
    if runs:
        asked["stats"] = lambda: _object(address.ask("/stats", patience_s=patience_s))
        asked["told"] = lambda: _reached(address.ask("/debug/upstreams", patience_s=patience_s))
    else:
        addresses = bases(settings) if settings.backend == DIRECT else {}
        if settings.backend != DIRECT:
            asked["lacking"] = lambda: _lacking(settings, environ)
        asked["upstreams"] = lambda: reach_all(addresses, patience_s=patience_s - GIVE_S)
    found = within(seconds, asked)
    if runs:
        found["upstreams"] = found.get("told", ())
        found["asked_by_proxy"] = True
    return found


def _lacking(settings: Settings, environ: Mapping[str, str]) -> str:
    """Why the backend of these settings cannot be; a library may take longer than there is time."""
    try:
        importlib.import_module("headroom.proxy.backends").made(settings, environ)
    except SettingsError as error:
        return str(error)
    return ""


def _object(answer: Answer) -> Json:
    return answer.told if not answer.trouble and isinstance(answer.told, dict) else {}


def _reached(answer: Answer) -> tuple[Reached, ...]:
    """What the proxy tells of its providers; nothing where it is an older one."""
    told = _object(answer).get("upstreams", ())
    try:
        return tuple(Reached(**one) for one in told)
    except TypeError:
        # A later version tells more: that is not understood here.
        return ()


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    names = (*(one.name for one in VARIABLES), *ELSEWHERE, COPILOT_TYPE)
    return {name: environ[name] for name in names if environ.get(name)}


def listeners(ports: Iterable[int]) -> dict[int, Listener]:
    """What listens on these ports of this machine."""
    asked: dict[str, Callable[[], Listener]] = {
        str(port): lambda port=port: _listener(port)  # type: ignore[misc]  # a default of its own
        for port in ports
    }
    found = within(LISTENER_S + 0.1, asked)
    return {int(port): listener for port, listener in found.items()}


def _listener(port: int) -> Listener:
    answer = Address("127.0.0.1", port).ask("/livez", patience_s=LISTENER_S)
    if answer.trouble in ("nobody", "late"):
        return "nobody" if answer.trouble == "nobody" else "late"
    return "headroom" if is_ours(answer.told) else "stranger"


def living(settings: Settings) -> tuple[int, ...]:
    """Processes of this machine that use the store of these settings; none where it tells none."""
    if settings.store_kind != "sqlite":
        # On a store of several machines nobody knows whose numbers these are.
        return ()

    async def look() -> tuple[int, ...]:
        async with look_into_store(settings) as store:
            found = await Presence(store).living(time.time())
        return tuple(one.pid for one in found if one.pid and is_running(one.pid))

    try:
        return asyncio.run(look())
    except StoreError:
        return ()


def network(environ: Mapping[str, str]) -> Network:
    """The proxies of the net that this environment names; small letters win, as for curl."""
    proxies = {}
    for name in PROXIES:
        value = environ.get(name.lower()) or environ.get(name)
        if value:
            parts = urlsplit(value if "://" in value else f"http://{value}")
            proxies[name] = parts.netloc.rpartition("@")[2]
    spared = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return Network(proxies, tuple(piece.strip().lower() for piece in spared.split(",") if piece))


def workspace(folder: Path) -> Workspace:
    """How the workspace stands, or where it would be made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Workspace(exists=folder.exists(), problem=error.strerror or str(error))
    writable = os.access(there, os.W_OK | os.X_OK)
    return Workspace(folder.exists(), free, "" if writable else "it may not be written")
