from __future__ import annotations

from typing import Any

import pytest

from headroom.errors import Forbidden, Misdirected
from headroom.proxy.admission import admit, is_local, is_page_elsewhere, is_preflight
from headroom.proxy.call import Call, read_head
from headroom.settings import Settings
from tests.proxy.house import House, get, house_of, post


async def nothing() -> dict[str, Any]:
    return {}


def call(*headers: tuple[bytes, bytes], method: str = "POST") -> Call:
    scope = {
        "method": method,
        "raw_path": b"/v1/messages",
        "query_string": b"",
        "headers": list(headers),
    }
    return read_head(scope, nothing)


@pytest.mark.parametrize(
    "host",
    [
        b"localhost", b"LOCALHOST:8787", b"localhost.:1", b"127.0.0.1:8787", b"10.0.0.7:8787",
        b"[::1]:8787", b"[fe80::1]", b"proxy.internal:1",
    ],
)  # fmt: skip
def test_loopback_names_addresses_and_allowed_hosts_are_answered_for(host: bytes) -> None:
    settings = Settings(allowed_hosts=("proxy.internal",))

    assert admit(settings, call((b"host", host))) == []


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example", b"localhost.evil.example", b"127.0.0.1.evil.example", b"",
        b"[::1", b"[::1]evil",
        b"evil.example:8787", b"1.2.3", b"localhost@evil.example",
    ],
)  # fmt: skip
def test_E1_another_host_is_refused_and_the_flag_is_named(host: bytes) -> None:
    with pytest.raises(Misdirected, match="--allowed-host"):
        admit(Settings(), call((b"host", host)))


@pytest.mark.parametrize(
    "origin",
    [b"http://evil.example", b"null", b"http://localhost:3000", b"https://localhost:8787x", b""],
)
def test_E3_a_foreign_page_is_refused_and_the_flag_is_named(origin: bytes) -> None:
    with pytest.raises(Forbidden, match="--allowed-origin"):
        admit(Settings(), call((b"host", b"localhost:8787"), (b"origin", origin)))


def test_E3_two_origins_are_none() -> None:
    own, listed = (b"origin", b"http://localhost"), (b"origin", b"https://a.example")

    with pytest.raises(Forbidden, match="two origins"):
        admit(
            Settings(allowed_origins=("https://a.example",)),
            call((b"host", b"localhost"), listed, own),
        )


async def test_E2_without_a_listed_origin_no_reply_has_cors(house: House) -> None:
    own = b"origin: http://localhost"
    asking = (own, b"access-control-request-method: POST")
    answers = [
        await house.ask(post(b"/v1/messages", b"{}", own)),
        await house.ask(get(b"/v1/files", own)),
        await house.ask(get(b"/livez", own)),
        await house.ask(get(b"/livez", b"origin: http://evil.example")),
    ]
    client = await house.connect()
    client.writer.write(get(b"/v1/messages", *asking, method=b"OPTIONS"))
    answers.append(await client.head())

    assert all(not one.values(b"access-control-allow-origin") for one in answers)


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ([(b"host", b"localhost:1"), (b"origin", b"http://localhost:1")], False),
        ([(b"host", b"localhost:1"), (b"sec-fetch-site", b"same-origin")], False),
        ([(b"host", b"localhost:1"), (b"sec-fetch-site", b"none")], False),
        ([(b"host", b"localhost:1")], False),
        ([(b"host", b"localhost:1"), (b"origin", b"http://localhost:2")], True),
        ([(b"host", b"localhost:1"), (b"sec-fetch-site", b"Same-Site")], True),
        ([(b"host", b"localhost:1"), (b"sec-fetch-site", b"cross-site")], True),
        ([(b"host", b"localhost:1"), (b"origin", b"null")], True),
    ],
)
def test_a_page_elsewhere_is_told_by_what_browsers_say(
    headers: list[tuple[bytes, bytes]], elsewhere: bool
) -> None:
    assert is_page_elsewhere(headers) is elsewhere


def test_our_own_page_is_no_foreign_page() -> None:
    headers = ((b"host", b"localhost:8787"), (b"origin", b"http://localhost:8787"))

    assert admit(Settings(), call(*headers)) == []


def test_an_allowed_page_gets_the_cors_headers() -> None:
    settings = Settings(allowed_origins=("http://app.example",))
    headers = ((b"host", b"localhost"), (b"origin", b"http://app.example"))

    assert admit(settings, call(*headers)) == [
        (b"access-control-allow-origin", b"http://app.example"),
        (b"vary", b"origin"),
    ]


def test_a_request_from_another_site_is_refused_without_an_origin_too() -> None:
    with pytest.raises(Forbidden):
        admit(Settings(), call((b"host", b"localhost"), (b"sec-fetch-site", b"cross-site")))


@pytest.mark.parametrize("path", [b"/livez", b"/v1/messages", b"/v1/anything", b"/v1/compress"])
async def test_host_and_origin_are_checked_on_every_route(house: House, path: bytes) -> None:
    elsewhere = await house.ask(get(path, host=b"evil.example"))
    foreign = await house.ask(get(path, b"origin: http://evil.example"))

    assert (elsewhere.status, foreign.status) == (421, 403)
    assert house.upstream.seen == []


async def test_a_preflight_of_an_allowed_page_is_answered_here() -> None:
    asking = get(
        b"/v1/messages",
        b"origin: http://app.example",
        b"access-control-request-method: POST",
        b"access-control-request-headers: x-api-key",
        method=b"OPTIONS",
    )
    async with house_of(allowed_origins=("http://app.example",)) as house:
        client = await house.connect()
        client.writer.write(asking)
        answer = await client.head()
        then = await house.ask(post(b"/v1/files", b"{}", b"origin: http://app.example"))

    assert answer.status == 204
    assert answer.values(b"access-control-allow-headers") == [b"x-api-key"]
    assert answer.values(b"access-control-allow-origin") == [b"http://app.example"]
    assert then.values(b"access-control-allow-origin") == [b"http://app.example"]


def test_only_options_that_ask_for_a_method_are_a_preflight() -> None:
    asking = (b"access-control-request-method", b"POST")

    assert is_preflight(call(asking, method="OPTIONS"))
    assert not is_preflight(call(asking))
    assert not is_preflight(call(method="OPTIONS"))


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        ("127.0.0.1", [(b"host", b"localhost:8787")], True),
        ("::1", [(b"host", b"[::1]:8787")], True),
        ("127.0.0.1", [(b"host", b"127.0.0.5")], True),
        ("::ffff:127.0.0.1", [(b"host", b"localhost:8787")], True),
        ("::ffff:10.0.0.9", [(b"host", b"localhost")], False),
        ("10.0.0.9", [(b"host", b"localhost")], False),
        ("127.0.0.1", [(b"host", b"10.0.0.1")], False),
        ("127.0.0.1", [(b"host", b"proxy.internal")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"x-forwarded-for", b"127.0.0.1")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"forwarded", b"for=1")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"x-real-ip", b"127.0.0.1")], False),
        ("127.0.0.1", [(b"host", b"localhost"), (b"via", b"1.1 x")], False),
        ("127.0.0.1", [], False),
    ],
)
def test_a_caller_is_local_when_peer_and_host_are_and_nobody_forwards(
    peer: str, headers: list[tuple[bytes, bytes]], local: bool
) -> None:
    assert is_local({"client": (peer, 1234)}, headers) is local


def test_a_caller_that_comes_to_another_address_of_the_machine_is_not_local() -> None:
    host = [(b"host", b"localhost")]

    assert is_local({"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)}, host)
    assert not is_local({"client": ("127.0.0.1", 1), "server": ("192.0.2.2", 2)}, host)


def test_a_caller_without_an_address_is_not_local() -> None:
    assert not is_local({"client": None}, [(b"host", b"localhost")])
