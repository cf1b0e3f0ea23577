"""OpenAI's Python client, with requests made shorter.

    client = with_headroom(OpenAI())

Chat completions and responses, waiting and awaited, streaming or not; also `AzureOpenAI`.
"""

from __future__ import annotations

from typing import TypeVar

from headroom.integrations.package import package
from headroom.integrations.sdk import Shortening, refuse, shortened
from headroom.integrations.shortener import Originals, Shortener

Client = TypeVar("Client")

DIALECTS = {
    "/chat/completions": "openai_chat",
    "/responses": "openai_responses",
    # What these say must fit what the model is sent.
    "/responses/compact": "openai_responses",
    "/responses/input_tokens": "openai_responses",
}


def with_headroom(client: Client, *, originals: Originals | None = None) -> Client:
    """A copy of the client that shortens tool results in what it sends; see `Shortener`.

    It shares the connections of the client that it was made from, and is of the same class.
    """
    openai = package("openai", install="openai")
    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        raise refuse(client, "OpenAI", "AsyncOpenAI")
    shortening = Shortening(Shortener(originals=originals), DIALECTS)
    return shortened(client, shortening, awaited=isinstance(client, openai.AsyncOpenAI))
