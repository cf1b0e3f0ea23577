"""What stands where a provider stands: it gets a call as it was planned, and replies to it.

Planning, limits, budgets, retrieval and outcomes know nothing of it: the body that it is given
and the reply that it gives are in the dialect of the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from headroom.errors import NotServed
from headroom.proxy.call import Call
from headroom.proxy.manner import AS_IT_CAME, Body, Manner
from headroom.proxy.pool import Handshake
from headroom.proxy.reply import Reply
from headroom.proxy.routes import versioned
from headroom.settings import Settings


class Backend(Protocol):
    """Who answers.  Use `async with`; nothing is opened before."""

    @property
    def name(self) -> str:
        """As `--backend` says it."""
        ...

    @property
    def lends(self) -> bool:
        """Whether it uses credentials of this machine: those of callers must go nowhere then."""
        ...

    async def __aenter__(self) -> Self:
        """Open what it needs; nobody is asked yet."""
        ...

    async def __aexit__(self, *failure: object) -> None:
        """Close everything."""
        ...

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        ...

    def check(self, call: Call) -> None:
        """Raises NotServed for a call that it does not take; see `check_served`."""
        ...

    def base(self, call: Call) -> str:
        """Where this call goes, as an address: stored replies and what is learned go by it."""
        ...

    def sold_as(self, model: str) -> tuple[str, str]:
        """Whose price this model has here, and by which name: `aws`, and an id of Bedrock.

        Both are empty where it is the price of the model's own maker.
        """
        ...

    async def send(self, call: Call, body: Body, manner: Manner = AS_IT_CAME) -> Reply:
        """Send *call* with *body* and return the reply as soon as its head is there.

        An error of the provider is a reply too, in the dialect's shape.  Raises
        UpstreamUnreachable, UpstreamTimeout; a Refusal where the caller asks for what cannot be
        had here, or sends headers that are not text.
        """
        ...

    async def connect(self, call: Call) -> Handshake:
        """Open a WebSocket where *call* goes.  Raises NotServed where there is none."""
        ...


class Make(Protocol):
    """Makes a backend."""

    def __call__(self, settings: Settings, environ: Mapping[str, str], /) -> Backend:
        """The backend of these settings, with what it stands on loaded and looked for.

        Raises SettingsError, one sentence with what to install or set.  May take seconds: it is
        called before anything is listened for.
        """
        ...


def check_served(backend: str, call: Call, routes: Sequence[str]) -> None:
    """Raises NotServed for a call that is none of *routes*, written as `POST /v1/messages`."""
    route = call.route
    asked = f"{call.method} {versioned(route.name)}"
    if call.is_socket:
        asked = f"WebSocket {route.name}"
    elif asked in routes and not route.by_login:
        return
    # Its name is the caller's own word.
    raise NotServed(
        f"the backend {backend} of this Headroom does not take {asked[:100]}; "
        f"it takes {' and '.join(routes)}"
    )
