from __future__ import annotations

from collections.abc import Sequence

import pytest

from headroom.proxy.public import PublicResolver, is_public, look_up

LOOPBACK_SPELLINGS = [
    "127.0.0.1", "127.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "::", "localhost", "0x7f000001", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        *LOOPBACK_SPELLINGS, "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "fe80::1", "fe80::1%eth0", "fd00::1", "224.0.0.1", "ff02::1",
        "255.255.255.255", "64:ff9b::a00:1", "::ffff:169.254.169.254", "192.0.2.2", "",
    ],
)  # fmt: skip
def test_D7_what_is_not_of_the_open_net_is_told_whatever_it_is_wrapped_in(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "[2620::1]"])
def test_D7_addresses_of_the_open_net_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::1"], []])
async def test_D7_a_name_that_leads_inside_by_any_address_is_not_dialled(found: list[str]) -> None:
    async def says(_host: str, _port: int) -> Sequence[str]:
        return found

    with pytest.raises(OSError, match="open net"):
        await PublicResolver(says).resolve("gateway.example", 443)


async def test_D7_what_was_judged_is_what_is_given_to_dial() -> None:
    async def says(_host: str, _port: int) -> Sequence[str]:
        return ["8.8.8.8", "2606:4700::1111"]

    resolver = PublicResolver(says)
    found = await resolver.resolve("gateway.example", 443)
    await resolver.close()

    assert [(one["hostname"], one["host"], one["port"]) for one in found] == [
        ("gateway.example", "8.8.8.8", 443),
        ("gateway.example", "2606:4700::1111", 443),
    ]


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_D7_spellings_that_the_system_understands_are_judged_by_what_it_makes_of_them(
    name: str,
) -> None:
    assert all(not is_public(one) for one in await look_up(name, 443))

    with pytest.raises(OSError, match="open net"):
        await PublicResolver().resolve(name, 443)
