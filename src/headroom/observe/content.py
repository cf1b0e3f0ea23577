"""What was said in one call, for the log file, where its operator has asked for it.

Nothing of this is kept, and no object of these is made, unless `--log-messages` is on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

MOST_BYTES = 262_144
"""Of the messages, and again of the reply."""

# How the dialects call their list of messages.
MEMBERS = ("messages", "input")


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What was said, as it is kept until it is written."""

    messages: bytes = b"[]"
    """A list in JSON, on one line."""
    reply: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    """The tools that the model called, each with its arguments as they came."""
    truncated: bool = False

    def shown(self) -> Mapping[str, Any]:
        """Its fields in a line of the log."""
        calls = [{"name": name, "arguments": arguments} for name, arguments in self.calls]
        return {
            "messages": msgspec.Raw(self.messages),
            "reply": self.reply,
            "reply_calls": calls,
            "truncated": self.truncated,
        }


class Content:
    """What is said in a call that runs."""

    __slots__ = ("_calls", "_messages", "_room", "_texts", "_truncated")

    def __init__(self, body: bytes) -> None:
        """*body* is what was sent on."""
        self._messages, self._truncated = _messages(body)
        self._texts: list[str] = []
        self._calls: list[tuple[str, str]] = []
        self._room = MOST_BYTES

    def hear(self, text: str) -> None:
        """Take in a piece of the reply."""
        self._texts.append(self._fitting(text))

    def hear_call(self, name: str, arguments: str) -> None:
        """Take in a call of a tool."""
        self._calls.append((self._fitting(name), self._fitting(arguments)))

    def said(self) -> Said:
        """All of it."""
        reply = "".join(self._texts)
        return Said(self._messages, reply, tuple(self._calls), self._truncated)

    def packed(self) -> bytes:
        """The same, as it is kept."""
        return msgspec.msgpack.encode(self.said())

    def _fitting(self, text: str) -> str:
        # What is half of a pair cannot be written.
        encoded = text.encode("utf-8", "replace")
        if len(encoded) > self._room:
            self._truncated = True
            encoded = encoded[: self._room]
        self._room -= len(encoded)
        return encoded.decode("utf-8", "ignore")


SAID = msgspec.msgpack.Decoder(Said)


def _messages(body: bytes) -> tuple[bytes, bool]:
    """The messages in this body, the last ones where not all have room; whether any had none."""
    try:
        found = _listed(body)
        written = [_on_one_line(one) for one in found]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:MOST_BYTES].decode("utf-8", "replace")
        return msgspec.json.encode([text]), len(body) > MOST_BYTES
    room = MOST_BYTES
    kept: list[bytes] = []
    for one in reversed(written):
        room -= len(one) + 1
        if room < 0:
            break
        kept.append(one)
    if written and not kept:
        kept = [msgspec.json.encode(written[-1][:MOST_BYTES].decode("utf-8", "replace"))]
    whole = len(kept) == len(written) and (not written or kept[-1] == written[0])
    return b"[" + b",".join(reversed(kept)) + b"]", not whole


def _on_one_line(value: msgspec.Raw) -> bytes:
    written = msgspec.json.format(value, indent=-1)
    # Bytes that are no text pass that reader.
    written.decode()
    return written


def _listed(body: bytes) -> Sequence[msgspec.Raw]:
    found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    raw = next((found[name] for name in MEMBERS if name in found), None)
    if raw is None:
        return ()
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return (raw,)
