from __future__ import annotations

import gzip

import pytest

from headroom.errors import BadRequest, TooLarge
from headroom.proxy.backends.asked import betas_asked, read_asked, version_asked
from tests.proxy.backends.calls import call

LIMIT = 1_000_000
BODY = b'{"model": "claude-x", "stream": true, "messages": [ 1e2 , "\\ud800"], "max_tokens":5}'


async def test_a_body_tells_its_model_and_whether_it_is_to_be_streamed() -> None:
    asked = await read_asked(call(), BODY, decoded=True, limit=LIMIT)

    assert (asked.model, asked.streaming) == ("claude-x", True)


async def test_what_is_not_changed_keeps_its_bytes() -> None:
    asked = await read_asked(call(), BODY, decoded=True, limit=LIMIT)

    changed = asked.rewritten([*asked.less("model", "stream", "top_k"), *asked.having("a", [1])])

    assert changed == b'{"messages": [ 1e2 , "\\ud800"], "max_tokens":5,"a":[1]}'


async def test_a_member_that_is_there_stays_as_the_client_wrote_it() -> None:
    asked = await read_asked(call(), b'{"model":"m","a": 7}', decoded=True, limit=LIMIT)

    assert asked.having("a", 1) == []


async def test_a_body_that_came_packed_is_unpacked() -> None:
    packed = call((b"content-encoding", b"gzip"))

    asked = await read_asked(packed, gzip.compress(BODY), decoded=False, limit=LIMIT)

    assert asked.model == "claude-x"
    with pytest.raises(TooLarge):
        await read_asked(packed, gzip.compress(BODY), decoded=False, limit=20)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"{}",
        b'{"model": 3}',
        b'{"model": ""}',
        b'{"model": "a", "model": "b"}',
        b'{"model": "a", "stream": "yes"}',
        b'{"model": "a", "stream": true, "stream": false}',
    ],
)
async def test_what_does_not_say_where_it_goes_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        await read_asked(call(), body, decoded=True, limit=LIMIT)


@pytest.mark.parametrize(
    ("asked", "version"),
    [(b"2023-06-01", "usual"), (b"", "usual"), (b"2026-10-21", "2026-10-21")],
)
def test_only_a_newer_version_of_the_api_is_asked_for(asked: bytes, version: str) -> None:
    assert version_asked(call((b"anthropic-version", asked)), "usual") == version


def test_betas_come_from_all_headers_once_less_those_that_ask_for_nothing() -> None:
    asking = call(
        (b"anthropic-beta", b"context-1m-2025-08-07, oauth-2025-04-20"),
        (b"anthropic-beta", b"claude-code-20250219,effort-2025-11-24,context-1m-2025-08-07,"),
    )

    assert betas_asked(asking) == ["context-1m-2025-08-07", "effort-2025-11-24"]
    assert betas_asked(call()) == []
