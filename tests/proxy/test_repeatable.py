"""Which requests a stored reply may answer."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.proxy.call import Call, Message
from headroom.proxy.repeatable import is_repeatable, looks_repeatable, reads_stored, stores
from headroom.proxy.routes import find_route
from headroom.wire.document import Document
from tests.proxy.repeated import CHAT, MESSAGES, RESPONSES, body


async def nothing() -> Message:
    return {}


def call(*headers: tuple[bytes, bytes]) -> Call:
    return Call({}, nothing, "POST", list(headers), b"", find_route("POST", b"/v1/messages", []), 0)


@pytest.mark.parametrize("route", [MESSAGES, CHAT, RESPONSES])
def test_a_plain_question_may_be_answered_again(route: str) -> None:
    assert is_repeatable(Document.read(body(route)))
    assert is_repeatable(Document.read(body(route, stream=True, temperature=0, store=False)))
    assert is_repeatable(Document.read(body(route, tools=[], functions=None, background=False)))


TOOL = {"name": "x"}
NOT_AGAIN: tuple[dict[str, Any], ...] = (
    {"tools": [TOOL]}, {"tools": [{"type": "web_search_20260209", "name": "web_search"}]},
    {"functions": [TOOL]}, {"mcp_servers": [{"url": "x"}]}, {"web_search_options": {"a": 1}},
    {"plugins": [{"id": "web"}]}, {"previous_response_id": "resp_1"}, {"conversation": "conv_1"},
    {"conversation": {"id": "conv_1"}}, {"thread": {"type": "create"}}, {"container": "c"},
    {"prompt": {"id": "pmpt_1"}}, {"background": True}, {"store": True}, {"max_tokens": 0},
    {"diagnostics": {"previous_message_id": "msg_1"}}, {"prompt_cache_options": {"prewarm": True}},
    {"model": "gpt-6-search-api"}, {"tools": "odd"},
    {"messages": [{"role": "system", "content": [{"type": "tool_addition", "tools": []}]}]},
    {"input": [{"type": "item_reference", "id": "msg_1"}]},
)  # fmt: skip


@pytest.mark.parametrize("members", NOT_AGAIN)
def test_D2_what_brings_tools_depends_on_others_or_wants_more_is_asked_each_time(
    members: dict[str, Any],
) -> None:
    assert not is_repeatable(Document.read(body(MESSAGES, **members)))


def test_D2_members_that_stand_twice_or_are_written_oddly_are_found() -> None:
    for odd in (b'"tools":[{}],"tools":[]', b'"t\\u006fols":[{}]', b'"tools":[{}],"a":"\\ud800"'):
        assert not is_repeatable(Document.read(body()[:-1] + b"," + odd + b"}"))


def test_most_bodies_with_tools_are_told_without_reading_them() -> None:
    assert not looks_repeatable(body(tools=[TOOL]))
    assert looks_repeatable(body(messages=[{"role": "user", "content": 'use "tools" well'}]))


CONTROL = b"cache-control"


@pytest.mark.parametrize(
    ("headers", "reads", "keeps"),
    [
        ((), True, True),
        (((CONTROL, b"no-cache"),), False, True),
        (((CONTROL, b"No-Cache , private"),), False, True),
        (((CONTROL, b"max-age=0"),), False, True),
        (((CONTROL, b"private"), (CONTROL, b"no-store")), False, False),
        (((CONTROL, b"max-stale=3, only-if-cached"),), True, True),
        (((b"x-headroom-bypass", b"true"),), False, False),
        (((b"x-headroom-mode", b"passthrough"),), False, False),
    ],
)
def test_the_caller_says_whether_stored_replies_are_read_and_written(
    headers: tuple[tuple[bytes, bytes], ...], reads: bool, keeps: bool
) -> None:
    assert (reads_stored(call(*headers)), stores(call(*headers))) == (reads, keeps)
