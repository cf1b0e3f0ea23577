"""Providers in their own wire formats, behind the addresses at which the libraries ask them.

`/v1/…` and Gemini's are `tests.upstream`; Azure's deployments are the same under another path,
and Bedrock's Converse answers one thing.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tests.upstream import Provider, Received, Reply
from tests.upstream.wire import json_reply

KEY = "key-of-the-operator"

CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Done."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 10, "outputTokens": 2, "totalTokens": 12},
}


class FarSide:
    """Call it with a request, get the reply of the provider that lives at that path."""

    def __init__(self, provider: Provider | None = None) -> None:
        self.provider = provider or Provider()
        self.received: list[Received] = []
        self.headers: list[Mapping[str, str]] = []

    def __call__(self, received: Received) -> Reply:
        self.received.append(received)
        path = received.path
        if path.endswith(("/converse", "/converse-stream")):
            return json_reply(CONVERSED)
        if path.endswith("/invoke"):
            target = b"/v1/messages"
        elif path.startswith("/models/"):
            target = b"/v1beta" + received.target
        else:
            target = re.sub(rb"^/openai/deployments/[^/]+", b"/v1", received.target)
        return self.provider(_keyed(dataclasses.replace(received, target=target)))

    def last(self) -> Any:
        """The body that arrived last."""
        return json.loads(self.received[-1].body)


def _keyed(received: Received) -> Received:
    """With the key where the provider behind looks for it: each has a header of its own."""
    headers = (*received.headers, (b"authorization", b"Bearer " + KEY.encode()))
    body = json.loads(received.body)
    if "contents" not in body:
        # The model may stand in the path of what asked; Gemini knows no such member.
        body.setdefault("model", "claude")
    for message in body.get("messages", ()):
        if message["role"] == "tool":
            message["content"] = _text(message["content"])
    return dataclasses.replace(received, headers=headers, body=json.dumps(body).encode())


def _text(content: Any) -> str:
    """A tool's result as one text, for models that are scripted to read it so."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def variables(url: str) -> Mapping[str, str]:
    """Where the libraries find each provider, and the operator's credentials."""
    return MappingProxyType(
        {
            "OPENAI_API_KEY": KEY,
            "OPENAI_API_BASE": f"{url}/v1",
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENROUTER_API_KEY": KEY,
            "OPENROUTER_API_BASE": f"{url}/v1",
            "AZURE_API_KEY": KEY,
            "AZURE_API_BASE": url,
            "AZURE_API_VERSION": "2025-04-01-preview",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_REGION": "us-west-2",
            "AWS_BEDROCK_RUNTIME_ENDPOINT": url,
            "GEMINI_API_KEY": KEY,
            "GEMINI_API_BASE": url,
            "GROQ_API_KEY": KEY,
            "GROQ_API_BASE": f"{url}/v1",
            "HOSTED_VLLM_API_BASE": f"{url}/v1",
            "HOSTED_VLLM_API_KEY": KEY,
            "ANTHROPIC_API_KEY": KEY,
        }
    )
