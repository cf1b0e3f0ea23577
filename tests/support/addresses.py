"""Addresses of this machine."""

from __future__ import annotations

import ipaddress
import socket

import pytest


def own_address() -> str:
    """An address of this machine that is not loopback, empty where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            # Nothing is sent: the system only chooses from where it would be.
            asking.connect(("198.51.100.1", 9))
        except OSError:
            return ""
        address = str(asking.getsockname()[0])
    return "" if ipaddress.ip_address(address).is_loopback else address


needs_own_address = pytest.mark.skipif(
    not own_address(), reason="this machine has no address but loopback"
)


def free_port() -> int:
    """A port of this machine on which nobody listened a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
