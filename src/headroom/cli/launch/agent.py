"""What an agent is to a launcher: its command, and how it is told where Headroom is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from headroom.cli.pointer import pointer
from headroom.sources import expanded

UPSTREAMS: Mapping[str, str] = {
    "anthropic": "anthropic_api_url",
    "openai": "openai_api_url",
    "gemini": "gemini_api_url",
}
"""By provider, the setting that says where its requests go."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an agent is started for."""

    base: str
    """Where Headroom is: `http://127.0.0.1:8787`."""
    environ: Mapping[str, str] = field(repr=False)
    arguments: Sequence[str] = ()
    """What the user says to the agent itself."""
    backend: str = "anthropic"
    """To whom Headroom passes requests on."""
    provider_type: str = "auto"
    wire_api: str = ""

    @property
    def openai(self) -> str:
        """The same for clients of OpenAI, whose base has the version in it."""
        return f"{self.base}/v1"

    @property
    def home(self) -> Path:
        """The user's own folder."""
        return expanded(Path("~"), self.environ)

    def went_to(self, provider: str, url: Any) -> dict[str, str]:
        """Where this agent's requests to the provider went, as a setting of the proxy.

        Empty where no address is said, or this Headroom's own.
        """
        if not isinstance(url, str) or not url.strip() or self._is_us(url):
            return {}
        return {UPSTREAMS[provider]: url.strip()}

    def _is_us(self, url: str) -> bool:
        own = pointer(self.base)
        return pointer(url).leads_to(own.host, own.port)


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the agent's settings, written for one run and named by a variable or argument.

    The user's own file stays as it is, so nothing need be put back when a run breaks off.
    """

    name: str
    content: bytes = field(repr=False)
    """Who reads it may find a key in it, as in the file that it is a copy of."""
    variable: str = ""
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is added to the environment and the arguments of an agent."""

    variables: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    """Before those of the user, so that the user's own come last and win."""
    copy: Copy | None = None
    notes: tuple[str, ...] = ()
    """What the user should know, a sentence each."""
    upstreams: Mapping[str, str] = field(default_factory=dict)
    """Where its requests went without us, by setting: a proxy that is started sends them there."""


Configure = Callable[[Wanted], Launch]


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent."""

    name: str
    """What statistics call it, too."""
    title: str
    install: str
    """How its command is had, to go after "install it with"."""
    configure: Configure
    command: str = ""
    """Empty where there is no program to start, and the user is told what to set."""
    speaks: str = ""
    """The providers' APIs that it can be told to use, for the table in the docs."""
    package: str = ""
    """By which its version is found, where it is a Python package."""
    told: Callable[[Launch], str] = lambda _launch: ""
    """What the user is told to set, where there is no program to start."""

    @property
    def missing(self) -> str:
        """What is said where its command is not found."""
        where = f"{self.title} is not installed here ({self.command})"
        return f"{where}: install it with {self.install}"


class Base(NamedTuple):
    """A base URL: whose requests go there, and what stands at its end."""

    provider: str
    path: str = ""


ANTHROPIC, OPENAI, GEMINI = Base("anthropic"), Base("openai", "/v1"), Base("gemini")
OPENAI_HOST = Base("openai")
"""Of clients that add the version themselves."""


def only(**bases: Base) -> Configure:
    """An agent that needs nothing but these variables."""

    def configure(wanted: Wanted) -> Launch:
        upstreams: dict[str, str] = {}
        for name, base in bases.items():
            # The first variable of a provider is the one that its program looks at first.
            upstreams = {**wanted.went_to(base.provider, wanted.environ.get(name)), **upstreams}
        variables = {name: f"{wanted.base}{base.path}" for name, base in bases.items()}
        return Launch(variables, upstreams=upstreams)

    return configure
