"""Who makes a call: whose it is, and so what it may see and use."""

from __future__ import annotations

from dataclasses import dataclass

from headroom.proxy.call import Call
from headroom.proxy.tenant import ANONYMOUS, tenant_of


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever brings these credentials; *tenant* is the same for the same ones."""

    tenant: str = ANONYMOUS


def caller_of(call: Call, secret: bytes) -> Caller:
    """The caller that this call's credentials tell."""
    return Caller(tenant_of(call, secret))
