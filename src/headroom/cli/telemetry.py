"""`headroom telemetry`: what would be sent about this installation, and whether and where.

It is made of what the store holds, whether a proxy runs or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from headroom import __version__
from headroom.errors import SettingsError, StoreError
from headroom.observe.chronicle import Chronicle
from headroom.observe.telemetry import gather
from headroom.proxy.storage import open_storage
from headroom.settings import Settings
from headroom.state.journal import Journal
from headroom.state.spend import name_of_a_process

NOTHING_KEPT = (
    "Nothing is kept here that could be shown: leave out --stateless and --store memory "
    "(HEADROOM_STATELESS, HEADROOM_STORE)."
)


@click.group()
def telemetry() -> None:
    """Anonymous totals: what would be sent, and where.

    Nothing is sent unless HEADROOM_TELEMETRY_ENDPOINT names where to.
    """


@telemetry.command()
@click.pass_obj
def show(environ: Mapping[str, str], /) -> None:
    """Print exactly what would be sent just now, as JSON."""
    settings = Settings.read(environ)
    told = _told(settings)
    click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    click.echo(f"headroom: {standing(settings)}", err=True)
    if settings.sends_telemetry and not told["requests"]:
        click.echo("headroom: with no requests nothing is sent yet.", err=True)


@telemetry.command()
@click.pass_obj
def status(environ: Mapping[str, str], /) -> None:
    """Say whether anything is sent, and where."""
    click.echo(standing(Settings.read(environ)))


def standing(settings: Settings) -> str:
    """Whether these settings send anything, in one sentence."""
    if not settings.telemetry:
        return "Nothing is sent: telemetry is off (HEADROOM_TELEMETRY, --no-telemetry)."
    if not settings.telemetry_endpoint:
        return "Nothing is sent: no endpoint is set (HEADROOM_TELEMETRY_ENDPOINT)."
    return (
        f"This is sent to {settings.telemetry_endpoint} while a proxy runs: after a minute, then "
        "every five; HEADROOM_TELEMETRY=off ends that."
    )


def _told(settings: Settings) -> dict[str, Any]:
    if not settings.is_durable:
        raise SettingsError(NOTHING_KEPT)

    async def run() -> dict[str, Any]:
        async with open_storage(settings) as storage:
            journal = Journal(storage.store)
            chronicle = Chronicle(journal, process=name_of_a_process())
            return await gather(settings, chronicle, journal, version=__version__)

    try:
        return asyncio.run(run())
    except StoreError as error:
        raise SettingsError(f"The store cannot be used: {error}.") from error
