"""What a call in Anthropic's dialect asks a cloud for that has the model in its address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from headroom.conversation import Change, Put, Remove
from headroom.errors import BadRequest, UnreadableBody
from headroom.proxy.aside import aside
from headroom.proxy.call import Call
from headroom.proxy.unpacking import unpacked
from headroom.wire.document import Document

MODEL, STREAM, VERSION, BETAS = "model", "stream", "anthropic_version", "anthropic_beta"

# What names the caller, and asks for nothing: a subscription's login, and who asks.  Clouds know
# neither, and refuse what they do not know (CLI of Claude Code 2.3, 2026-11).
NAMING = frozenset({"oauth-2025-04-20", "claude-code-20250219"})

OLD_VERSIONS = ("", "2023-01-01", "2023-06-01")


@dataclass(frozen=True, slots=True)
class Asked:
    """A body in Anthropic's dialect, with what it says about where it goes."""

    document: Document
    model: str
    streaming: bool

    def rewritten(self, changes: Sequence[Change]) -> bytes:
        """The body with these changes; all other bytes as they are.  Raises BadRequest."""
        try:
            return self.document.rewrite(changes)
        except UnreadableBody as error:
            raise BadRequest(f"the body cannot be sent on: {error}") from error

    def less(self, *names: str) -> list[Change]:
        """What takes these members away where they are."""
        return [Remove((name,)) for name in names if self.document.has(name)]

    def having(self, name: str, value: object) -> list[Change]:
        """What gives it this member unless it has one."""
        json = msgspec.json.encode(value)
        return [] if self.document.has(name) else [Put((), name, json)]


async def read_asked(call: Call, body: bytes, *, decoded: bool, limit: int) -> Asked:
    """What *body* asks for.  Raises BadRequest where that cannot be told, and as `unpacked`."""
    try:
        if not decoded:
            body = await unpacked(call, body, limit=limit)
        document = await aside(len(body), Document.read, body)
    except UnreadableBody as error:
        raise BadRequest(f"the body cannot be read: {error}") from error
    model, stream = document.get(MODEL), document.get(STREAM)
    if not isinstance(model, str) or not model:
        raise BadRequest("model: a name is needed, once")
    if document.has(STREAM) and not isinstance(stream, bool | None):
        raise BadRequest("stream: true or false is needed, once")
    if document.has(STREAM) and document.member(STREAM) is None:
        raise BadRequest("stream: it stands there twice")
    return Asked(document, model, streaming=stream is True)


def version_asked(call: Call, usual: str) -> str:
    """The version of the API for the body: *usual*, unless a newer one is asked for.

    Anthropic's SDK 2.11 (lib/bedrock, lib/vertex) writes there what it sends as a header else.
    """
    asked = (call.header(b"anthropic-version") or b"").decode("latin-1").strip()
    return usual if asked in OLD_VERSIONS else asked


def betas_asked(call: Call, idle: Collection[str] = NAMING) -> list[str]:
    """The betas that the headers ask for, less those that are *idle* here; each once."""
    found = (
        one.strip()
        for name, value in call.headers
        if name == b"anthropic-beta"
        for one in value.decode("latin-1").split(",")
    )
    return [one for one in dict.fromkeys(found) if one and one not in idle]
