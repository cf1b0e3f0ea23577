"""Bedrock's wire in front of a scripted provider: strict about signatures, bodies and paths.

What the provider says leaves as AWS writes it: a stream as an event stream, errors as AWS names
them.  Signatures are checked by botocore itself, as it would make them.
"""

from __future__ import annotations

import binascii
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.upstream.provider import Provider
from tests.upstream.wire import Received, Reply, Step, json_reply

REGION = "eu-west-1"
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG"
BEARER = "bedrock-api-key-1"
ENVIRON = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}
REQUEST_ID = "5f5a7e0e-0000-4000-8000-000000000001"

VERSIONS = frozenset({"bedrock-2023-05-31", "2026-10-21"})
NAMES = {
    400: "ValidationException", 401: "UnrecognizedClientException", 403: "AccessDeniedException",
    404: "ResourceNotFoundException", 429: "ThrottlingException", 500: "InternalServerException",
    503: "ServiceUnavailableException", 529: "ServiceUnavailableException",
}  # fmt: skip
SENT_AS = {401: 403, 529: 503}


class Bedrock:
    """Answers as Bedrock's runtime would, where *provider* is the model."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.received: list[Received] = []
        """As they came to Bedrock."""
        self.exception = ""
        """Of which kind the next error within a stream is, if not the usual one."""

    def __call__(self, received: Received) -> Reply:
        """Judge the request, ask the model, and write down what it says as AWS does."""
        self.received.append(received)
        if not _is_signed(received):
            return failure(403, "The request signature we calculated does not match.",
                           "InvalidSignatureException")  # fmt: skip
        parts = received.target.decode().split("/")
        if received.method != "POST" or len(parts) != 4 or parts[1] != "model":
            return failure(404, "no such operation", "UnknownOperationException")
        model, way = unquote(parts[2]), parts[3]
        if received.header("content-type") != "application/json":
            return failure(400, "content-type")
        if any(name.lower() in (b"x-api-key", b"anthropic-beta") for name, _ in received.headers):
            return failure(400, "a header that is not Bedrock's")
        if way == "count-tokens":
            return self._counted(received, model)
        if way not in ("invoke", "invoke-with-response-stream"):
            return failure(404, "no such operation", "UnknownOperationException")
        return self._invoked(received, model, received.json(), streaming=way != "invoke")

    def _invoked(
        self, received: Received, model: str, body: dict[str, Any], *, streaming: bool
    ) -> Reply:
        problem = _problem(model, body)
        if problem:
            return failure(400, problem)
        accept = received.header("accept")
        wanted = "application/vnd.amazon.eventstream" if streaming else "application/json"
        if accept != wanted:
            return failure(400, f"accept: {accept}")
        reply = self._asked(received, "/v1/messages", model, body, streaming=streaming)
        if reply.status != 200:
            return _failed(reply)
        return self._as_events(reply) if streaming else _as_aws(reply)

    def _counted(self, received: Received, model: str) -> Reply:
        if not model.startswith(("anthropic.", "arn:")):
            return failure(400, "Counting tokens is not supported for inference profiles.")
        inner = msgspec.json.decode(b64decode(received.json()["input"]["invokeModel"]["body"]))
        problem = _problem(model, inner)
        if problem:
            return failure(400, problem)
        inner.pop("max_tokens")
        reply = self._asked(received, "/v1/messages/count_tokens", model, inner)
        if reply.status != 200:
            return _failed(reply)
        counted = msgspec.json.decode(reply.body)["input_tokens"]
        return json_reply({"inputTokens": counted}, 200, (("x-amzn-requestid", REQUEST_ID),))

    def _asked(
        self,
        received: Received,
        path: str,
        model: str,
        body: Mapping[str, Any],
        *,
        streaming: bool = False,
    ) -> Reply:
        whole = {"model": _public(model), **({"stream": True} if streaming else {}), **body}
        whole.pop("anthropic_version")
        betas = whole.pop("anthropic_beta", [])
        headers = [(b"x-api-key", b"sk-ant-api03-x"), (b"anthropic-version", b"2023-06-01")]
        headers += [(b"anthropic-beta", ",".join(betas).encode())] if betas else []
        asked = replace(
            received,
            target=path.encode(),
            headers=tuple(headers),
            body=msgspec.json.encode(whole),
        )
        reply = self.provider(asked)
        # The test hears of the client's leaving by either.
        assert asked.left is received.left
        return reply

    def _as_events(self, reply: Reply) -> Reply:
        steps: list[Step] = []
        for step in reply.steps:
            steps += self._events(step) if isinstance(step, bytes) else [step]
        head = (
            ("content-type", "application/vnd.amazon.eventstream"),
            ("x-amzn-requestid", REQUEST_ID),
            ("x-amzn-bedrock-content-type", "application/json"),
        )
        return Reply(200, head, tuple(steps), chunked=True)

    def _events(self, said: bytes) -> Iterator[bytes]:
        for event in filter(None, said.split(b"\n\n")):
            data = event.partition(b"\ndata: ")[2]
            told = msgspec.json.decode(data)
            if told["type"] == "error":
                kind = self.exception or "modelStreamErrorException"
                yield exception(kind, told["error"]["message"])
            else:
                yield chunk(data)


def failure(status: int, message: str, kind: str = "") -> Reply:
    """An error as AWS writes it."""
    name = kind or NAMES.get(status, "InternalServerException")
    head = (
        ("x-amzn-requestid", REQUEST_ID),
        ("x-amzn-errortype", f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"),
    )
    return json_reply({"message": message}, SENT_AS.get(status, status), head)


def chunk(data: bytes) -> bytes:
    """A message of the event stream that holds this much of the model's own."""
    payload = msgspec.json.encode({"bytes": b64encode(data).decode(), "p": "abcdefgh"})
    head = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    return message(head, payload)


def exception(kind: str, told: str) -> bytes:
    """A message of the event stream that says what went wrong."""
    head = {
        ":exception-type": kind, ":content-type": "application/json", ":message-type": "exception",
    }  # fmt: skip
    return message(head, msgspec.json.encode({"message": told}))


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message, as smithy.io/2.0/aws/amazon-eventstream.html describes it."""
    head = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )  # fmt: skip
    prelude = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    framed = prelude + struct.pack("!I", binascii.crc32(prelude)) + head + payload
    return framed + struct.pack("!I", binascii.crc32(framed))


def _is_signed(received: Received) -> bool:
    """Whether the signature is the one that botocore makes of what came."""
    said = received.header("authorization") or ""
    if said == f"Bearer {BEARER}":
        return True
    if not said.startswith(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/"):
        return False
    signed = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    kept = {name: received.header(name) or "" for name in signed}
    url = f"http://{received.header('host')}{received.target.decode()}"
    request = AWSRequest(method=received.method, url=url, headers=kept, data=received.body)
    request.context["timestamp"] = received.header("x-amz-date")
    signer = SigV4Auth(Credentials(KEY_ID, SECRET), "bedrock", REGION)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return said.endswith(f"Signature={signer.signature(to_sign, request)}")


def _problem(model: str, body: Mapping[str, Any]) -> str:
    if not model.startswith(("anthropic.", "eu.anthropic.", "global.anthropic.", "arn:aws:")):
        return "The provided model identifier is invalid."
    if body.get("anthropic_version") not in VERSIONS:
        return "anthropic_version: required"
    for name in ("model", "stream"):
        if name in body:
            return f"{name}: Extra inputs are not permitted"
    unknown = {"oauth-2025-04-20", "claude-code-20250219"} & set(body.get("anthropic_beta", ()))
    return "invalid beta flag" if unknown else ""


def _public(model: str) -> str:
    name = model.rpartition("/")[2].rpartition("anthropic.")[2]
    return name.removesuffix("-v1:0")


def _as_aws(reply: Reply) -> Reply:
    head = (("content-type", "application/json"), ("x-amzn-requestid", REQUEST_ID))
    return replace(reply, headers=head)


def _failed(reply: Reply) -> Reply:
    told = msgspec.json.decode(reply.body)["error"]["message"]
    found = failure(reply.status, told)
    waits = tuple(each for each in reply.headers if each[0] == "retry-after")
    return replace(found, headers=(*found.headers, *waits))
