"""The backends, each with a scripted server in its wire format and the routes that it takes.

A new backend is a new line of NATIVE, or of TRANSLATED in `translated.py`: that registers it for
every test of `test_backends.py`, and for the tables in docs/backends.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.proxy.house import House, house_of
from tests.proxy.talks import EVERY_ROUTE, GEMINI, ROUTES
from tests.upstream import Provider, running
from tests.upstream.bedrock import BEARER, Bedrock
from tests.upstream.bedrock import ENVIRON as OF_AWS
from tests.upstream.bedrock import REGION as OF_BEDROCK
from tests.upstream.vertex import ENVIRON as OF_GOOGLE
from tests.upstream.vertex import REGION as OF_VERTEX
from tests.upstream.vertex import Vertex, account_file
from tests.upstream.wire import Received, Reply

MODEL = "claude-sonnet-4-5-20250929"
GPT = "gpt-5.3-codex"
MODELS = {"/v1/messages": MODEL, GEMINI: "gemini-2.5-pro"}


class Wire(Protocol):
    """A scripted server: strict about what comes, with a `Provider` for the model behind it."""

    received: list[Received]

    def __call__(self, received: Received) -> Reply: ...


Before = Callable[[Provider], Wire]


@dataclass(frozen=True, slots=True)
class Case:
    """One backend on one route, before the server that *wire* makes.

    *settings* and *variables* are what an operator sets, given the server's URL and a folder.
    *told* is with which status a failure of the provider reaches the client, where it is another.
    *heard* is the route by which the provider is asked, where it is another.
    """

    backend: str
    route: str
    wire: Before
    settings: Callable[[str], Mapping[str, Any]]
    variables: Callable[[str, Path], Mapping[str, str]] = lambda _url, _folder: {}
    model: str = MODEL
    told: Mapping[int, int] = field(default_factory=dict)
    lends: bool = True
    counts: bool = True
    """Whether it counts tokens (`/v1/messages/count_tokens`)."""
    heard: str = ""
    waits: bool = True
    """Whether a stream that is refused tells when to ask again."""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.backend} {self.note}{self.route}".replace(" ", "-")

    @asynccontextmanager
    async def house(
        self, provider: Provider, folder: Path, patch: pytest.MonkeyPatch, **settings: Any
    ) -> AsyncIterator[tuple[House, Wire]]:
        """A proxy with this backend in front of its server, and that server."""
        wire = self.wire(provider)
        with running(wire) as url:
            variables = self.variables(url, folder)
            for name, value in variables.items():
                # AWS's and Google's libraries read the process's own.
                patch.setenv(name, value)
            backend = {"backend": self.backend, **self.settings(url)}
            async with house_of(environ=variables, **{**backend, **settings}) as house:
                yield house, wire


OTHERS = (
    *EVERY_ROUTE,
    "/v1/messages/batches",
    "/v1/embeddings",
)
"""Routes that callers may ask for, beside those that a backend takes."""


def refused_by(backend: str, cases: Iterable[Case]) -> tuple[str, ...]:
    """The routes that this backend, which is not the direct one, does not take."""
    taken = {case.route for case in cases if case.backend == backend}
    return tuple(route for route in OTHERS if route not in taken)


def _direct(url: str) -> Mapping[str, Any]:
    return {f"{each}_api_url": url for each in ("anthropic", "openai", "gemini")}


def _bedrock(url: str) -> Mapping[str, Any]:
    return {"bedrock_api_url": url, "region": OF_BEDROCK}


def _vertex(url: str) -> Mapping[str, Any]:
    return {
        "vertex_api_url": url,
        "region": OF_VERTEX,
        "vertex_project": OF_GOOGLE["ANTHROPIC_VERTEX_PROJECT_ID"],
    }


def _account(url: str, folder: Path) -> Mapping[str, str]:
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(account_file(folder, url))}


def _keyed(variable: str, key: str) -> Callable[[str, Path], Mapping[str, str]]:
    return lambda url, _folder: {key: "key-of-the-operator", variable: url}


def under(path: bytes, header: bytes = b"authorization") -> Before:
    """A provider whose routes stand under *path*, for calls with the operator's key alone."""

    def before(provider: Provider) -> Wire:
        return Under(provider, path, header)

    return before


@dataclass
class Under:
    """The same provider at another path."""

    provider: Provider
    path: bytes
    header: bytes
    received: list[Received] = field(default_factory=list)

    def __call__(self, received: Received) -> Reply:
        assert received.target.startswith(self.path)
        key = received.header(self.header.decode()) or ""
        assert key.removeprefix("Bearer ") == "key-of-the-operator"
        self.received.append(received)
        target = b"/v1" + received.target.removeprefix(self.path)
        # Anthropic's dialect is told by its version there.
        authorized = (*received.headers, (b"authorization", b"Bearer key-of-the-operator"))
        return self.provider(dataclasses.replace(received, target=target, headers=authorized))


DIRECT = tuple(
    Case(
        "anthropic",
        route,
        lambda provider: provider,
        _direct,
        model=MODELS.get(route, GPT),
        lends=False,
        counts=route == "/v1/messages",
    )
    for route in EVERY_ROUTE
)

NATIVE: tuple[Case, ...] = (
    *DIRECT,
    Case(
        "bedrock",
        "/v1/messages",
        Bedrock,
        _bedrock,
        lambda _url, _folder: OF_AWS,
        told={401: 403},
    ),
    Case(
        "bedrock",
        "/v1/messages",
        Bedrock,
        _bedrock,
        lambda _url, _folder: {"AWS_BEARER_TOKEN_BEDROCK": BEARER},
        told={401: 403},
        note="by a key of its own ",
    ),
    Case("vertex", "/v1/messages", Vertex, _vertex, _account),
    *(
        Case(
            "openrouter",
            route,
            under(b""),
            lambda _url: {},
            _keyed("OPENROUTER_API_BASE", "OPENROUTER_API_KEY"),
            model=MODELS.get(route, GPT),
            counts=False,
        )
        for route in ROUTES
    ),
    *(
        Case(
            "azure",
            route,
            under(b"/openai/v1", b"api-key"),
            lambda _url: {},
            _keyed("AZURE_API_BASE", "AZURE_API_KEY"),
            model=GPT,
            counts=False,
        )
        for route in ROUTES[1:]
    ),
)
