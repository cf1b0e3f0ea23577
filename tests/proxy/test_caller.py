from __future__ import annotations

from headroom.proxy.caller import Caller, caller_of
from headroom.proxy.tenant import tenant_of
from tests.proxy.test_tenant import SECRET, call


def test_a_caller_is_known_by_the_credentials_of_the_call() -> None:
    named = call((b"x-api-key", b"K"))

    assert caller_of(named, SECRET) == Caller(tenant_of(named, SECRET))
    assert caller_of(call(), SECRET) == Caller()
