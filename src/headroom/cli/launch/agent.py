"""What an agent is to a launcher: its command, and how it is told where Headroom is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


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
        return Path(self.environ.get("HOME") or "~").expanduser()


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

    @property
    def missing(self) -> str:
        """What is said where its command is not found."""
        return (
            f"{self.title} is not installed here ({self.command}): install it with {self.install}"
        )


def only(**variables: Callable[[Wanted], str]) -> Configure:
    """An agent that needs nothing but these variables."""

    def configure(wanted: Wanted) -> Launch:
        return Launch({name: value(wanted) for name, value in variables.items()})

    return configure
