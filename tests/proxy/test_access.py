"""Who may ask what: tenants, tokens, virtual keys and levels, by the calls that try to get more."""

from __future__ import annotations

import dataclasses
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from headroom.errors import StoreError, Unauthorised, Unavailable
from headroom.proxy.access import Access, Level, check_spender, enter, still
from headroom.proxy.call import Call, read_head
from headroom.proxy.caller import ANONYMOUS, Caller
from headroom.proxy.credentials import brought
from headroom.proxy.http import Limits
from headroom.proxy.pages import BELOW, PAGES, Page
from headroom.proxy.tenant import tenant_of, tenant_of_key, tenant_of_token
from headroom.proxy.tokens import Tokens, open_tokens
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Key
from headroom.state.keys import Keys, VirtualKey
from headroom.state.secret import CALLERS_FILE, OPERATOR_FILE
from tests.proxy.house import NOWHERE, get, house_of, post, settings_for
from tests.proxy.keyrings import OPERATORS, WITH_KEYS, new_key
from tests.proxy.test_tenant import SECRET
from tests.support.outage import Down

HOST = (b"host", b"localhost")
ELSEWHERE = b"via: 1.1 gateway"
BEARER = b'Bearer realm="headroom"'
LEVELS: tuple[Level, ...] = ("open", "caller", "operator")


def call(
    *headers: tuple[bytes, bytes], query: bytes = b"", peer: str = "127.0.0.1", path: bytes = b"/x"
) -> Call:
    async def receive() -> dict[str, object]:
        return {}

    scope = {
        "type": "http", "method": "POST", "raw_path": path, "client": (peer, 1),
        "headers": [HOST, *headers], "query_string": query,
    }  # fmt: skip
    return read_head(scope, receive)


async def access(**settings: str) -> Access:
    tokens = await open_tokens(settings_for(NOWHERE, **settings))
    return Access(SECRET, tokens, Keys(MemoryStore()), virtual_keys=True, environ=OPERATORS)


async def caller(of: Access, one: Call, level: Level | None = None) -> Caller:
    return (await enter(of, one, level)).caller


KEY = (b"x-api-key", b"sk-ant-mine")
TOKEN = (b"x-headroom-api-key", b"CALLERS")


# Tenants


async def test_D1_the_token_is_no_part_of_the_tenant_beside_a_credential() -> None:
    at = await access(api_key="CALLERS")
    expected = tenant_of(brought(call(KEY)), SECRET)

    alone = await caller(at, call(KEY))
    beside = await caller(at, call(KEY, TOKEN), "caller")
    as_bearer = await caller(at, call(KEY, (b"authorization", b"Bearer CALLERS")), "caller")
    wrong = await caller(at, call(KEY, (b"x-headroom-api-key", b"anything")))

    assert [one.tenant for one in (alone, beside, as_bearer, wrong)] == [expected] * 4
    assert [one.standing for one in (alone, beside, as_bearer, wrong)] == [
        "", "caller", "caller", "",
    ]  # fmt: skip


async def test_D1_who_brings_only_a_token_is_that_tokens_tenant_in_whatever_header() -> None:
    at = await access(api_key="CALLERS", admin_key="OPERATORS")

    by_header = await caller(at, call(TOKEN), "caller")
    by_bearer = await caller(at, call((b"authorization", b"Bearer CALLERS")), "caller")
    operator = await caller(at, call((b"x-headroom-api-key", b"OPERATORS")), "caller")
    nobody = await caller(at, call())

    assert by_header.tenant == by_bearer.tenant == tenant_of_token(b"CALLERS", SECRET)
    assert operator.tenant == tenant_of_token(b"OPERATORS", SECRET)
    assert (operator.standing, nobody.tenant) == ("operator", ANONYMOUS)


async def test_D1_who_brings_a_virtual_key_is_its_tenant_and_has_its_allowance() -> None:
    at = await access()
    key = VirtualKey("ann", "openai", "OPENAI_API_KEY", 0.0, rpm=3, tpm=4, period="hourly")
    text, kept = await at.keys.create(key)

    ways = [
        call((b"authorization", b"Bearer " + text.encode())),
        call((b"x-headroom-api-key", text.encode())),
        call(query=b"key=" + text.encode()),
    ]
    callers = [await caller(at, one, level) for one in ways for level in (None, "caller")]

    assert len(set(callers)) == 1
    assert callers[0].tenant == tenant_of_key(kept.digest, SECRET)
    assert callers[0].key_id == kept.id
    assert callers[0].allowance.requests_per_minute == 3
    assert callers[0].allowance.tokens_per_minute == 4
    assert callers[0].allowance.period == "hourly"


async def test_D1_a_virtual_key_that_only_opens_our_pages_is_no_part_of_the_tenant() -> None:
    at = await access()
    text, _ = await at.keys.create(VirtualKey("ann", "openai", "OPENAI_API_KEY", 0.0))
    both = call(KEY, (b"x-headroom-api-key", text.encode()), peer="10.0.0.9")

    opened = await caller(at, both, "caller")
    sent = await enter(at, both, None)

    assert opened.tenant == sent.caller.tenant == tenant_of(brought(call(KEY)), SECRET)
    assert (opened.standing, sent.caller.standing) == ("caller", "")
    assert KEY in sent.headers


async def test_a_key_that_cannot_be_looked_up_is_503_and_not_401_which_is_final() -> None:
    at = Access(SECRET, Tokens(), Keys(Down()), virtual_keys=True)
    bringing = call((b"x-api-key", b"hk-" + b"0" * 48))

    with pytest.raises(Unavailable) as refused:
        await enter(at, bringing, None)

    assert refused.value.retry_after_s == 2.0
    assert "disk" not in str(refused.value)


async def test_who_came_in_with_a_key_goes_on_while_the_store_is_down() -> None:
    class Failing(MemoryStore):
        is_down = False

        async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
            if self.is_down:
                raise StoreError("the disk is gone")
            return await super().get(keys, group=group)

    store = Failing()
    at = Access(SECRET, Tokens(), Keys(store), virtual_keys=True, environ=OPERATORS)
    key = VirtualKey("ann", "anthropic", "ANTHROPIC_API_KEY", 0.0, rpm=7)
    text, kept = await at.keys.create(key)
    came = await caller(at, call((b"x-api-key", text.encode())))

    store.is_down = True
    during = await still(at, came)
    store.is_down = False
    await at.keys.revoke(kept)

    assert during == came
    with pytest.raises(Unauthorised):
        await still(at, came)
    assert await still(at, Caller()) == Caller()


async def test_D6_ids_that_a_client_chooses_cross_no_tenants() -> None:
    at = await access()
    ids = ((b"x-headroom-session-id", b"s"), (b"x-headroom-user-id", b"u"))

    mine = await caller(at, call(KEY, *ids))
    theirs = await caller(at, call((b"x-api-key", b"sk-ant-theirs"), *ids))

    assert mine.tenant == (await caller(at, call(KEY))).tenant
    assert mine.tenant != theirs.tenant


# Tokens of ours and providers


@pytest.mark.parametrize(
    "header",
    [
        b"authorization: Bearer CALLERS", b"authorization: bearer OPERATORS",
        b"x-api-key: CALLERS", b"x-headroom-api-key: CALLERS", b"x-headroom-api-key: OPERATORS",
        b"x-goog-api-key: CALLERS",
    ],
)  # fmt: skip
async def test_E5_no_token_of_ours_reaches_a_provider(header: bytes) -> None:
    async with house_of(api_key="CALLERS", admin_key="OPERATORS") as house:
        for path in (b"/v1/messages?key=CALLERS&a=1", b"/v1/anything?a=1&key=OPERATORS"):
            await house.ask(post(path, b"{}", header, b"x-api-key: sk-mine"))

    assert len(house.upstream.seen) == 2
    for seen in house.upstream.seen:
        assert b"CALLERS" not in seen.head
        assert b"OPERATORS" not in seen.head
        assert seen.values(b"x-api-key") == [b"sk-mine"]
        assert seen.line.endswith(b"?a=1 HTTP/1.1")


async def test_E5_the_data_plane_is_open_to_who_brings_a_providers_key() -> None:
    async with house_of(api_key="CALLERS", **WITH_KEYS) as house:
        answer = await house.ask(post(b"/v1/messages", b"{}", b"x-api-key: k", ELSEWHERE))

    assert answer.status == 200


# Levels

HERE, THERE = "127.0.0.1", "192.0.2.9"
FOREIGN = ((b"origin", b"http://app.example"),)


@pytest.mark.parametrize(
    ("settings", "peer", "headers", "opens"),
    [
        # Nothing is set: whoever stands here needs nothing.
        ({}, HERE, (), ("open", "caller", "operator")),
        ({}, THERE, (), ("open",)),
        ({}, THERE, ((b"x-forwarded-for", b"127.0.0.1"),), ("open",)),
        ({}, HERE, ((b"x-forwarded-for", b"127.0.0.1"),), ("open",)),
        ({}, HERE, ((b"x-real-ip", b"127.0.0.1"),), ("open",)),
        ({}, HERE, FOREIGN, ("open",)),
        ({}, HERE, ((b"sec-fetch-site", b"same-site"),), ("open",)),
        ({}, HERE, ((b"origin", b"http://localhost"),), ("open", "caller", "operator")),
        ({}, HERE, ((b"sec-fetch-site", b"same-origin"),), ("open", "caller", "operator")),
        # A token for callers is set: it is needed everywhere.
        ({"api_key": "CALLERS"}, HERE, (), ("open",)),
        ({"api_key": "CALLERS"}, HERE, (TOKEN,), ("open", "caller", "operator")),
        ({"api_key": "CALLERS"}, THERE, (TOKEN,), ("open", "caller")),
        ({"api_key": "CALLERS"}, THERE, ((b"authorization", b"Bearer CALLERS"),),
         ("open", "caller")),
        ({"api_key": "CALLERS"}, THERE, ((b"authorization", b"Bearer sk-other"), TOKEN),
         ("open", "caller")),
        ({"api_key": "CALLERS"}, HERE, ((b"x-headroom-api-key", b"CALLER"),), ("open",)),
        ({"api_key": "CALLERS"}, HERE, (KEY,), ("open",)),
        # The operator's opens everything from anywhere.
        ({"admin_key": "OPS"}, THERE, ((b"x-headroom-api-key", b"OPS"),),
         ("open", "caller", "operator")),
        ({"admin_key": "OPS"}, THERE, ((b"authorization", b"Bearer OPS"),),
         ("open", "caller", "operator")),
        ({"api_key": "CALLERS", "admin_key": "OPS"}, HERE, ((b"x-headroom-api-key", b"OPS"),),
         ("open", "caller", "operator")),
    ],
)  # fmt: skip
async def test_E7_what_a_caller_opens(
    settings: dict[str, str],
    peer: str,
    headers: tuple[tuple[bytes, bytes], ...],
    opens: tuple[Level, ...],
) -> None:
    at = await access(**settings)
    opened = []
    for level in LEVELS:
        try:
            await enter(at, call(*headers, peer=peer), level)
            opened.append(level)
        except Unauthorised:
            continue

    assert tuple(opened) == opens


async def test_E5_a_virtual_key_opens_what_callers_may_and_not_what_the_operator_may() -> None:
    async with house_of(**WITH_KEYS, api_key="CALLERS") as house:
        key, kept = await new_key(house)
        bearer = b"authorization: Bearer " + key
        caller = await house.ask(get(b"/v1/toin/stats", bearer, ELSEWHERE))
        operator = await house.ask(post(b"/v1/telemetry/import", b"{}", bearer, ELSEWHERE))
        here = await house.ask(post(b"/v1/telemetry/import", b"{}", bearer))
        await house.app.proxy.planning.keys.revoke(kept)  # type: ignore[union-attr]  # it is open
        revoked = await house.ask(get(b"/v1/toin/stats", bearer, ELSEWHERE))

    statuses = [one.status for one in (caller, operator, here, revoked)]
    assert statuses == [200, 401, 401, 401]


def request_for(name: str, page: Page, *headers: bytes) -> bytes:
    path = name.encode() + (b"0" * 24 if name in BELOW else b"")
    if page.methods == ("POST",):
        return post(path, b"{}", *headers)
    return get(path, *headers)


ALL = {**PAGES, **BELOW}


@pytest.mark.parametrize("name", sorted(ALL))
async def test_E5_with_a_token_set_every_page_but_the_open_ones_is_401_without_it(
    name: str, tmp_path: Path
) -> None:
    page = ALL[name]
    async with house_of(api_key="CALLERS", admin_key="OPS", workspace_dir=tmp_path) as house:
        without = await house.ask(request_for(name, page))
        elsewhere = await house.ask(request_for(name, page, ELSEWHERE))
        asked_unasked = [*house.upstream.seen]
        client = await house.connect()
        client.writer.write(request_for(name, page, ELSEWHERE, b"x-headroom-api-key: OPS"))
        opened = await client.head()
        client.close()

    if page.level == "open":
        assert (without.status, elsewhere.status) == (opened.status, opened.status)
    else:
        assert (without.status, elsewhere.status) == (401, 401)
        error = json.loads(without.body)["error"]
        assert set(error) >= {"type", "message"}
        asked = b'Basic realm="headroom", charset="UTF-8"' if page.browsed else BEARER
        assert without.values(b"www-authenticate") == [asked]
    assert opened.status != 401
    # The one page that asks providers does so for those who may.
    assert (asked_unasked if name == "/debug/upstreams" else house.upstream.seen) == []


async def test_E5_the_token_that_the_workspace_keeps_is_for_callers_from_elsewhere(
    tmp_path: Path,
) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        token = (tmp_path / CALLERS_FILE).read_bytes().strip()
        operators = (tmp_path / OPERATOR_FILE).read_bytes().strip()
        answers = [
            await house.ask(get(b"/health")),
            await house.ask(get(b"/health", ELSEWHERE)),
            await house.ask(get(b"/health", ELSEWHERE, b"x-headroom-api-key: " + token)),
            await house.ask(get(b"/health", ELSEWHERE, b"authorization: Bearer " + token)),
            await house.ask(get(b"/health", ELSEWHERE, b"x-headroom-api-key: " + operators)),
            await house.ask(
                post(b"/v1/telemetry/import", b"{}", ELSEWHERE, b"x-headroom-api-key: " + operators)
            ),
        ]

    assert [answer.status for answer in answers[:5]] == [200, 401, 200, 200, 200]
    assert answers[5].status == 400


async def test_E5_where_no_token_is_kept_nobody_from_elsewhere_comes_in() -> None:
    async with house_of() as house:
        for value in (b"", b"anything", b"hk-" + b"0" * 48):
            answer = await house.ask(get(b"/health", ELSEWHERE, b"x-headroom-api-key: " + value))
            assert answer.status == 401


# Web pages


async def test_E3_a_listed_page_has_cors_for_the_data_plane_and_for_no_page_of_ours() -> None:
    origin = b"origin: http://app.example"
    asking = (origin, b"access-control-request-method: POST")
    async with house_of(allowed_origins=("http://app.example",)) as house:
        data = await house.ask(post(b"/v1/messages", b"{}", origin))
        ours = [await house.ask(get(page, origin)) for page in (b"/livez", b"/health", b"/stats")]
        preflight = await house.ask(get(b"/v1/compress", *asking, method=b"OPTIONS"))

    assert data.values(b"access-control-allow-origin") == [b"http://app.example"]
    assert [one.status for one in (*ours, preflight)] == [200, 401, 401, 401]
    assert all(not one.values(b"access-control-allow-origin") for one in (*ours, preflight))


# Framing


def refused(path: bytes, *headers: bytes, host: bytes = b"localhost") -> bytes:
    """A request that is refused by its head, whose body is yet to come."""
    lines = (b"POST " + path + b" HTTP/1.1", b"host: " + host, *headers, b"content-length: 90")
    return b"\r\n".join((*lines, b"", b""))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (refused(b"/v1/compress", b"via: 1.1 x"), b"401"),
        (refused(b"/v1/messages", b"x-api-key: hk-1"), b"401"),
        (refused(b"/v1/anything", b"authorization: Bearer hk-1"), b"401"),
        (refused(b"/v1/messages", b"origin: http://evil.example"), b"403"),
        (refused(b"/v1/messages", b"x-headroom-base-url: https://evil.example"), b"403"),
        (refused(b"/v1/messages", host=b"evil.example"), b"421"),
        (refused(b"/v1/compress", host=b"evil.example"), b"421"),
        (refused(b"/v1/compress", b"content-type: text/plain"), b"415"),
    ],
)
async def test_B12_what_stands_behind_a_refused_head_is_never_read_as_a_request(
    request_: bytes, status: bytes
) -> None:
    smuggled = get(b"/v1/smuggled", b"x-api-key: k")
    limits = Limits(linger_seconds=0.2)
    async with house_of(limits=limits, allowed_base_urls=("https://gateway.example",)) as house:
        answer = await house.say(request_ + smuggled)
        long = await house.say(request_ + smuggled * 2000)

    for got in (answer, long):
        assert got.startswith(b"HTTP/1.1 " + status)
        assert got.count(b"HTTP/1.1 ") == 1
    assert house.upstream.seen == []


# Browsers


def typed(password: str, user: str = "anybody") -> tuple[bytes, bytes]:
    """What a browser sends once its user has typed something in."""
    return b"authorization", b"Basic " + b64encode(f"{user}:{password}".encode())


BOTH = {"api_key": "CALLERS", "admin_key": "OPS"}


@pytest.mark.parametrize(
    ("headers", "standing"),
    [
        ((typed("CALLERS"),), "caller"),
        ((typed("OPS", ""),), "operator"),
        ((typed("CALLERS"), (b"x-headroom-api-key", b"OPS")), "operator"),
        ((typed("CALLERS"), (b"sec-fetch-site", b"same-origin")), "caller"),
    ],
)
@pytest.mark.parametrize("peer", [HERE, THERE])
async def test_E5_a_browsers_user_types_a_token_in_as_the_password(
    headers: tuple[tuple[bytes, bytes], ...], standing: str, peer: str
) -> None:
    found = await caller(await access(**BOTH), call(*headers, peer=peer), "caller")

    assert found.standing == standing
    assert not found.credited


@pytest.mark.parametrize(
    "header",
    [
        typed("WRONG"),
        typed(""),
        typed("", "CALLERS"),
        (b"authorization", b"Basic CALLERS"),
        (b"authorization", b"Basic " + b64encode(b"CALLERS")),
    ],
)
@pytest.mark.parametrize("peer", [HERE, THERE])
async def test_E5_another_password_opens_nothing(header: tuple[bytes, bytes], peer: str) -> None:
    with pytest.raises(Unauthorised) as raised:
        await enter(await access(**BOTH), call(header, peer=peer), "caller", browsed=True)

    assert list(raised.value.headers) == [
        (b"www-authenticate", b'Basic realm="headroom", charset="UTF-8"')
    ]


async def test_what_a_script_asks_for_makes_no_browser_ask_its_user() -> None:
    asked = call((b"sec-fetch-dest", b"empty"), peer=THERE)

    with pytest.raises(Unauthorised) as raised:
        await enter(await access(**BOTH), asked, "caller", browsed=True)

    assert list(raised.value.headers) == [(b"www-authenticate", BEARER)]


async def test_E3_a_password_that_a_browser_remembers_counts_for_no_page_of_another_port() -> None:
    at = await access(**BOTH)
    foreign = ((b"sec-fetch-site", b"same-site"), (b"origin", b"http://localhost:3000"))

    for header in foreign:
        with pytest.raises(Unauthorised):
            await enter(at, call(typed("OPS"), header, peer=THERE), "operator")


async def test_E5_a_password_is_passed_on_to_a_provider_as_it_came() -> None:
    at = await access(**BOTH)
    asked = call(typed("CALLERS"), KEY, path=b"/v1/messages")

    entered = await enter(at, asked, None)

    assert entered.headers == asked.headers
    assert entered.caller.standing == ""


async def test_E5_a_virtual_key_may_be_the_password() -> None:
    async with house_of(**WITH_KEYS, api_key="CALLERS") as house:
        key, kept = await new_key(house)
        name, value = typed(key.decode())
        opened = await house.ask(get(b"/dashboard", name + b": " + value, ELSEWHERE))
        assert house.app.proxy is not None
        await house.app.proxy.planning.keys.revoke(kept)
        ended = await house.ask(get(b"/dashboard", name + b": " + value, ELSEWHERE))

    assert (opened.status, ended.status) == (200, 401)
    assert ended.values(b"www-authenticate") == [b'Basic realm="headroom", charset="UTF-8"']


# Where the operator's own credentials are used


async def lending(**settings: str) -> Access:
    return dataclasses.replace(await access(**settings), lends=True)


@pytest.mark.parametrize(
    ("settings", "peer", "headers"),
    [
        ({"api_key": "CALLERS"}, THERE, (TOKEN,)),
        ({"api_key": "CALLERS"}, THERE, ((b"x-api-key", b"CALLERS"),)),
        ({"api_key": "CALLERS"}, THERE, ((b"authorization", b"Bearer CALLERS"), KEY)),
        ({"admin_key": "OPS"}, THERE, ((b"x-api-key", b"OPS"),)),
        ({}, HERE, ()),
        ({}, HERE, (KEY,)),
    ],
)
async def test_what_the_operator_lends_is_for_who_is_local_or_brings_a_token(
    settings: dict[str, str], peer: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    of = await lending(**settings)

    entered = await enter(of, call(*headers, peer=peer), None)

    check_spender(of, entered)


@pytest.mark.parametrize(
    ("settings", "peer", "headers"),
    [
        ({}, THERE, ()),
        ({}, THERE, (KEY,)),
        ({}, THERE, ((b"x-forwarded-for", b"127.0.0.1"),)),
        ({}, HERE, ((b"via", b"1.1 nginx"), KEY)),
        ({}, HERE, FOREIGN),
        ({"api_key": "CALLERS"}, THERE, (KEY,)),
        ({"api_key": "CALLERS"}, THERE, ((b"x-headroom-api-key", b"CALLER"),)),
        ({"api_key": "CALLERS"}, HERE, (KEY,)),
    ],
)
async def test_what_the_operator_lends_is_for_nobody_else(
    settings: dict[str, str], peer: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    of = await lending(**settings)

    entered = await enter(of, call(*headers, peer=peer), None)

    with pytest.raises(Unauthorised, match="credentials of its operator"):
        check_spender(of, entered)


async def test_where_nobody_reads_a_callers_credential_it_makes_nobody_else_of_it() -> None:
    of = await lending(api_key="CALLERS")

    found = {
        (await caller(of, call(*headers))).tenant
        for headers in ((), (KEY,), ((b"x-api-key", b"other"),), ((b"x-headroom-api-key", b"x"),))
    }

    assert found == {ANONYMOUS}
    assert (await caller(of, call(TOKEN, KEY))) == (await caller(of, call(TOKEN)))


async def test_a_virtual_key_needs_no_credential_behind_it_where_the_operator_lends_one() -> None:
    of = await lending()
    key, _ = await of.keys.create(VirtualKey("a", "openai", "MISSING", 0.0))

    entered = await enter(of, call((b"x-api-key", key.encode()), peer=THERE), None)

    check_spender(of, entered)
    assert entered.caller.key_id
    assert not brought(entered)


async def test_credentials_of_callers_pay_for_themselves_where_nothing_is_lent() -> None:
    of = await access()

    check_spender(of, await enter(of, call(KEY, peer=THERE), None))
