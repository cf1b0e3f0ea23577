"""The tree of what can go wrong, by whose fault it is.

HeadroomError
├── SettingsError            the operator's: the command exits 2 with one sentence
├── Refusal                  the caller's: a reply in the provider's own shape
│   ├── BadRequest       400
│   ├── Unauthorised     401
│   ├── Forbidden        403
│   ├── NotServed        404
│   ├── TooLarge         413
│   ├── UnsupportedEncoding 415
│   ├── UnsupportedMedia 415
│   ├── Misdirected      421
│   ├── RateLimited      429
│   ├── OverBudget       429
│   └── Unavailable      503
├── UpstreamError            the provider's or the net's
│   ├── UpstreamUnreachable  502
│   └── UpstreamTimeout      504
├── UnreadableBody           a body that is not ours to understand: it is relayed as it came
└── StoreError               ours: the feature degrades, the request goes on
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WORD_BEGINS = re.compile(r"(?<!^)(?=[A-Z])")


class HeadroomError(Exception):
    """Anything that Headroom itself reports; its text is one sentence for the reader."""


class SettingsError(HeadroomError):
    """A setting that cannot work, with what to write instead."""


class Refusal(HeadroomError):
    """A request that is answered by us instead of the provider.

    *retry_after_s* is sent as a whole number of seconds when it is set, *headers* beside it.
    """

    status = 400

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.headers = tuple(headers)

    @property
    def word(self) -> str:
        """Which kind it is, in one word: `rate_limited`."""
        return WORD_BEGINS.sub("_", type(self).__name__).lower()


class BadRequest(Refusal):
    """The request is malformed in a way that only the caller can mend."""

    status = 400


class Unauthorised(Refusal):
    """The caller brings no token of ours, or one that does not hold (any more)."""

    status = 401


class Forbidden(Refusal):
    """The caller may not use this address from where it stands."""

    status = 403


class NotServed(Refusal):
    """The backend does not take such a call."""

    # Not 501, which SDKs take for a passing trouble, and ask again.
    status = 404


class TooLarge(Refusal):
    """The body is larger, or unpacks to more, than the limit allows."""

    status = 413


class UnsupportedEncoding(Refusal):
    """The body's content encoding is not one that we can read."""

    status = 415


class UnsupportedMedia(Refusal):
    """The body of a page of ours is said to be something else than JSON."""

    status = 415


class Misdirected(Refusal):
    """The Host header names a host that this proxy does not answer for."""

    status = 421


class RateLimited(Refusal):
    """The caller has used what it may per minute."""

    status = 429


class OverBudget(Refusal):
    """What may be spent in this period is spent, or set apart for calls that still run."""

    status = 429


class Unavailable(Refusal):
    """What the call needs is missing here, through no fault of its caller."""

    status = 503


class UpstreamError(HeadroomError):
    """No usable answer came from the provider."""

    status = 502


class UpstreamUnreachable(UpstreamError):
    """No connection could be made, or it broke before a reply."""

    status = 502


class UpstreamTimeout(UpstreamError):
    """The provider did not answer within the configured time."""

    status = 504


class UnreadableBody(HeadroomError):
    """The body is not JSON that can be edited safely; relay it as it came."""


class StoreError(HeadroomError):
    """The store did not answer; whoever asked goes on without it."""
