"""Anthropic's Python client, with requests made shorter.

    client = with_headroom(Anthropic())

Messages, waiting and awaited, streaming or not; also the clients for Bedrock and Vertex.
"""

from __future__ import annotations

from typing import TypeVar

from headroom.integrations.package import package
from headroom.integrations.sdk import Shortening, refuse, shortened
from headroom.integrations.shortener import Originals, Shortener

Client = TypeVar("Client")

DIALECTS = dict.fromkeys(
    (
        "/v1/messages",
        # What this says must fit what the model is sent.
        "/v1/messages/count_tokens",
        # Bedrock's and Vertex's names for messages.
        "/invoke",
        "/invoke-with-response-stream",
        ":rawPredict",
        ":streamRawPredict",
    ),
    "anthropic",
)


def with_headroom(client: Client, *, originals: Originals | None = None) -> Client:
    """A copy of the client that shortens tool results in what it sends; see `Shortener`.

    It shares the connections of the client that it was made from, and is of the same class.
    """
    base = package("anthropic._base_client", install="anthropic")
    if not isinstance(client, base.SyncAPIClient | base.AsyncAPIClient):
        raise refuse(client, "Anthropic", "AsyncAnthropic")
    shortening = Shortening(Shortener(originals=originals), DIALECTS)
    return shortened(client, shortening, awaited=isinstance(client, base.AsyncAPIClient))
