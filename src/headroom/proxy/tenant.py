"""Whose call this is and who pays for it, told by the credentials that it brings."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl

from headroom.proxy.call import Call

CREDENTIALS = (b"api-key", b"authorization", b"x-api-key", b"x-goog-api-key")
IN_QUERY = "key"
ANONYMOUS = "anonymous"

# Anthropic's keys (`sk-ant-api03-…`) are billed by the token; its other credentials (`oat` of
# subscriptions, `sid` of web sessions) are not, or do not tell (docs, 2026-11).
ANTHROPIC, ANTHROPIC_KEY = b"sk-ant-", b"sk-ant-api"
OAUTH_BETA = b"oauth-"
BEARER = b"bearer "


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


def pays_per_token(call: Call) -> bool:
    """Whether this call to Anthropic's dialect is paid by the token, as far as can be told.

    A bearer token of an unknown kind is: it is meant for a gateway, and whoever runs that pays by
    the token.  A subscription's is not, and is known by its name or by the beta it needs.
    """
    brought: list[bytes] = []
    for name, value in call.headers:
        if name == b"anthropic-beta" and OAUTH_BETA in value:
            return False
        if name in (b"api-key", b"x-api-key"):
            brought.append(value.strip())
        elif name == b"authorization" and value[: len(BEARER)].lower() == BEARER:
            brought.append(value[len(BEARER) :].strip())
    known = [value for value in brought if value.startswith(ANTHROPIC)]
    return any(brought) and all(value.startswith(ANTHROPIC_KEY) for value in known)
