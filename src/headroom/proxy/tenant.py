"""Whose call this is, told by the credentials that it brings for its provider."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl

from headroom.proxy.call import Call

CREDENTIALS = (b"api-key", b"authorization", b"x-api-key", b"x-goog-api-key")
IN_QUERY = "key"
ANONYMOUS = "anonymous"


def tenant_of(call: Call, secret: bytes) -> str:
    """A name that is the same for the same credentials in this installation, and tells nothing.

    A call that brings none is the tenant `anonymous`, which is a tenant like any other.
    """
    brought = sorted(
        (name, value.strip()) for name, value in call.headers if name in CREDENTIALS and value
    )
    query = parse_qsl(call.query.decode("latin-1"), max_num_fields=None)
    brought += sorted((b"?key", value.encode()) for name, value in query if name == IN_QUERY)
    if not brought:
        return ANONYMOUS
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for name, value in brought:
        # Lengths first, so that no two lists of credentials run together to the same bytes.
        digest.update(b"%d %d " % (len(name), len(value)) + name + value)
    return digest.hexdigest()
