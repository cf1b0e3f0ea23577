"""Finding the proxy beside an agent; how one is started is seen in test_wrap.py."""

from __future__ import annotations

import pytest

from headroom.cli.asking import Address
from headroom.cli.companion import found
from headroom.errors import SettingsError
from tests.cli.pages import listening, page
from tests.support.addresses import free_port


def test_nobody_is_none() -> None:
    assert found(Address("127.0.0.1", free_port())) is None


def test_a_headroom_tells_its_backend() -> None:
    health = page(service="headroom-proxy", config={"backend": "anyllm"})
    with listening({"/health": health}) as proxy:
        companion = found(Address("127.0.0.1", proxy.port))

    assert companion is not None
    assert (companion.backend, companion.is_new) == ("anyllm", False)


@pytest.mark.parametrize("health", [page(service="other"), (200, b"hello"), (404, b"{}")])
def test_a_stranger_is_told(health: tuple[int, bytes]) -> None:
    with (
        listening({"/health": health}) as other,
        pytest.raises(SettingsError, match="no Headroom"),
    ):
        found(Address("127.0.0.1", other.port))
