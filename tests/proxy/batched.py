"""Batches as clients send them, and what their provider was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tests.proxy.house import Answer, House, post
from tests.proxy.talks import TASK, conversation

Json = dict[str, Any]

BATCHES, FILES = b"/v1/messages/batches", b"/v1/files"
MODELS = {
    "/v1/messages": "claude-opus-5-5",
    "/v1/chat/completions": "gpt-5",
    "/v1/responses": "gpt-5",
}
KEY, BEARER = b"x-api-key: sk-ant-api03-one", b"authorization: Bearer key"
BOUNDARY = b"9051914041544843365972754266"
FORM = b"content-type: multipart/form-data; boundary=" + BOUNDARY


def talk(route: str, number: int, texts: Sequence[str], **members: Any) -> Json:
    """A request of a conversation of its own, without cache marks."""
    body = conversation(route, texts, model=MODELS[route], **members)
    if route == "/v1/messages":
        body["system"] = "You are careful."
    first = body["input" if "input" in body else "messages"][0]
    said = f"{number}: {TASK}"
    first["content"] = [{"type": "text", "text": said}] if route == "/v1/messages" else said
    return body


def batch_of(requests: Sequence[Any]) -> bytes:
    """The body of a batch of Anthropic's."""
    listed = [{"custom_id": f"r{n}", "params": one} for n, one in enumerate(requests)]
    return json.dumps({"requests": listed}).encode()


def params_in(body: bytes) -> list[Any]:
    """The requests in one."""
    return [one["params"] for one in msgspec.json.decode(body)["requests"]]


def lines_of(route: str, requests: Sequence[Any], end: str = "\n") -> bytes:
    """A file of requests for OpenAI."""
    rows = (
        {"custom_id": f"r{number}", "method": "POST", "url": route, "body": one}
        for number, one in enumerate(requests)
    )
    return end.join(map(json.dumps, rows)).encode()


def form_of(file: bytes, purpose: bytes = b"batch") -> bytes:
    """A form as the SDK sends it."""
    return b"\r\n".join(
        [
            b"--" + BOUNDARY,
            b'Content-Disposition: form-data; name="purpose"\r\n',
            purpose,
            b"--" + BOUNDARY,
            b'Content-Disposition: form-data; name="file"; filename="batch.jsonl"',
            b"Content-Type: application/octet-stream\r\n",
            file,
            b"--" + BOUNDARY + b"--\r\n",
        ]
    )


def file_in(form: bytes) -> bytes:
    """The file in one."""
    return form.split(b"octet-stream\r\n\r\n")[1].removesuffix(b"\r\n--" + BOUNDARY + b"--\r\n")


def bodies_in(file: bytes) -> list[Any]:
    """The requests in a file."""
    return [msgspec.json.decode(line)["body"] for line in file.splitlines()]


async def send_batch(house: House, body: bytes, *headers: bytes) -> Answer:
    """Make a batch of Anthropic's."""
    return await house.ask(post(BATCHES, body, KEY, *headers))


async def send_file(
    house: House, file: bytes, *headers: bytes, purpose: bytes = b"batch"
) -> Answer:
    """Send a file for OpenAI."""
    return await house.ask(post(FILES, form_of(file, purpose), BEARER, FORM, *headers))


async def make_batch(house: House, answer: Answer, *headers: bytes) -> Answer:
    """Make a batch of the file that was answered so."""
    asked = {
        "input_file_id": msgspec.json.decode(answer.body)["id"],
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    }
    return await house.ask(post(b"/v1/batches", json.dumps(asked).encode(), BEARER, *headers))


def told(answer: Answer) -> Mapping[str, str]:
    """What our headers on this reply say, by their names."""
    ours = (each for each in answer.headers if each[0].startswith(b"x-headroom-"))
    return {name.decode().removeprefix("x-headroom-"): value.decode() for name, value in ours}
