"""Where a request goes: which provider, which dialect, and the path to ask for there.

A path is matched after one normalisation and forwarded as it was sent.  The request can
only choose among the configured upstreams, never name one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote_to_bytes

Provider = Literal["anthropic", "openai", "gemini"]

PLANNED: dict[str, tuple[Provider, str]] = {
    "/v1/messages": ("anthropic", "anthropic"),
    "/v1/chat/completions": ("openai", "openai_chat"),
    "/v1/responses": ("openai", "openai_responses"),
    "/chat/completions": ("openai", "openai_chat"),
    "/responses": ("openai", "openai_responses"),
}

# What these say about a conversation must fit what its provider has seen of it: known forms and
# hidden legs stand in their bodies as well, and nothing new is decided there.
REPLAYED: dict[str, tuple[Provider, str]] = {
    "/v1/messages/count_tokens": ("anthropic", "anthropic"),
    "/v1/responses/compact": ("openai", "openai_responses"),
    "/v1/responses/input_tokens": ("openai", "openai_responses"),
}

# Gemini's paths end in a method, and name the model before it; its countTokens says of a
# conversation what the other two say.
_GEMINI_CALL = re.compile(r"(?:.*/)?(?:models|tunedModels)/([^/:]{1,200}):(\w{1,40})")
GEMINI_PLANNED = ("generateContent", "streamGenerateContent", "countTokens")

# OpenAI clients whose base URL was set without /v1, as the Cursor instructions say.
WITHOUT_VERSION = ("/models", "/embeddings", "/chat/completions", "/responses")

# Where Codex goes that is logged in with ChatGPT: the same API under another address, without /v1
# (the CLI of Codex 0.171, 2026-11).
CHATGPT_PATH, CODEX_PATH = "/backend-api", "/backend-api/codex"
CHATGPT_ACCOUNT = b"chatgpt-account-id"
API_KEYS = (b"bearer sk-", b"bearer hk-")
"""OpenAI's keys and our own, which are for no account of ChatGPT."""

ANTHROPIC_PATHS = ("/v1/messages", "/v1/complete")
OPENAI_PATHS = ("/v1/chat", "/v1/completions", "/v1/responses", "/v1/embeddings")
GEMINI_PATHS = ("/v1beta", "/v1alpha", "/upload/v1beta")

# Gemini has a /v1 too, told by its methods: /v1/models/gemini-2.5-flash:generateContent
# (ai.google.dev/api/rest/v1/models, 2026-11).  Fine-tuned models of OpenAI hold colons as well.
GEMINI_METHODS = (":generateContent", ":streamGenerateContent", ":countTokens", ":embedContent")

# Anthropic's API keys and the tokens of its subscriptions (`sk-ant-api03-…`, `sk-ant-oat01-…`).
ANTHROPIC_BEARER = b"bearer sk-ant-"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request is sent, and in which dialect it is written.

    *name* is the normalised path for matching and statistics; *path* is the raw path for
    the upstream; *format* names the dialect of a planned request, and is empty when the
    request is only relayed.  One that *replays* is given what is known of its conversation.
    """

    name: str
    provider: Provider
    path: bytes
    format: str = ""
    replays: bool = False
    by_login: bool = False
    """Whether it goes to ChatGPT, with a login instead of a key."""
    model: str = ""
    """The model, where the path names it and not the body, as Gemini's do."""
    streams: bool = False
    """Whether such a path asks for a stream."""

    @property
    def told(self) -> str:
        """The planned route as it is told: one of few, without what a client wrote into its path.

        Empty where nothing is planned.
        """
        if self.format and self.model:
            return f"/v1beta/models/*:{self.name.rpartition(':')[2]}"
        return self.name if self.format else ""


def find_route(method: str, raw_path: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Route:
    """The route of a request with this head; *raw_path* begins with a slash.

    The method of a WebSocket is `POST`: what it says is planned like what is posted.
    """
    name = normalise(raw_path)
    if _stands_under(name, (CHATGPT_PATH,)):
        at_codex = _stands_under(name, (CODEX_PATH,))
        known = _route(
            method, "/v1" + name.removeprefix(CODEX_PATH) if at_codex else name, raw_path
        )
        return Route(name, "openai", raw_path, known.format, known.replays, by_login=True)
    route = _route(method, name, raw_path, headers)
    if route.provider == "openai" and _is_logged_in(headers):
        unversioned = route.path.removeprefix(b"/v1")
        return replace(route, path=CODEX_PATH.encode() + unversioned, by_login=True)
    return route


def _route(
    method: str, name: str, raw_path: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
) -> Route:
    path = _versioned(name, raw_path)
    known = PLANNED.get(name)
    if known is not None:
        return Route(name, known[0], path, known[1] if method == "POST" else "")
    known = REPLAYED.get(name) if method == "POST" else None
    if known is not None:
        return Route(name, known[0], path, known[1], replays=True)
    provider = _provider(name, headers)
    named = _GEMINI_CALL.fullmatch(name) if provider == "gemini" else None
    return Route(name, provider, path) if named is None else _gemini(method, name, path, named)


def _gemini(method: str, name: str, path: bytes, named: re.Match[str]) -> Route:
    model, asked = named.groups()
    is_planned = method == "POST" and asked in GEMINI_PLANNED
    return Route(
        name,
        "gemini",
        path,
        "gemini" if is_planned else "",
        replays=is_planned and asked == "countTokens",
        model=model,
        streams=asked == "streamGenerateContent",
    )


def normalise(raw_path: bytes) -> str:
    """The path for matching: decoded once, without `.`, `..`, doubled or trailing slashes."""
    path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
    text = path.decode("utf-8", "replace")
    if "//" in text or "/." in text or text.endswith("/"):
        # posixpath.normpath keeps exactly two leading slashes, which POSIX leaves undefined.
        text = posixpath.normpath("/" + text.lstrip("/"))
    return text


def versioned(name: str) -> str:
    """The normalised path with `/v1`, where clients leave it out."""
    return "/v1" + name if _stands_under(name, WITHOUT_VERSION) else name


def _versioned(name: str, raw_path: bytes) -> bytes:
    return b"/v1" + raw_path if _stands_under(name, WITHOUT_VERSION) else raw_path


def _provider(name: str, headers: Sequence[tuple[bytes, bytes]]) -> Provider:
    if _stands_under(name, ANTHROPIC_PATHS):
        return "anthropic"
    if _stands_under(name, GEMINI_PATHS):
        return "gemini"
    if _stands_under(name, OPENAI_PATHS):
        return "openai"
    if name.endswith(GEMINI_METHODS):
        return "gemini"
    return _meant_for(headers)


def _meant_for(headers: Sequence[tuple[bytes, bytes]]) -> Provider:
    """Whose credentials these are: a key must reach nobody else."""
    provider: Provider = "openai"
    for name, value in headers:
        if name == b"x-api-key" or name.startswith(b"anthropic-"):
            return "anthropic"
        if name == b"authorization" and value[:16].lower().startswith(ANTHROPIC_BEARER):
            return "anthropic"
        if name == b"x-goog-api-key":
            provider = "gemini"
    return provider


def _is_logged_in(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether these are the credentials of an account of ChatGPT: a key must not go there."""
    keys = (value[:16].lower() for name, value in headers if name == b"authorization")
    names = frozenset(name for name, _ in headers)
    return CHATGPT_ACCOUNT in names and not any(each.startswith(API_KEYS) for each in keys)


def _stands_under(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith((root + "/", root + ":")) for root in roots)
