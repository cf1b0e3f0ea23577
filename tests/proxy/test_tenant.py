from __future__ import annotations

import pytest

from headroom.proxy.call import Call, read_head
from headroom.proxy.credentials import brought
from headroom.proxy.tenant import (
    ANONYMOUS,
    pays_per_token,
    tenant_of,
    tenant_of_key,
    tenant_of_token,
)

SECRET = b"s" * 32


def call(*headers: tuple[bytes, bytes], query: bytes = b"") -> Call:
    async def receive() -> dict[str, object]:
        return {}

    scope = {
        "type": "http", "method": "POST", "raw_path": b"/v1/messages",
        "headers": list(headers), "query_string": query,
    }  # fmt: skip
    return read_head(scope, receive)


def tenant(one: Call, secret: bytes) -> str:
    return tenant_of(brought(one), secret)


def test_D1_the_same_credentials_are_the_same_tenant_in_whatever_order_they_come() -> None:
    key, token = (b"x-api-key", b"K"), (b"authorization", b"Bearer T")

    assert tenant(call(key, token), SECRET) == tenant(call(token, key), SECRET)
    assert tenant(call(key, (b"accept", b"x")), SECRET) == tenant(call(key), SECRET)


def test_D1_other_credentials_names_or_installations_are_other_tenants() -> None:
    tenants = [
        tenant(call((b"x-api-key", b"K")), SECRET),
        tenant(call((b"x-api-key", b"L")), SECRET),
        tenant(call((b"api-key", b"K")), SECRET),
        tenant(call((b"x-goog-api-key", b"K")), SECRET),
        tenant(call(query=b"key=K"), SECRET),
        tenant(call(query=b"alt=sse&key=L%2B"), SECRET),
        tenant(call((b"x-api-key", b"K"), (b"api-key", b"K")), SECRET),
        tenant(call((b"x-api-key", b"K")), b"t" * 32),
        tenant(call(), SECRET),
    ]

    assert len(set(tenants)) == len(tenants)


def test_D1_who_brings_none_is_anonymous_and_no_name_shows_a_credential() -> None:
    assert tenant(call((b"x-api-key", b"")), SECRET) == ANONYMOUS
    assert tenant(call(query=b"key="), SECRET) == ANONYMOUS
    assert "sk-secret" not in tenant(call((b"x-api-key", b"sk-secret")), SECRET)


def test_D1_two_lists_of_credentials_do_not_run_together() -> None:
    one = call((b"api-key", b"a"), (b"api-key", b"b"))
    other = call((b"api-key", b"a7 1 api-keyb"))

    assert tenant(one, SECRET) != tenant(other, SECRET)


def test_D1_tokens_and_virtual_keys_are_tenants_apart_from_each_other_and_from_credentials() -> (
    None
):
    tenants = {
        tenant_of_token(b"T", SECRET),
        tenant_of_token(b"U", SECRET),
        tenant_of_key("T", SECRET),
        tenant(call((b"x-api-key", b"T")), SECRET),
        tenant_of_token(b"T", b"t" * 32),
    }

    assert len(tenants) == 5


@pytest.mark.parametrize(
    ("headers", "pays"),
    [
        ([(b"x-api-key", b"sk-ant-api03-x")], True),
        ([(b"x-api-key", b"anything")], True),
        ([(b"api-key", b"anything")], True),
        ([(b"authorization", b"Bearer sk-ant-api03-x")], True),
        ([(b"authorization", b"bearer of-a-gateway")], True),
        ([(b"authorization", b"Bearer sk-ant-oat01-x")], False),
        ([(b"x-api-key", b"sk-ant-oat01-x")], False),
        ([(b"x-api-key", b"k"), (b"authorization", b"Bearer sk-ant-oat01-x")], False),
        ([(b"authorization", b"Bearer x"), (b"anthropic-beta", b"a,oauth-2025-04-20")], False),
        ([(b"authorization", b"Basic eDp5")], False),
        ([(b"authorization", b"Bearer ")], False),
        ([(b"x-api-key", b" ")], False),
        ([], False),
    ],
)
def test_who_pays_by_the_token_is_told_by_the_credentials(
    headers: list[tuple[bytes, bytes]], pays: bool
) -> None:
    assert pays_per_token(call(*headers)) is pays
