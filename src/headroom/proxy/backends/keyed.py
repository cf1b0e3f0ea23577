"""The backends `openrouter` and `azure`: they speak the dialects themselves, for a key of ours.

The planned body goes on byte for byte, so nothing is lost: cache marks, signatures of thinking,
fields that nobody here knows.  Through a library they would be other bytes, and fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from yarl import URL

from headroom.errors import NotServed, SettingsError
from headroom.options import API_URL
from headroom.proxy.backends.base import check_served
from headroom.proxy.call import Call
from headroom.proxy.client import Client
from headroom.proxy.credentials import HEADERS
from headroom.proxy.manner import AS_IT_CAME, Body, Manner
from headroom.proxy.pool import Handshake
from headroom.proxy.reply import Reply
from headroom.proxy.routes import versioned
from headroom.settings import Settings

CALLERS_OWN = frozenset(name.decode() for name in HEADERS) | {
    "cookie",
    "openai-organization",
    "openai-project",
}
"""What says who the caller is, or whose."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who is asked, where, and with what."""

    name: str
    routes: tuple[str, ...]
    key: str
    """The variable that holds it."""
    header: str
    scheme: str
    address: str
    """The variable that names it."""
    usual: str
    under: str = ""
    """Where it has what others have under `/v1`."""


# openrouter.ai/docs/api-reference (2026-08): `/messages` is Anthropic's dialect, and `/responses`
# OpenAI's, beside `/chat/completions`.
OPENROUTER = Place(
    "openrouter",
    (
        "POST /v1/messages",
        "POST /v1/chat/completions",
        "POST /v1/responses",
    ),
    "OPENROUTER_API_KEY",
    "authorization",
    "Bearer ",
    "OPENROUTER_API_BASE",
    "https://openrouter.ai/api/v1",
)

# learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle (2026-08): the v1 API of a
# resource is OpenAI's own, and the model is the name of a deployment.
AZURE = Place(
    "azure",
    ("POST /v1/chat/completions", "POST /v1/responses"),
    "AZURE_API_KEY",
    "api-key",
    "",
    "AZURE_API_BASE",
    "",
    "/openai/v1",
)


class Keyed:
    """One place, with the operator's key.  Use `async with`."""

    lends = True

    def __init__(self, settings: Settings, place: Place, address: str, key: str) -> None:
        self.name = place.name
        self._place = place
        self._client = Client(settings)
        self._address = address.rstrip("/").removesuffix(place.under or "/") + place.under
        self._credential = (place.header, place.scheme + key)

    @classmethod
    def openrouter(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """See `Make` of the backends."""
        return cls._made(settings, environ, OPENROUTER)

    @classmethod
    def azure(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """See `Make` of the backends."""
        return cls._made(settings, environ, AZURE)

    @classmethod
    def _made(cls, settings: Settings, environ: Mapping[str, str], place: Place) -> Self:
        key = environ.get(place.key, "").strip()
        address = environ.get(place.address, "").strip() or place.usual
        lacking = [
            name for name, value in ((place.key, key), (place.address, address)) if not value
        ]
        if lacking:
            raise SettingsError(
                f"The backend {place.name} needs credentials: set {' and '.join(lacking)}."
            )
        if not (key.isascii() and key.isprintable()):
            raise SettingsError(f"{place.key} holds what cannot stand in a header.")
        try:
            known = str(API_URL.read(address))
        except ValueError as error:
            raise SettingsError(f"{place.address}: {error}") from error
        return cls(settings, place, known, key)

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close every connection."""
        await self._client.__aexit__()

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self._client.is_open

    def check(self, call: Call) -> None:
        """See `Backend.check`."""
        check_served(self.name, call, self._place.routes)

    def base(self, _call: Call) -> str:
        """See `Backend.base`."""
        return self._address

    def sold_as(self, _model: str) -> tuple[str, str]:
        """See `Backend.sold_as`."""
        return "", ""

    async def send(self, call: Call, body: Body, manner: Manner = AS_IT_CAME) -> Reply:
        """See `Backend.send`.  The caller's headers go on, but for what says who it is."""
        headers = [each for each in manner.headers(call, body) if each[0] not in CALLERS_OWN]
        url = URL(self._address + versioned(call.route.name).removeprefix("/v1"), encoded=True)
        return await self._client.send(
            call.method, url, [*headers, self._credential], body, leaves=manner.leaves
        )

    async def connect(self, call: Call) -> Handshake:
        """See `Backend.connect`."""
        self.check(call)
        raise NotServed(f"the backend {self.name} takes no WebSocket")
