"""All that `headroom doctor` goes by, as it was at one moment; no key and nothing of content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from headroom.cli.asking import Address, Answer
from headroom.cli.diagnosis.agent_files import Leftover, Said
from headroom.cli.diagnosis.credentials import Credential
from headroom.cli.launch.agent import Agent
from headroom.proxy.reaching import Reached
from headroom.settings import Settings

Json = Mapping[str, Any]
Listener = Literal["headroom", "stranger", "nobody", "late"]


@dataclass(frozen=True, slots=True)
class Installed:
    """An agent that a shell finds here; *version* is empty where nobody tells."""

    agent: Agent
    path: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Proxies of the net that the environment names, by the variables' names, without secrets."""

    proxies: Mapping[str, str] = field(default_factory=dict)
    spared: tuple[str, ...] = ()
    """What NO_PROXY lists."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of what is kept; *problem* where it cannot be written."""

    exists: bool = True
    free_bytes: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything, gathered once."""

    settings: Settings
    address: Address
    version: str
    """Of what is installed here."""
    health: Answer = field(default_factory=Answer)
    """What the proxy says of itself, or why it says nothing."""
    stats: Json = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """Libraries that the proxy needs and that are not installed."""
    backend_lacks: str = ""
    """Why the backend of the settings cannot be, as far as it was found out."""
    upstreams: tuple[Reached, ...] = ()
    asked_by_proxy: bool = False
    """Whether it was the proxy that asked them."""
    listeners: Mapping[int, Listener] = field(default_factory=dict)
    """What listens on other ports of this machine that something points to."""
    living: tuple[int, ...] = ()
    """Processes that use the store of these settings."""
    variables: Mapping[str, str] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Settings files that cannot be read, and why."""
    network: Network = field(default_factory=Network)
    credentials: tuple[Credential, ...] = ()
    agents: tuple[Installed, ...] = ()
    workspace: Workspace = field(default_factory=Workspace)

    @property
    def backend(self) -> str:
        """Who answers: as the proxy says, else as the settings do."""
        told = self.health.told if isinstance(self.health.told, dict) else {}
        config = told.get("config")
        said = config.get("backend") if isinstance(config, dict) else None
        return said if isinstance(said, str) else self.settings.backend

    @property
    def runs(self) -> bool:
        """Whether a Headroom answers there."""
        return self.health.trouble in ("", "token")

    @property
    def health_told(self) -> Json:
        """What the proxy says of itself; nothing where it says nothing."""
        return self.health.told if self.runs and isinstance(self.health.told, dict) else {}

    @property
    def base(self) -> str:
        """The address of the proxy, as clients are to use it."""
        return self.address.url
