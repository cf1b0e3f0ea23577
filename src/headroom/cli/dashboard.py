"""`headroom dashboard`: where it is, and the browser that shows it."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Mapping

import click

from headroom.cli.asking import Address, is_ours
from headroom.cli.handover import handover
from headroom.cli.options import asked_options
from headroom.cli.standing import DOWN
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import Settings
from headroom.state.secret import OPERATOR_FILE, token_in

BY_HAND = "no browser was found here: open that address in one."
BY_HAND_UNLOCKED = (
    "no browser came: --unlock --no-open prints the address with the token, to be opened by hand."
)


@click.command()
@asked_options
@click.option("--open/--no-open", "opens", default=True, help="Whether a browser is opened.")
@click.option(
    "--unlock",
    is_flag=True,
    help="Let the page have the operator's token, which shows texts before and after.  With "
    "--no-open it is printed.",
)
@click.pass_obj
def dashboard(environ: Mapping[str, str], /, *, opens: bool, unlock: bool, **flags: object) -> None:
    """Say where the dashboard is, and open it in a browser."""
    settings = Settings.read(environ, flags=flags)
    address = Address.of(settings)
    url = f"{address.url}/dashboard"
    _see_that_it_runs(address)
    unlocked = f"{url}#token={_token(settings, address)}" if unlock else ""
    click.echo(url if opens else unlocked or url)
    if opens and not (_unlock(unlocked) if unlock else _open(url)):
        click.echo(f"headroom: {BY_HAND_UNLOCKED if unlock else BY_HAND}", err=True)


def _see_that_it_runs(address: Address) -> None:
    """Exits with 3 where nothing runs.  Raises HeadroomError where something else does."""
    answer = address.ask("/livez")
    if answer.trouble == "nobody":
        click.echo(
            f"headroom: Headroom does not run on {address.url}: start it with headroom proxy, or "
            "say where it is: --host, --port.",
            err=True,
        )
        sys.exit(DOWN)
    if answer.trouble == "late":
        raise HeadroomError(f"What listens on {address.url} hangs: stop it, and start it again.")
    if not is_ours(answer.told):
        raise HeadroomError(
            f"What listens on {address.url} is no Headroom: name the --port of yours."
        )


def _token(settings: Settings, address: Address) -> str:
    """The operator's, for a browser on this machine.  Raises SettingsError."""
    if not address.is_loopback:
        raise SettingsError(
            f"--unlock is for a proxy on this machine, and {address.host} may be another: the "
            "token would cross the network in clear."
        )
    if settings.admin_key:
        return settings.admin_key
    file = settings.workspace_dir / OPERATOR_FILE
    try:
        token = token_in(file)
    except OSError as error:
        raise SettingsError(
            f"There is no operator's token to unlock with ({file}: {error.strerror}): set "
            "HEADROOM_ADMIN_KEY as it is set for the proxy, or HEADROOM_WORKSPACE_DIR."
        ) from error
    if not token:
        raise SettingsError(f"{file} holds no token: start the proxy again, which makes one.")
    return token


def _open(url: str) -> bool:
    """Open it in a browser, if one is found."""
    return webbrowser.open(url)


def _unlock(url: str) -> bool:
    """The same for an address that holds a secret, once the browser has it."""
    with handover(url) as (once, was_visited):
        return _open(once) and was_visited()
