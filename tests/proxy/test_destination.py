from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from yarl import URL

from headroom.errors import Forbidden, UpstreamUnreachable
from headroom.proxy.call import Call
from headroom.proxy.destination import named_base
from headroom.proxy.public import PublicResolver
from headroom.proxy.upstream import Upstream
from tests.proxy.house import NOWHERE, House, get, house_of, post, settings_for, upstream_of
from tests.proxy.test_public import LOOPBACK_SPELLINGS
from tests.proxy.test_tenant import call

GATEWAY = "https://gateway.example"
NAMING = (b"x-headroom-base-url", GATEWAY.encode())
ROUTES = [
    b"/v1/messages", b"/v1/chat/completions", b"/v1/responses", b"/v1/anything",
    b"/v1beta/models/m:generateContent",
]  # fmt: skip


def test_D7_nobody_names_an_address_where_none_is_listed() -> None:
    assert named_base(call(NAMING), ()) == ""
    assert named_base(call(), (GATEWAY,)) == ""


@pytest.mark.parametrize("value", [b"https://gateway.example", b" HTTPS://GATEWAY.example:443/ "])
def test_D7_a_listed_origin_may_be_named_in_any_spelling_of_it(value: bytes) -> None:
    assert named_base(call((b"x-headroom-base-url", value)), (GATEWAY,)) == GATEWAY


@pytest.mark.parametrize(
    "value",
    [
        b"http://gateway.example", b"https://gateway.example:8443", b"https://gateway.example/v1",
        b"https://gateway.example.evil.example", b"https://evil.example/https://gateway.example",
        b"https://gateway.example@evil.example", b"https://evil.example#gateway.example",
        b"https://gateway.example?x", b"//gateway.example", b"gateway.example", b"", b"\xff",
        b"https://gateway.example\\@evil.example", b"https://gateway.example.", b"https://\xc3\xa9",
        *(b"https://" + spelling.encode() for spelling in LOOPBACK_SPELLINGS),
    ],
)  # fmt: skip
def test_D7_what_is_not_listed_is_refused_and_the_flag_is_named(value: bytes) -> None:
    with pytest.raises(Forbidden, match="--allowed-base-url"):
        named_base(call((b"x-headroom-base-url", value)), (GATEWAY,))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
def test_D7_a_private_address_is_refused_even_where_it_is_listed(host: str) -> None:
    base = f"https://{host}"

    with pytest.raises(Forbidden, match="private network"):
        named_base(call((b"x-headroom-base-url", base.encode())), (base,))


@pytest.mark.parametrize("path", ROUTES)
async def test_D7_when_off_the_header_is_ignored_and_goes_no_further(
    house: House, path: bytes
) -> None:
    async with upstream_of() as other:
        for naming in (other.url, *(f"https://{one}" for one in LOOPBACK_SPELLINGS)):
            answer = await house.ask(post(path, b"{}", b"x-headroom-base-url: " + naming.encode()))
            assert answer.status == 200

        assert other.seen == []
    assert all(seen.values(b"x-headroom-base-url") == [] for seen in house.upstream.seen)


@pytest.mark.parametrize("path", ROUTES)
async def test_D7_when_on_no_spelling_of_loopback_is_dialled(path: bytes) -> None:
    listed = ("https://localhost", "https://2130706433", "https://127.0.0.1", "https://127.1")
    async with house_of(allowed_base_urls=listed) as house:
        for base in (*listed, *(f"https://{one}" for one in LOOPBACK_SPELLINGS)):
            naming = b"x-headroom-base-url: " + base.encode()
            answer = await house.ask(post(path, b"{}", naming, b"x-api-key: k"))
            assert answer.status in (403, 502), base
            assert b"127." not in answer.body
            assert b"localhost" not in answer.body

        assert house.upstream.seen == []


async def test_D7_a_name_is_resolved_once_and_dialled_where_it_was_judged_to_lead() -> None:
    """The second answer of the name leads elsewhere, as in an attack by rebinding."""
    answers = ["127.0.0.1", "127.0.0.2"]

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return [answers.pop(0) if len(answers) > 1 else answers[0]]

    # Loopback stands for the open net here, and its second address for what is inside.
    resolver = PublicResolver(rebinding, may_be_dialled=lambda one: one == "127.0.0.1")
    settings = settings_for(NOWHERE, allowed_base_urls=(GATEWAY,))
    async with upstream_of() as other, Upstream(settings, resolver=resolver) as upstream:
        base = f"http://gateway.example:{other.port}"
        reply = await upstream.send(_call_to(base), None)
        reply.close()
        seen = await other.next()

        assert seen.values(b"host") == [URL(base).authority.encode()]
        assert answers == ["127.0.0.2"]
        with pytest.raises(UpstreamUnreachable):
            await upstream.send(_call_to("http://other.example:9"), None)
        assert len(other.seen) == 1


async def test_D7_a_websocket_goes_where_it_may_and_nowhere_else() -> None:
    async with house_of(allowed_base_urls=(GATEWAY,)) as house:
        handshake = get(
            b"/v1/realtime", b"connection: upgrade", b"upgrade: websocket",
            b"sec-websocket-version: 13", b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
            b"x-headroom-base-url: https://evil.example",
        )  # fmt: skip
        client = await house.connect()
        client.writer.write(handshake)
        answer = await client.head()

    assert answer.status == 403
    assert house.upstream.seen == []


def _call_to(base: str) -> Call:
    return dataclasses.replace(call((b"host", b"localhost")), base_url=base)
