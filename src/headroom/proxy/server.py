"""The proxy as an ASGI application, and the server that runs it.

`create_app(settings)` gives the application, `serve(settings)` runs it for `headroom proxy`,
and `app` is for gunicorn:

    gunicorn headroom.proxy.server:app --worker-class uvicorn.workers.UvicornWorker
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from uvicorn.config import HTTP_PROTOCOLS

from headroom.observe.log_setup import configure_ours
from headroom.observe.otel.wanted import problems
from headroom.observe.totals import Totals
from headroom.proxy.dispatch import App
from headroom.proxy.lineage import Lineage
from headroom.proxy.serving import run
from headroom.proxy.workers import Told, Workers
from headroom.proxy.zygote import Zygote
from headroom.settings import Settings

logger = logging.getLogger(__name__)

PROTOCOL = "headroom.proxy.http:HttpProtocol"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of the proxy came to."""

    requests: int
    tokens_saved: int
    failed: int
    saved: Decimal = Decimal(0)
    """Dollars saved over going direct, of the requests whose price is known."""
    unpriced: int = 0
    """Requests of which it is not."""


def create_app(
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
    *,
    lineage: Lineage | None = None,
    zygote: Zygote | None = None,
) -> App:
    """The proxy as an ASGI application; nothing is opened before its lifespan starts.

    *environ* holds the credentials that virtual keys stand for; *lineage* is told where it is one
    of several processes, each of which is replaced when it ends; *zygote* where several
    applications have their planner processes from one.
    """
    return App(settings, environ, lineage=lineage, zygote=zygote)


def serve(settings: Settings, *, on_ready: Callable[[str, int], None] | None = None) -> Summary:
    """Run the proxy until it is told to stop, and say what it did.

    *on_ready* is called with host and port once calls are taken.  SIGTERM and SIGINT let
    running calls finish for at most 30 seconds; a second signal ends them at once.
    Raises SettingsError when the address cannot be listened on.
    """
    if settings.workers > 1:
        done = Workers(settings, on_ready=on_ready).run()
        return _summary(done)
    app = create_app(settings)
    run(app, on_ready=on_ready)
    return _summary(app.totals)


def _summary(done: Told | Totals) -> Summary:
    return Summary(done.requests, done.tokens_saved, done.failed, done.saved, done.unpriced)


def __getattr__(name: str) -> App:
    """`app`, made when a server asks for it, so that importing this module does nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # uvicorn looks its protocol up in this table by name, after gunicorn's worker has loaded
    # the application: the documented gunicorn command has no other place to say ours.
    HTTP_PROTOCOLS["auto"] = PROTOCOL
    settings = Settings.read(os.environ)
    if settings.given & {"log_format", "log_level"}:
        configure_ours(settings, sys.stderr, os.environ)
    # The command line tells these itself; under another server nobody else does.
    for notice in (*settings.notices, *problems(settings)):
        logger.warning("headroom: %s", notice)
    return create_app(settings)
