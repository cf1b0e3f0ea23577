"""What makes two requests the same: everything, but for what is known not to change the answer.

A header that nobody thought of stands in the key, so what it may change is asked anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from headroom.proxy.call import Call, Headers
from headroom.proxy.headers import HOP_BY_HOP, OURS

VERSION = b"stored reply 1"

LEFT_OUT = (
    # How the connection is used, and how long the body is; none of them reaches the provider.
    HOP_BY_HOP
    | {b"host", b"content-length", b"expect"}
    # It says what we may do with stored replies, and is heeded there.
    | {b"cache-control"}
    # Which program asks.  An SDK's update would ask everything anew.
    | {b"user-agent"}
    # Names of this one request, by which it is found again in logs and traces.
    | {
        *(b"traceparent", b"tracestate", b"baggage", b"b3", b"sentry-trace", b"uber-trace-id"),
        *(b"x-request-id", b"x-client-request-id", b"x-correlation-id", b"x-amzn-trace-id"),
        *(b"x-cloud-trace-context", b"newrelic"),
    }
)
"""Names of headers that stand in no key.

Credentials do stand in it, though the tenant is told by them: it costs nothing, and holds should
the tenant ever be told by less.  So does `idempotency-key`: SDKs send none by themselves, and who
sends another one wants another answer.  So does `accept-encoding`: stored bytes are packed.
"""

LEFT_OUT_PREFIXES = (
    # What SDKs tell of themselves: their version, the machine, how often they have tried.
    b"x-stainless-",
    b"x-b3-",
    b"x-datadog-",
    # For us, or for proxies on the way; none of them reaches the provider.
    *OURS,
)


def request_key(secret: bytes, tenant: str, upstream: str, call: Call, body: bytes) -> bytes:
    """The name under which the reply to this request is stored.

    *secret* is the installation's: who reads the store cannot try out what was asked.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in _parts(tenant, upstream, call, body):
        # Lengths first, so that no two requests run together to the same bytes.
        digest.update(b"%d " % len(part))
        digest.update(part)
    return digest.digest()


def _parts(tenant: str, upstream: str, call: Call, body: bytes) -> Iterator[bytes]:
    yield VERSION
    yield tenant.encode()
    yield upstream.encode()
    yield call.route.path
    yield call.query
    yield hashlib.sha256(body).digest()
    for name, value in _telling(call.headers):
        yield name
        yield value


def _telling(headers: Headers) -> Headers:
    """The headers that may change the answer; repeats keep their order."""
    telling = [
        (name, value)
        for name, value in headers
        if name not in LEFT_OUT and not name.startswith(LEFT_OUT_PREFIXES)
    ]
    return sorted(telling, key=lambda header: header[0])
