"""How a call is sent on: as it came, or otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from headroom.proxy.call import Call
from headroom.proxy.headers import replaced, upstream_headers

Body = bytes | AsyncIterator[bytes] | None
Leaves = Callable[[], None]
"""Called as a request begins to leave: from then on the provider may have it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is sent on, where it is not as it came."""

    decoded: bool = False
    """Whether its body is no longer in its content encoding."""
    plain: bool = False
    """Whether the reply is wanted without one."""
    again: bool = False
    """Whether this is not the call itself but goes on from it."""
    length: int | None = None
    """That of a body that comes in pieces, where the call announced another."""
    leaves: Leaves | None = None
    """Told when it begins to leave."""

    def headers(self, call: Call, body: Body) -> list[tuple[str, str]]:
        """The caller's headers for whoever answers.  Raises BadRequest for what is not text."""
        headers = upstream_headers(call.headers, decoded=self.decoded)
        if self.plain:
            headers = replaced(headers, "accept-encoding", "identity")
        if self.again:
            # Else a provider that knows the key would give its first reply once more.
            headers = [each for each in headers if each[0] != "idempotency-key"]
        length = call.declared_length if self.length is None else self.length
        if body is not None and not isinstance(body, bytes) and length is not None:
            headers.append(("content-length", str(length)))
        return headers


AS_IT_CAME = Manner()
