"""Vertex's wire in front of a scripted provider: strict about tokens, paths and bodies."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.upstream.provider import Provider
from tests.upstream.wire import Received, Reply, json_reply

PROJECT, REGION = "headroom-tests-1", "europe-west1"
TOKEN = "ya29.headroom-token"
ENVIRON = {"CLOUD_ML_REGION": REGION, "ANTHROPIC_VERTEX_PROJECT_ID": PROJECT}

VERSIONS = frozenset({"vertex-2023-10-16", "2026-10-21"})
PATH = re.compile(
    rf"/v1/projects/{PROJECT}/locations/{REGION}/publishers/anthropic/models/"
    r"([^/:]+):(rawPredict|streamRawPredict)"
)
NAMES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 529: "UNAVAILABLE",
}  # fmt: skip
SENT_AS = {529: 503}


class Vertex:
    """Answers as Vertex would, where *provider* is the model.

    It gives out tokens as well, to whoever brings the assertion of a service account.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.received: list[Received] = []
        self.tokens = 0
        """How many it has given out."""
        self.token = TOKEN

    def __call__(self, received: Received) -> Reply:
        """Judge the request, ask the model, and pass on what it says."""
        if received.path == "/token":
            return self._token()
        self.received.append(received)
        if received.header("authorization") != f"Bearer {self.token}":
            return failure(401, "Request had invalid authentication credentials.")
        if received.header("x-api-key"):
            return failure(400, "a header that is not Vertex's")
        found = PATH.fullmatch(received.path)
        if received.method != "POST" or found is None:
            return failure(404, "no such method")
        model, way, body = unquote(found[1]), found[2], received.json()
        if body.pop("anthropic_version", None) not in VERSIONS:
            return failure(400, "anthropic_version: required")
        if model == "count-tokens":
            return self._asked(received, "/v1/messages/count_tokens", body)
        problem = _problem(model, body, streaming=way == "streamRawPredict")
        if problem:
            return failure(400, problem)
        return self._asked(received, "/v1/messages", {"model": model.replace("@", "-"), **body})

    def _asked(self, received: Received, path: str, body: Mapping[str, Any]) -> Reply:
        headers = [(b"x-api-key", b"sk-ant-api03-x"), (b"anthropic-version", b"2023-06-01")]
        beta = received.header("anthropic-beta")
        headers += [(b"anthropic-beta", beta.encode())] if beta else []
        asked = replace(
            received,
            target=path.encode(),
            headers=tuple(headers),
            body=msgspec.json.encode(body),
        )
        reply = self.provider(asked)
        if reply.status == 200:
            return reply
        told = msgspec.json.decode(reply.body)["error"]["message"]
        found = failure(reply.status, told)
        waits = tuple(each for each in reply.headers if each[0] == "retry-after")
        return replace(found, headers=(*found.headers, *waits))

    def _token(self) -> Reply:
        self.tokens += 1
        told = {"access_token": self.token, "expires_in": 3600, "token_type": "Bearer"}
        return json_reply(told)


def failure(status: int, message: str) -> Reply:
    """An error as Google writes it."""
    name = NAMES.get(status, "INTERNAL")
    sent = SENT_AS.get(status, status)
    return json_reply({"error": {"code": sent, "message": message, "status": name}}, sent)


def _problem(model: str, body: Mapping[str, Any], *, streaming: bool) -> str:
    if "model" in body:
        return "model: Extra inputs are not permitted"
    if streaming != bool(body.get("stream")):
        return "stream"
    return "the date of a model stands behind an @" if re.search(r"-20[0-9]{6}", model) else ""


@functools.cache
def private_key() -> str:
    """The key of a service account."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def account_file(folder: Path, url: str) -> Path:
    """The file of a service account that gets its tokens at *url*."""
    file = folder / "account.json"
    account = {
        "type": "service_account", "project_id": "another-project-2", "private_key_id": "1",
        "private_key": private_key(), "client_email": "a@b.iam.gserviceaccount.com",
        "client_id": "1", "token_uri": f"{url}/token",
    }  # fmt: skip
    file.write_bytes(msgspec.json.encode(account))
    return file
