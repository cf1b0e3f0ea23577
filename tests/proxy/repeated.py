"""Requests without tools, as bodies of each planned route, and their answers through a proxy."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

from tests.proxy.house import Answer, House, post
from tests.upstream import Provider, Say, Script

MESSAGES, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
MINE, THEIRS = b"authorization: Bearer mine", b"authorization: Bearer theirs"

ASKED: dict[str, dict[str, Any]] = {
    MESSAGES: {
        "model": "claude-sonnet-5-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Say hello."}],
    },
    CHAT: {"model": "gpt-6.1-sol", "messages": [{"role": "user", "content": "Say hello."}]},
    RESPONSES: {"model": "gpt-6.1-sol", "input": "Say hello."},
}


def body(route: str = MESSAGES, **members: Any) -> bytes:
    """The request, with these members changed or added."""
    return json.dumps({**ASKED[route], **members}).encode()


async def asked(
    house: House,
    route: str = MESSAGES,
    *headers: bytes,
    key: bytes | None = MINE,
    query: bytes = b"",
    **members: Any,
) -> Answer:
    """The answer to it."""
    credentials: Sequence[bytes] = [key] if key else []
    path = route.encode() + query
    return await house.ask(post(path, body(route, **members), *credentials, *headers))


def use_of(answer: Answer) -> bytes:
    """What the answer says of the cache."""
    return b",".join(answer.values(b"x-headroom-cache"))


def saying_in_turn() -> Provider:
    """A provider that never says the same twice."""
    numbers = itertools.count()
    return Provider(otherwise=lambda _received: Script((Say(f"Hello, {next(numbers)}."),)))
