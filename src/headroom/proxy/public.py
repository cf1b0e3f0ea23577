"""Addresses that a caller has named are resolved once, judged, and dialled as they were judged."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text.  Raises OSError."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def look_up(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]


def is_public(text: str) -> bool:
    """Whether this address is one of the open net, whatever it is wrapped in."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in (address, *_inside(address)))


def _inside(address: Address) -> list[ipaddress.IPv4Address]:
    """The older addresses that this one leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in inside if one is not None]


class PublicResolver(AbstractResolver):
    """Gives the addresses of a name, if all of them are public; aiohttp dials no others."""

    def __init__(
        self, look_up: LookUp = look_up, *, may_be_dialled: Callable[[str], bool] = is_public
    ) -> None:
        self._look_up = look_up
        self._may_be_dialled = may_be_dialled

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses to dial.  Raises OSError where one of them is not public."""
        found = await self._look_up(host, port)
        if not found or not all(self._may_be_dialled(one) for one in found):
            raise OSError("the address that a caller named does not lead to the open net")
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is held."""
