from __future__ import annotations

import json

import pytest

from headroom.state.keys import Issuer
from tests.proxy.house import Answer, Seen, get, house_of, post
from tests.proxy.keyrings import OPERATORS, WITH_KEYS, new_key
from tests.proxy.talks import planning_of

ANTHROPIC, CHAT, GEMINI = b"/v1/messages", b"/v1/chat/completions", b"/v1beta/models/m:x"

PLACES = [
    (ANTHROPIC, "anthropic", b"x-api-key: %b"),
    (ANTHROPIC, "anthropic", b"authorization: Bearer %b"),
    (ANTHROPIC, "anthropic", b"authorization: bearer  %b "),
    (CHAT, "openai", b"authorization: Bearer %b"),
    (CHAT, "openai", b"x-api-key: %b"),
    (CHAT, "openai", b"x-headroom-api-key: %b"),
    (b"/v1/embeddings", "openai", b"authorization: Bearer %b"),
    (GEMINI, "gemini", b"x-goog-api-key: %b"),
    (b"/v1beta/openai/chat/completions", "gemini", b"authorization: Bearer %b"),
]

SENT: dict[str, tuple[bytes, bytes]] = {
    "anthropic": (b"x-api-key", b"sk-ant-api03-operator"),
    "openai": (b"authorization", b"Bearer sk-proj-operator"),
    "gemini": (b"x-goog-api-key", b"AIza-operator"),
}

CREDENTIALS = (b"x-api-key", b"authorization", b"api-key", b"x-goog-api-key")


def credentials(seen: Seen) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in seen.headers if name in CREDENTIALS]


def message(answer: Answer) -> str:
    return str(json.loads(answer.body)["error"]["message"])


@pytest.mark.parametrize(("path", "provider", "header"), PLACES)
async def test_a_key_is_replaced_by_the_operators_credential_as_the_provider_takes_it(
    path: bytes, provider: Issuer, header: bytes
) -> None:
    async with house_of(**WITH_KEYS) as house:
        key, _ = await new_key(house, provider)
        answer = await house.ask(post(path, b"{}", header % key))

    assert answer.status == 200
    [seen] = house.upstream.seen
    expected = SENT[provider]
    if b"/openai/" in path:
        expected = (b"authorization", b"Bearer AIza-operator")
    assert credentials(seen) == [expected]
    assert key not in seen.head


async def test_a_key_in_the_query_is_taken_out_of_it() -> None:
    async with house_of(**WITH_KEYS) as house:
        key, _ = await new_key(house, "gemini")
        await house.ask(post(GEMINI + b"?alt=sse&key=" + key.replace(b"-", b"%2D"), b"{}"))

    [seen] = house.upstream.seen
    assert seen.line == b"POST " + GEMINI + b"?alt=sse HTTP/1.1"
    assert credentials(seen) == [SENT["gemini"]]


async def test_azures_header_stays_azures_header() -> None:
    async with house_of(**WITH_KEYS) as house:
        key, _ = await new_key(house, "openai")
        await house.ask(post(CHAT, b"{}", b"api-key: " + key))

    assert credentials(house.upstream.seen[0]) == [(b"api-key", b"sk-proj-operator")]


async def test_a_subscriptions_token_goes_as_a_bearer() -> None:
    environ = {"TEAM": "sk-ant-oat01-operator"}
    async with house_of(virtual_keys=True, environ=environ) as house:
        key, _ = await new_key(house, variable="TEAM")
        await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key))

    [sent] = credentials(house.upstream.seen[0])
    assert sent == (b"authorization", b"Bearer sk-ant-oat01-operator")


async def test_whatever_else_was_brought_goes_no_further() -> None:
    async with house_of(**WITH_KEYS) as house:
        key, _ = await new_key(house)
        other = b"authorization: Bearer sk-ant-oat01-mine"
        await house.ask(post(ANTHROPIC + b"?key=mine", b"{}", b"x-api-key: " + key, other))

    [seen] = house.upstream.seen
    assert credentials(seen) == [SENT["anthropic"]]
    assert b"mine" not in seen.head


async def test_unknown_revoked_and_foreign_keys_are_401_in_the_providers_shape() -> None:
    async with house_of(**WITH_KEYS) as house:
        revoked, kept = await new_key(house)
        openai, _ = await new_key(house, "openai")
        await planning_of(house).keys.revoke(kept)
        unknown = b"hk-" + b"0" * 48
        answers = [
            await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key))
            for key in (unknown, b"hk-", b"hk-short", revoked, openai)
        ]
        both = await house.ask(
            post(ANTHROPIC, b"{}", b"x-api-key: " + openai, b"authorization: Bearer " + unknown)
        )
        chat = await house.ask(post(CHAT, b"{}", b"authorization: Bearer " + unknown))

    assert [answer.status for answer in (*answers, both, chat)] == [401] * 7
    told = json.loads(answers[0].body)
    assert told["type"] == "error"
    assert told["error"]["type"] == "authentication_error"
    assert json.loads(chat.body)["error"]["code"] == "invalid_api_key"
    assert "is for openai" in message(answers[-1])
    assert house.upstream.seen == []


@pytest.mark.parametrize(("path", "provider", "header"), PLACES)
async def test_while_they_are_off_no_key_of_ours_reaches_a_provider(
    path: bytes, provider: Issuer, header: bytes
) -> None:
    async with house_of(environ=OPERATORS) as house:
        key, _ = await new_key(house, provider)
        answer = await house.ask(post(path, b"{}", header % key))
        in_query = await house.ask(get(b"/v1beta/models?key=" + key))

    assert (answer.status, in_query.status) == (401, 401)
    assert b"--virtual-keys" in answer.body
    assert house.upstream.seen == []


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "hk-" + "0" * 48, "sch\xf6n"])
async def test_a_key_without_a_credential_behind_it_is_503_and_the_log_says_why(
    value: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with house_of(virtual_keys=True, environ={"TEAM_KEY": value}) as house:
        key, kept = await new_key(house, variable="TEAM_KEY")
        answer = await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key))

    assert answer.status == 503
    assert b"TEAM_KEY" not in answer.body
    assert f"the virtual key {kept.id} cannot be used: TEAM_KEY holds no credential" in caplog.text
    assert house.upstream.seen == []


async def test_D7_the_operators_credential_goes_where_the_operator_says_and_nowhere_else() -> None:
    async with house_of(allowed_base_urls=("https://gateway.example",), **WITH_KEYS) as house:
        key, _ = await new_key(house)
        naming = b"x-headroom-base-url: https://gateway.example"
        answer = await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key, naming))

    assert answer.status == 403
    assert house.upstream.seen == []


async def test_a_revoked_key_ends_at_once() -> None:
    async with house_of(**WITH_KEYS) as house:
        key, kept = await new_key(house)
        before = await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key))
        await planning_of(house).keys.revoke(kept)
        after = await house.ask(post(ANTHROPIC, b"{}", b"x-api-key: " + key))

    assert (before.status, after.status) == (200, 401)


async def test_the_mark_of_paying_by_the_token_is_the_credentials_own() -> None:
    """Cache marks are set for those who pay by the token alone."""
    long = "x " * 9000
    body = json.dumps(
        {
            "model": "claude-sonnet-5-5",
            "max_tokens": 9,
            "tools": [{"name": "t", "input_schema": {"type": "object"}, "description": long}],
            "messages": [{"role": "user", "content": "go on"}],
        }
    ).encode()
    marked = {}
    for kind in ("api03", "oat01"):
        environ = {"ANTHROPIC_API_KEY": f"sk-ant-{kind}-operator"}
        async with house_of(virtual_keys=True, environ=environ) as house:
            key, _ = await new_key(house)
            await house.ask(post(ANTHROPIC, body, b"x-api-key: " + key))
            marked[kind] = b"cache_control" in house.upstream.seen[0].body

    assert marked == {"api03": True, "oat01": False}
