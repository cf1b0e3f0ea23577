"""Who answers our tools: a Headroom that runs, else the same pages in this process.

A proxy that was named is asked and no other; else the one of the settings where it says that it is
a Headroom.  Both keep originals in the workspace's store, for the same caller: who brings no
provider's credential.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from headroom.cli.asking import Address, Answer, answer_of, is_ours
from headroom.cli.mcp.trouble import NotKept, ToolTrouble
from headroom.extras import needed
from headroom.settings import Settings

PATIENCE_S = 60.0
"""How long a page may take that shortens a large text."""
NOT_FOUND, BUSY = 404, 503

Inside = Callable[..., Coroutine[Any, Any, tuple[int, bytes]]]

UNREACHED: Mapping[str, str] = {
    "nobody": "nobody listens there: start it with `headroom proxy`, or leave out --proxy-url "
    "(HEADROOM_PROXY_URL) to do without",
    "stranger": "what listens there is no Headroom: correct --proxy-url (HEADROOM_PROXY_URL)",
    "token": "it wants a token, and none was found here that opens it: set HEADROOM_API_KEY as it "
    "is set for the proxy, in the environment of this MCP server",
    "late": "it did not answer in time: try again, or start it anew",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Asks pages of ours, wherever they are; *named* is the proxy that was asked for by name."""

    settings: Settings
    named: Address | None = None
    direct: bool = False
    """Whether no proxy is looked for."""

    @property
    def address(self) -> Address:
        """Where a proxy is looked for."""
        return self.named or Address.of(self.settings)

    def trouble(self) -> str:
        """Why no Headroom can be asked there, in a word; empty where one can."""
        address = self.address
        answer = address.ask("/health")
        if answer.trouble == "token":
            # Who it is, it says to everybody.
            ready = address.ask("/readyz")
            return "token" if is_ours(ready.told) else "stranger"
        if answer.trouble in ("", "broken"):
            return "" if is_ours(answer.told) else "stranger"
        return answer.trouble

    async def proxy(self) -> Address | None:
        """The proxy that answers, None where the tools do without one.

        Raises ToolTrouble where the one that was named does not.
        """
        if self.direct:
            return None
        trouble = await asyncio.to_thread(self.trouble)
        if not trouble:
            return self.address
        if self.named is None:
            return None
        raise ToolTrouble(f"Headroom at {self.named.url} cannot be asked: {UNREACHED[trouble]}.")

    async def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """What the page at *path* says.  Raises ToolTrouble with its reason.

        NotKept where what is asked for is not there.
        """
        address = await self.proxy()
        if address is None:
            return _told(await self._inside(path, body), "Headroom")
        answer = await asyncio.to_thread(address.ask, path, body, patience_s=PATIENCE_S)
        gone = not answer.status or answer.trouble == "stranger"
        if self.named is None and (gone or answer.status in (NOT_FOUND, BUSY)):
            # It has just ended, keeps what it keeps elsewhere, or lets nobody wait for a plan.
            answer = await self._inside(path, body)
        elif answer.status == BUSY:
            # Those who plan have been started by now.
            answer = await asyncio.to_thread(address.ask, path, body, patience_s=PATIENCE_S)
        return _told(answer, f"Headroom at {address.url}")

    async def _inside(self, path: str, body: Mapping[str, Any]) -> Answer:
        # Loading it takes longer than the event loop may stand still.
        ask = await asyncio.to_thread(_load)
        return answer_of(*await ask(self.settings, path, json.dumps(body).encode()))


def _told(answer: Answer, who: str) -> Any:
    if not answer.trouble:
        return answer.told
    said = answer.detail or UNREACHED.get(answer.trouble, answer.trouble)
    kind = NotKept if answer.status == NOT_FOUND else ToolTrouble
    raise kind(f"{who} says: {said.removesuffix('.')}.")


def _load() -> Inside:
    with needed("Without a running proxy this", "mcp", "proxy", error=ToolTrouble):
        inside = importlib.import_module("headroom.proxy.inside")
    ask: Inside = inside.ask
    return ask
