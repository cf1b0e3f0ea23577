"""`headroom keys`: virtual keys made, listed, changed and ended, also while proxies run.

They stand in the store of the settings, which the proxies ask for each call.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, get_args

import click
import msgspec

from headroom.errors import SettingsError, StoreError
from headroom.proxy.storage import open_storage
from headroom.settings import BudgetPeriod, Settings
from headroom.state.keys import VARIABLES, Issuer, Kept, Keys, VirtualKey

Done = TypeVar("Done")
Function = TypeVar("Function", bound=Callable[..., Any])

UNLIMITED = "none"
MOST_PER_MINUTE = 1_000_000_000
MOST_DOLLARS = Decimal(1_000_000_000)
NAME_CHARACTERS = 64

OFF = "virtual keys are off here: start the proxy with --virtual-keys (HEADROOM_VIRTUAL_KEYS)."


@click.group()
def keys() -> None:
    """Virtual keys for people and agents.

    A key (hk-…) stands for a credential that the proxy holds in a variable of its environment. It
    is brought in place of a provider's key, and can have limits of its own.
    """


def limits(function: Function) -> Function:
    """Give a command the options for what a key may use."""
    for decorate in (
        click.option(
            "--budget-period",
            type=click.Choice(get_args(BudgetPeriod)),
            help="What the budget is for.",
        ),
        click.option("--budget", metavar="USD", help="Dollars per period, or none."),
        click.option("--tpm", metavar="NUMBER", help="Tokens per minute, or none."),
        click.option("--rpm", metavar="NUMBER", help="Requests per minute, or none."),
    ):
        function = decorate(function)
    return function


@keys.command()
@click.argument("name")
@click.option(
    "--provider",
    type=click.Choice(get_args(Issuer)),
    default="anthropic",
    show_default=True,
    help="Whose credential stands behind it.",
)
@click.option(
    "--variable",
    metavar="NAME",
    help=f"The proxy's variable with that credential.  [default: {', '.join(VARIABLES.values())}]",
)
@limits
@click.pass_obj
def create(
    environ: Mapping[str, str],
    /,
    *,
    name: str,
    provider: Issuer,
    variable: str | None,
    **wanted: str | None,
) -> None:
    """Make a key for NAME, and print it: it is shown this once."""
    key = VirtualKey(
        _name(name), provider, _variable(variable or VARIABLES[provider]), 0.0, **_limits(wanted)
    )
    settings = Settings.read(environ)
    text, kept = _on_store(settings, lambda keys: keys.create(key))
    click.echo(text)
    click.echo(f"headroom: the key {kept.id} for {key.name} is shown this once.", err=True)
    if not settings.virtual_keys:
        click.echo(f"headroom: {OFF}", err=True)


@keys.command(name="list")
@click.pass_obj
def list_keys(environ: Mapping[str, str], /) -> None:
    """List all keys, without the keys themselves."""
    found = _on_store(Settings.read(environ), Keys.all)
    if not found:
        click.echo("There are no keys: headroom keys create NAME makes one.")
        return
    rows = [HEAD, *(_row(one) for one in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@keys.command()
@click.argument("id")
@click.pass_obj
def revoke(environ: Mapping[str, str], /, *, id: str) -> None:  # noqa: A002 - click names it so
    """End the key ID, at once and for ever."""

    async def end(keys: Keys) -> Kept:
        kept = await _named(keys, id)
        await keys.revoke(kept)
        return kept

    kept = _on_store(Settings.read(environ), end)
    click.echo(f"The key {kept.id} for {kept.key.name} has ended.")


@keys.command(name="set")
@click.argument("id")
@limits
@click.pass_obj
def set_limits(
    environ: Mapping[str, str],
    /,
    *,
    id: str,  # noqa: A002 - click names it so
    **wanted: str | None,
) -> None:
    """Change what the key ID may use; `none` takes a limit away."""
    changes = _limits(wanted)
    if not changes:
        raise SettingsError("Nothing to set: name --rpm, --tpm, --budget or --budget-period.")

    async def change(keys: Keys) -> Kept:
        kept = await _named(keys, id)
        if kept.revoked is not None:
            raise SettingsError(f"The key {kept.id} has been revoked: make another.")
        key = msgspec.structs.replace(kept.key, **changes)
        await keys.change(kept, key)
        return Kept(kept.digest, key)

    kept = _on_store(Settings.read(environ), change)
    click.echo(f"The key {kept.id} for {kept.key.name} has {_said(kept.key)}.")


def _on_store(settings: Settings, work: Callable[[Keys], Awaitable[Done]]) -> Done:
    """What *work* gives on the store of these settings.  Raises SettingsError."""
    if not settings.is_durable:
        raise SettingsError(
            "Keys need a store that outlives the process: leave out --stateless and --store memory "
            "(HEADROOM_STATELESS, HEADROOM_STORE)."
        )

    async def run() -> Done:
        async with open_storage(settings) as storage:
            return await work(Keys(storage.store))

    try:
        return asyncio.run(run())
    except StoreError as error:
        raise SettingsError(f"The store cannot be used: {error}.") from error


async def _named(keys: Keys, id: str) -> Kept:  # noqa: A002 - it is the word
    kept = await keys.named(id)
    if kept is None:
        raise SettingsError(f"There is no key {id!r}: headroom keys list shows their ids.")
    return kept


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise SettingsError(f"NAME must be 1 to {NAME_CHARACTERS} printable characters.")
    return name


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        # Perhaps the credential itself, which is not repeated.
        raise SettingsError(
            "--variable is the name of a variable, such as ANTHROPIC_API_KEY, not a credential."
        )
    if name.startswith("HEADROOM_"):
        raise SettingsError(
            f"--variable is {name}, which is for Headroom itself: no provider may see it."
        )
    return name


def _limits(wanted: Mapping[str, str | None]) -> dict[str, Any]:
    """The limits that were named, by the names of `VirtualKey`.  Raises SettingsError."""
    readers = {"rpm": _per_minute, "tpm": _per_minute, "budget": _dollars}
    found: dict[str, Any] = {}
    for name, text in wanted.items():
        if text is None:
            continue
        if name == "budget_period":
            found["period"] = text
        else:
            unlimited = text.strip().lower() == UNLIMITED
            found[name] = None if unlimited else readers[name](name, text.strip())
    return found


def _per_minute(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 1 <= int(text) <= MOST_PER_MINUTE:
        raise SettingsError(
            f"--{name} is {text!r}, but a whole number from 1 to {MOST_PER_MINUTE} is needed, "
            f"or {UNLIMITED}."
        )
    return int(text)


def _dollars(name: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MOST_DOLLARS:
        raise SettingsError(
            f"--{name} is {text!r}, but an amount in dollars is needed, or {UNLIMITED}."
        )
    return amount


HEAD = ("ID", "NAME", "PROVIDER", "VARIABLE", "LIMITS", "CREATED", "REVOKED")


def _row(kept: Kept) -> tuple[str, ...]:
    key = kept.key
    revoked = "" if kept.revoked is None else _day(kept.revoked)
    created = _day(key.created)
    return (kept.id, key.name, key.provider, key.variable, _said(key), created, revoked)


def _said(key: VirtualKey) -> str:
    """The limits of a key in words."""
    return ", ".join(_each(key)) or "no limits of its own"


def _each(key: VirtualKey) -> Iterable[str]:
    if key.rpm is not None:
        yield f"{key.rpm} requests per minute"
    if key.tpm is not None:
        yield f"{key.tpm} tokens per minute"
    if key.budget is not None:
        yield f"${key.budget:f} {key.period}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
