"""Whose call this is and who pays for it, told by the credentials that it brings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from headroom.proxy.call import Call
from headroom.proxy.caller import ANONYMOUS as ANONYMOUS
from headroom.proxy.credentials import Credential, brought

# Anthropic's keys (`sk-ant-api03-…`) are billed by the token; its other credentials (`oat` of
# subscriptions, `sid` of web sessions) are not, or do not tell (docs, 2026-11).
ANTHROPIC, ANTHROPIC_KEY = b"sk-ant-", b"sk-ant-api"
OAUTH_BETA = b"oauth-"
PAYING = frozenset({b"api-key", b"x-api-key", b"authorization"})


def tenant_of(credentials: Iterable[Credential], secret: bytes) -> str:
    """A name that is the same for the same credentials in this installation, and tells nothing.

    Who brings none is the tenant `anonymous`, which is a tenant like any other.
    """
    brought = sorted((one.place, one.value) for one in credentials)
    return _named(brought, secret) if brought else ANONYMOUS


def tenant_of_token(token: bytes, secret: bytes) -> str:
    """The tenant of who brings only a token of ours, in whatever header it stood."""
    return _named([(b"headroom token", token)], secret)


def tenant_of_key(digest: str, secret: bytes) -> str:
    """The tenant of a virtual key, by its digest."""
    return _named([(b"headroom key", digest.encode())], secret)


def _named(brought: Iterable[tuple[bytes, bytes]], secret: bytes) -> str:
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
    if any(name == b"anthropic-beta" and OAUTH_BETA in value for name, value in call.headers):
        return False
    values = [one.token for one in brought(call) if one.place in PAYING]
    known = [value for value in values if value.startswith(ANTHROPIC)]
    return any(values) and all(value.startswith(ANTHROPIC_KEY) for value in known)
