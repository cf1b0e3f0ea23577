"""Asking a running proxy: its own pages, and nothing else.

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
JSON = "application/json"
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
    status: int = 0
    """Of HTTP; 0 where nobody answered."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a proxy is asked, and the token that it may want."""

    host: str
    port: int
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Address:
        """That of these settings, as their own machine reaches it."""
        return cls(reachable(settings.host), settings.port, token_of(settings))

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8787`."""
        return f"http://{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)

    def ask(
        self, path: str, body: Mapping[str, Any] | None = None, *, patience_s: float = PATIENCE_S
    ) -> Answer:
        """What the page at this path says, as JSON; asked by POST where there is a *body*."""
        sent = None if body is None else json.dumps(body).encode()
        answer = self._ask(path, sent, {}, patience_s)
        if answer.trouble == "token" and self.token and self.is_loopback:
            return self._ask(path, sent, {HEADER: self.token}, patience_s)
        return answer

    def _ask(
        self, path: str, sent: bytes | None, headers: Mapping[str, str], patience_s: float
    ) -> Answer:
        # No proxy of the environment stands between this machine and itself.
        connection = http.client.HTTPConnection(
            self.host.strip("[]"), self.port, timeout=patience_s
        )
        try:
            method, kind = ("GET", {}) if sent is None else ("POST", {"content-type": JSON})
            connection.request(method, path, sent, {"accept": JSON, **kind, **headers})
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
        return answer_of(reply.status, said)


def answer_of(status: int, said: bytes) -> Answer:
    """What a page of ours answered by these."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return Answer(trouble="stranger", status=status)
    if status == http.client.UNAUTHORIZED:
        return Answer(told, "token", status=status)
    if status != http.client.OK:
        return Answer(told, "broken", _detail(told) or f"status {status}", status)
    return Answer(told, status=status)


def _detail(told: object) -> str:
    """What went wrong, in the words of the page."""
    if not isinstance(told, dict):
        return ""
    error = told.get("error")
    said = error.get("message") if isinstance(error, dict) else told.get("detail")
    return str(said or "")


def who(address: Address, *, patience_s: float = PATIENCE_S) -> Answer:
    """What the Headroom at this address says of itself, or why none does."""
    health = address.ask("/health", patience_s=patience_s)
    if health.trouble == "token":
        # Who it is, it says to everybody.
        ready = address.ask("/readyz", patience_s=patience_s)
        return Answer(ready.told, "token" if is_ours(ready.told) else "stranger")
    if health.trouble in ("", "broken") and not is_ours(health.told):
        return Answer(trouble="stranger")
    return health


def is_ours(told: object) -> bool:
    """Whether this is what a Headroom says of itself."""
    return isinstance(told, dict) and told.get("service") == SERVICE


def is_loopback(host: str) -> bool:
    """Whether this name or address means the machine itself."""
    bare = host.strip("[]").lower()
    try:
        return bare == "localhost" or ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def reachable(host: str) -> str:
    """The address under which this machine's own clients reach a listening host."""
    if host in WILDCARDS:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def token_of(settings: Settings) -> str:
    """The callers' token: that of the settings, else the workspace's, if one is kept there."""
    if settings.api_key:
        return settings.api_key
    try:
        return token_in(settings.workspace_dir / CALLERS_FILE)
    except OSError:
        return ""
