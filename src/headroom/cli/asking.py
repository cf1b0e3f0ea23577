"""Asking a running proxy from the command line: its own pages, and nothing else.

A token is sent to this machine only, and only to what wants one: whatever else listens on the
port of a proxy that is down learns none.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from headroom.settings import Settings
from headroom.state.secret import CALLERS_FILE, token_in

HEADER = "x-headroom-api-key"
SERVICE = "headroom-proxy"
PATIENCE_S = 3.0
MOST_BYTES = 16 * 1_048_576

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on

Trouble = Literal["", "nobody", "stranger", "token", "late", "broken"]
"""Nobody listens there; what does is no Headroom; it wants a token; it did not answer in time;
what it said cannot be used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, or why nothing was."""

    told: Any = None
    trouble: Trouble = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a proxy is asked, and the token that it may want."""

    host: str
    port: int
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Address:
        """That of these settings, as their own machine reaches it."""
        return cls(reachable(settings.host), settings.port, _token(settings))

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8787`."""
        return f"http://{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        bare = self.host.strip("[]").lower()
        try:
            return bare == "localhost" or ipaddress.ip_address(bare).is_loopback
        except ValueError:
            return False

    def ask(self, path: str, *, patience_s: float = PATIENCE_S) -> Answer:
        """What the page at this path says, as JSON."""
        answer = self._ask(path, {}, patience_s)
        if answer.trouble == "token" and self.token and self.is_loopback:
            return self._ask(path, {HEADER: self.token}, patience_s)
        return answer

    def _ask(self, path: str, headers: Mapping[str, str], patience_s: float) -> Answer:
        # No proxy of the environment stands between this machine and itself.
        connection = http.client.HTTPConnection(
            self.host.strip("[]"), self.port, timeout=patience_s
        )
        try:
            connection.request("GET", path, headers={"accept": "application/json", **headers})
            reply = connection.getresponse()
            said = reply.read(MOST_BYTES)
        except TimeoutError:
            return Answer(trouble="late", detail=f"no answer within {patience_s:g} s")
        except ConnectionRefusedError:
            return Answer(trouble="nobody")
        except OSError as error:
            return Answer(trouble="nobody", detail=error.strerror or str(error))
        except http.client.HTTPException:
            return Answer(trouble="stranger")
        finally:
            connection.close()
        return _read(reply.status, said)


def _read(status: int, said: bytes) -> Answer:
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return Answer(trouble="stranger")
    if status == http.client.UNAUTHORIZED:
        return Answer(told, "token")
    if status != http.client.OK:
        detail = told.get("detail") if isinstance(told, dict) else None
        return Answer(told, "broken", str(detail or f"status {status}"))
    return Answer(told)


def is_ours(told: object) -> bool:
    """Whether this is what a Headroom says of itself."""
    return isinstance(told, dict) and told.get("service") == SERVICE


def reachable(host: str) -> str:
    """The address under which this machine's own clients reach a listening host."""
    if host in WILDCARDS:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _token(settings: Settings) -> str:
    """The callers' token: that of the settings, else the workspace's, if one is kept there."""
    if settings.api_key:
        return settings.api_key
    try:
        return token_in(settings.workspace_dir / CALLERS_FILE)
    except OSError:
        return ""
