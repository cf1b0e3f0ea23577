"""Behind a library: what would be lost is refused, what goes is asked once, errors are replies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from headroom.errors import BadRequest, NotServed, UpstreamTimeout
from headroom.proxy.backends.carriage import WORDS, Row
from headroom.proxy.backends.library import Answered, Body, Streaming
from headroom.proxy.backends.translated import Translated
from headroom.proxy.manner import Manner
from headroom.proxy.reply import Reply
from headroom.settings import Settings
from tests.proxy.backends.calls import call


class Overloaded(Exception):
    status_code = 529


class Told:
    """A library that notes what it is asked, and answers with what it was told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Body] = []

    def row(self, _model: str) -> Row:
        return Row("told", WORDS, frozenset({"role.user"}))

    async def messages(self, body: Body) -> Answered | Streaming:
        self.asked.append(body)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, dict):
            return Answered(self.answer)
        return Streaming(self.answer)

    chat = messages


def backend(library: Told, **settings: Any) -> Translated:
    return Translated("litellm-told", library, Settings(**settings))


async def ask(library: Told, path: bytes = b"/v1/messages", **members: Any) -> Reply:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], **members}
    asked = call(path=path)
    return await backend(library).send(asked, json.dumps(body).encode(), Manner(decoded=True))


async def whole(reply: Reply) -> Any:
    return json.loads(await reply.read())


async def test_an_answer_is_one_of_json() -> None:
    reply = await ask(Told({"id": "msg_1"}))

    assert (reply.status, reply.header(b"content-type")) == (200, b"application/json")
    assert await whole(reply) == {"id": "msg_1"}
    assert await reply.read() == b""


async def test_a_stream_is_read_as_it_comes() -> None:
    async def events() -> AsyncIterator[bytes]:
        yield b"event: message_start\ndata: {}\n\n"
        yield b"event: message_stop\ndata: {}\n\n"

    reply = await ask(Told(events()), stream=True)

    assert reply.is_event_stream
    assert (await reply.read()).count(b"event: ") == 2


async def test_what_would_be_lost_is_refused_by_name_and_place_and_nobody_is_asked() -> None:
    library = Told({})
    image = {"type": "image", "source": {"type": "base64"}}

    with pytest.raises(BadRequest) as told:
        await ask(library, messages=[{"role": "user", "content": [image]}])

    assert str(told.value).startswith(
        "the backend litellm-told cannot carry image blocks with a base64 source "
        "(messages.0.content.0): leave that out, or use one that passes this dialect on as it is"
    )
    assert library.asked == []


async def test_what_changes_no_answer_is_left_out() -> None:
    library = Told({})

    await ask(
        library,
        metadata={"user_id": "u"},
        cache_control={"type": "ephemeral"},
        service_tier="auto",
        context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        thinking={"type": "enabled", "budget_tokens": 1, "display": "omitted"},
    )

    asked = library.asked[0]
    assert asked.keys() == {"model", "messages", "thinking"}
    assert asked["thinking"] == {"type": "enabled", "budget_tokens": 1}


async def test_a_text_and_a_block_of_it_are_asked_alike() -> None:
    library = Told({})

    await ask(library)
    await ask(library, messages=[{"role": "user", "content": [{"type": "text", "text": "Hello"}]}])

    assert library.asked[0] == library.asked[1]


async def test_an_error_is_a_reply_in_the_dialect() -> None:
    reply = await ask(Told(Overloaded("busy")))

    assert reply.status == 529
    assert await whole(reply) == {
        "type": "error", "error": {"type": "overloaded_error", "message": "busy"},
    }  # fmt: skip


async def test_the_wait_for_an_answer_ends() -> None:
    with pytest.raises(UpstreamTimeout):
        await ask(Told(TimeoutError()))


@pytest.mark.parametrize("model", ["", "../x", "a b", "a/../b", 3, None])
async def test_a_model_must_have_a_models_name(model: Any) -> None:
    with pytest.raises(BadRequest, match="model"):
        await ask(Told({}), model=model)


@pytest.mark.parametrize("body", [b"no json", b"[]", b'{"model": "m", "messages": 3}'])
async def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        await backend(Told({})).send(call(path=b"/v1/messages"), body, Manner(decoded=True))


def test_other_routes_are_refused() -> None:
    with pytest.raises(NotServed, match="litellm-told"):
        backend(Told({})).check(call(path=b"/v1/responses"))
