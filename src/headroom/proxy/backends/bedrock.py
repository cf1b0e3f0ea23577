"""Amazon Bedrock, asked in Anthropic's own words: signed by botocore, sent by our own client.

The body is the planned one, less what stands in the address (botocore's model of bedrock-runtime
2023-09-30; the SDK's lib/bedrock, 2.11).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Self
from urllib.parse import quote

import msgspec
from yarl import URL

from headroom.conversation import Change
from headroom.errors import BadRequest
from headroom.extras import needed
from headroom.options import pairs_of
from headroom.proxy.aside import aside
from headroom.proxy.backends.asked import (
    BETAS,
    MODEL,
    STREAM,
    VERSION,
    Asked,
    betas_asked,
    version_asked,
)
from headroom.proxy.backends.aws import Signer
from headroom.proxy.backends.bedrock_errors import read_object, told
from headroom.proxy.backends.bedrock_models import foundation, model_id
from headroom.proxy.backends.bedrock_stream import Events
from headroom.proxy.backends.native import AGENT, Native
from headroom.proxy.backends.whole import error_in, read_whole, said
from headroom.proxy.call import Call, Headers
from headroom.proxy.manner import Leaves
from headroom.proxy.reply import Reply
from headroom.settings import Settings

USUAL_VERSION = "bedrock-2023-05-31"
JSON = "application/json"
EVENTS = "application/vnd.amazon.eventstream"
SERVER_SENT: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
]
REQUEST_ID = b"x-amzn-requestid"
OWN = (b"content-length", b"content-type", b"content-encoding")
OK = 200
SELLER = "aws"
"""In the table of prices."""


class Bedrock(Native):
    """The backend `bedrock`."""

    name = "bedrock"

    def __init__(self, settings: Settings, signer: Signer) -> None:
        usual = f"https://bedrock-runtime.{signer.region}.amazonaws.com"
        super().__init__(settings, settings.bedrock_api_url.rstrip("/") or usual)
        self._signer = signer
        self._models = pairs_of(settings.model_map)

    @classmethod
    def make(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """See `Make`."""
        with needed("The backend bedrock", "bedrock"):
            import botocore.eventstream  # noqa: F401, PLC0415  (an extra)
        return cls(settings, Signer.made(settings, environ))

    def sold_as(self, model: str) -> tuple[str, str]:
        """See `Backend.sold_as`: profiles of a geography cost more than those of all of them."""
        try:
            return SELLER, model_id(model, self._signer.region, self._models)
        except BadRequest:
            return SELLER, ""

    async def ask(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """See `Native.ask`."""
        body = await aside(len(asked.document.body), asked.rewritten, _changes(call, asked))
        way, wanted = ("invoke", JSON)
        if asked.streaming:
            way, wanted = ("invoke-with-response-stream", EVENTS)
        found = model_id(asked.model, self._signer.region, self._models)
        reply = await self._posted(found, way, body, wanted, leaves)
        if reply.status != OK:
            return await _failed(call, reply)
        if asked.streaming:
            return _streamed(call, reply)
        return Reply(OK, _named(reply.headers), reply.source)

    async def count(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """See `Native.count`.  Bedrock counts for the models themselves, not for profiles."""
        # A whole body of InvokeModel is asked for, and there this is needed.
        changes = [*_changes(call, asked), *asked.having("max_tokens", 1)]
        body = await aside(len(asked.document.body), _to_be_counted, asked, changes)
        found = foundation(model_id(asked.model, self._signer.region, self._models))
        reply = await self._posted(found, "count-tokens", body, JSON, leaves)
        if reply.status != OK:
            return await _failed(call, reply)
        counted = read_object(await read_whole(reply)).get("inputTokens")
        if not isinstance(counted, int):
            return error_in(call.route.format, 502, "Bedrock told no count of tokens", [])
        return said(OK, msgspec.json.encode({"input_tokens": counted}), _named(reply.headers))

    async def _posted(
        self, model: str, way: str, body: bytes, wanted: str, leaves: Leaves | None
    ) -> Reply:
        url = f"{self.address}/model/{quote(model, safe='')}/{way}"
        headers = [AGENT, ("content-type", JSON), ("accept", wanted)]
        if wanted == EVENTS:
            headers.append(("x-amzn-bedrock-accept", JSON))
        signed = await self._signer.signed(url, headers, body)
        return await self.client.send("POST", URL(url, encoded=True), signed, body, leaves=leaves)


def _changes(call: Call, asked: Asked) -> list[Change]:
    betas = betas_asked(call)
    return [
        *asked.less(MODEL, STREAM),
        *asked.having(VERSION, version_asked(call, USUAL_VERSION)),
        *(asked.having(BETAS, betas) if betas else []),
    ]


def _to_be_counted(asked: Asked, changes: list[Change]) -> bytes:
    inner = b64encode(asked.rewritten(changes)).decode()
    return msgspec.json.encode({"input": {"invokeModel": {"body": inner}}})


def _streamed(call: Call, reply: Reply) -> Reply:
    import botocore.eventstream as stream  # noqa: PLC0415

    odd = (stream.ParserError, stream.EventStreamError)
    events = Events(reply.source, stream.EventStreamBuffer(), odd, call.route.format)
    return Reply(OK, [*SERVER_SENT, *_named(reply.headers, without=OWN)], events)


async def _failed(call: Call, reply: Reply) -> Reply:
    status, message = told(reply.status, reply.headers, await read_whole(reply))
    return error_in(call.route.format, status, message, _named(reply.headers))


def _named(headers: Headers, without: tuple[bytes, ...] = ()) -> Headers:
    """The headers with the request's name where Anthropic's clients look for it."""
    named = [(b"request-id", value) for name, value in headers if name == REQUEST_ID]
    return [*(each for each in headers if each[0] not in without), *named]
