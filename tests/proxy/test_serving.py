from __future__ import annotations

import pytest

from headroom.errors import SettingsError
from headroom.proxy.serving import listen


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError, match=f"port {port} .* --port"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(SettingsError, match=r"no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)


def test_ipv6_can_be_listened_on() -> None:
    with listen("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"
