"""Codex session files: Responses items as they were sent, from the lines it left behind.

Newer files wrap each item (`{"type": "response_item", "payload": {…}}`) between lines about
the session; older ones begin with a line about the session, and then hold one bare item per
line.  Tools are not recorded; they are derived from the calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headroom.replay.dialects import OpenAIResponsesDialect
from headroom.replay.session import Session, Thread, followed, thread_of

_DIALECT = OpenAIResponsesDialect()
_WRAPPERS = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted"})
# Items that Codex keeps for itself.
_NOT_SENT = frozenset({"ghost_snapshot", "other", "compaction_trigger"})


def is_codex(line: dict[str, Any]) -> bool:
    """Whether this line is one of a Codex session file."""
    if line.get("type") in _WRAPPERS:
        return True
    if "id" in line and "timestamp" in line and "type" not in line:
        return True
    return _is_item(line)


def codex_sessions(name: str, lines: Iterable[dict[str, Any]]) -> list[Session]:
    """The session of one file, if it holds any turn."""
    return followed(_Conversation(), name, lines)


class _Conversation:
    """Follows the items, and the client when it compacts them."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._taken = 0
        self._threads: list[Thread] = []
        self._model = ""
        self._instructions = ""
        self._reported = 0
        self._arguments: dict[str, dict[str, Any]] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Take in the next line of the file."""
        kind = line.get("type")
        payload = line.get("payload")
        if kind not in _WRAPPERS:
            self._bare(line)
        elif not isinstance(payload, dict):
            return
        elif kind == "response_item":
            self._item(payload)
        elif kind == "compacted":
            self._compact(payload)
        elif kind == "event_msg":
            self._event(payload)
        else:
            self._context(payload)

    def session(self, name: str) -> Session:
        """The session so far."""
        self._close_thread()
        tools = [tool for _, tool in sorted(self._arguments.items())]
        head: dict[str, Any] = {"model": self._model}
        if self._instructions:
            head["instructions"] = self._instructions
        head["input"] = None
        if tools:
            head["tools"] = tools
        return Session(
            name=name,
            dialect=_DIALECT,
            model=self._model,
            head=head,
            threads=tuple(self._threads),
            reported_tokens=self._reported,
        )

    def _bare(self, line: dict[str, Any]) -> None:
        if _is_item(line):
            self._item(line)
        else:
            self._context(line)

    def _item(self, item: dict[str, Any]) -> None:
        if item.get("type") in _NOT_SENT:
            return
        self._items.append(_as_sent(item))
        kind = item.get("type")
        if kind in ("function_call", "custom_tool_call") and isinstance(item.get("name"), str):
            short = "function" if kind == "function_call" else "custom"
            self._arguments.setdefault(item["name"], {"type": short, "name": item["name"]})

    def _compact(self, payload: dict[str, Any]) -> None:
        self._close_thread()
        replaced = payload.get("replacement_history")
        message = payload.get("message")
        if isinstance(replaced, list):
            self._items = [_as_sent(item) for item in replaced if isinstance(item, dict)]
        else:
            part = {"type": "input_text", "text": str(message or "")}
            self._items = [{"type": "message", "role": "user", "content": [part]}]
        self._taken = len(self._items)

    def _close_thread(self) -> None:
        thread = thread_of(tuple(self._items), _DIALECT, already_taken=self._taken)
        if thread.turns:
            self._threads.append(thread)

    def _event(self, payload: dict[str, Any]) -> None:
        info = payload.get("info")
        usage = info.get("last_token_usage") if isinstance(info, dict) else None
        reported = usage.get("input_tokens") if isinstance(usage, dict) else None
        if isinstance(reported, int) and not self._reported:
            self._reported = reported

    def _context(self, payload: dict[str, Any]) -> None:
        if isinstance(payload.get("model"), str):
            self._model = self._model or payload["model"]
        for name in ("base_instructions", "instructions"):
            said = payload.get(name)
            text = said.get("text") if isinstance(said, dict) else said
            if isinstance(text, str) and not self._instructions:
                self._instructions = text


def _is_item(line: dict[str, Any]) -> bool:
    kind = line.get("type")
    if not isinstance(kind, str):
        return False
    if kind == "message":
        return isinstance(line.get("role"), str)
    return kind == "reasoning" or kind.endswith(("_call", "_call_output"))


def _as_sent(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what only the file has; older outputs are an object around their text."""
    sent = {name: value for name, value in item.items() if name not in ("timestamp", "internal")}
    output = sent.get("output")
    if isinstance(output, dict) and isinstance(output.get("content"), str):
        sent["output"] = output["content"]
    return sent
