from __future__ import annotations

from headroom.proxy.caller import ANONYMOUS, Allowance, Caller


def test_who_brings_nothing_is_anonymous_and_has_what_holds_for_all() -> None:
    nobody = Caller()

    assert (nobody.tenant, nobody.key_id, nobody.standing) == (ANONYMOUS, "", "")
    assert nobody.allowance == Allowance(None, None, None, "daily")
    assert not nobody.credited
