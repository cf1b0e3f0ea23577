"""A base URL that somebody has set: where it leads, and whether that is this Headroom."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from headroom.cli.asking import is_loopback
from headroom.observe.entry import printable

SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Pointer:
    """A base URL, taken apart; *problem* says why that cannot be done.

    *shown* holds no credentials and no query.
    """

    shown: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    problem: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this machine by one of its own names."""
        return is_loopback(self.host)

    def leads_to(self, host: str, port: int) -> bool:
        """Whether that is what listens on this port of this host."""
        here = self.host == host.strip("[]") or (self.is_loopback and is_loopback(host))
        return here and self.port == port


def pointer(url: str) -> Pointer:
    """Where this URL leads."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Pointer(_shown(url), problem="it is no URL")
    bare = f"[{host}]" if ":" in host else host
    where = bare if port is None else f"{bare}:{port}"
    if parts.scheme not in ("http", "https") or not host:
        return Pointer(_shown(url), problem="it does not begin with http:// or https://")
    if url != url.strip():
        return Pointer(f"{parts.scheme}://{where}{_shown(parts.path)}", problem="it has blanks")
    return Pointer(
        f"{parts.scheme}://{where}{_shown(parts.path)}",
        parts.scheme,
        host,
        port or (443 if parts.scheme == "https" else 80),
        parts.path.rstrip("/"),
    )


def _shown(text: str) -> str:
    """What may be shown of it: what stands before an @ may be a password, as may a query."""
    head = text.partition("?")[0].partition("#")[0]
    return printable(head.rpartition("@")[2])[:SHOWN_CHARACTERS]
