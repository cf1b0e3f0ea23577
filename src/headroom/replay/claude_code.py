"""Claude Code session files: the conversation as it was sent, from the lines it left behind.

One JSON object per line, in the order of events.  Lines are linked by `uuid` and `parentUuid`;
an assistant's message may be spread over several lines with one `message.id`, and results of
parallel calls may stand between them.  System prompt and tools are not recorded: tools are
derived from the calls, and the provider's own count of the first prompt tells how large the
rest was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from headroom.replay.dialects import AnthropicDialect
from headroom.replay.session import Session, Thread, thread_of

# Claude Code writes this where no model answered: an interruption, an API error.
SYNTHETIC_MODEL = "<synthetic>"

MAX_TOKENS = 32_000

_DIALECT = AnthropicDialect()


def is_claude_code(line: dict[str, Any]) -> bool:
    """Whether this line is one of a Claude Code session file."""
    return line.get("type") in ("user", "assistant") and isinstance(line.get("message"), dict)


def claude_code_sessions(name: str, lines: Iterable[dict[str, Any]]) -> Iterator[Session]:
    """The sessions of one file: the main conversation, and one for each subagent in it."""
    conversations: dict[str, _Conversation] = {}
    owners: dict[str, str] = {}
    for line in lines:
        key = _conversation_of(line, owners)
        conversations.setdefault(key, _Conversation()).take(line)
    for number, conversation in enumerate(conversations.values()):
        if conversation.has_turns:
            suffix = f" (subagent {number})" if number else ""
            yield conversation.session(name + suffix)


def _conversation_of(line: dict[str, Any], owners: dict[str, str]) -> str:
    """The conversation that a line belongs to; a sidechain is named by its first line."""
    if not line.get("isSidechain"):
        return ""
    uuid = str(line.get("uuid", ""))
    named = line.get("agentId")
    owner = str(named) if named else owners.get(str(line.get("parentUuid")), uuid)
    owners[uuid] = owner
    return owner


class _Conversation:
    """Puts lines together into messages, and follows the client when it rewrites them."""

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []
        self._ids: list[str] = []
        self._ends: dict[str, int] = {}
        self._threads: list[Thread] = []
        self._taken = 0
        self._model = ""
        self._reported = 0
        self._arguments: dict[str, set[str]] = {}

    @property
    def has_turns(self) -> bool:
        return bool(self._threads) or any(m["role"] == "assistant" for m in self._messages)

    def take(self, line: dict[str, Any]) -> None:
        """Take in the next line of the file; what is no message only marks its place."""
        message = line.get("message")
        if line.get("type") == "user" and isinstance(message, dict):
            self._rewind(line)
            self._user(message.get("content"))
        elif line.get("type") == "assistant" and isinstance(message, dict):
            self._assistant(message)
        elif line.get("subtype") == "compact_boundary":
            self._cut(0)
        if isinstance(line.get("uuid"), str):
            self._ends[line["uuid"]] = len(self._messages)

    def session(self, name: str) -> Session:
        """The session so far."""
        self._close_thread()
        head = {
            "model": self._model,
            "max_tokens": MAX_TOKENS,
            "tools": [_tool(tool, names) for tool, names in sorted(self._arguments.items())],
            "messages": None,
        }
        return Session(
            name=name,
            dialect=_DIALECT,
            model=self._model,
            head={key: value for key, value in head.items() if value != []},
            threads=tuple(self._threads),
            reported_tokens=self._reported,
        )

    def _rewind(self, line: dict[str, Any]) -> None:
        """A prompt that hangs on an earlier line takes back everything behind that line.

        Results hang on the line of their own call, which with parallel calls is not the last.
        """
        content = line["message"].get("content")
        if _has_results(content):
            return
        parent = line.get("parentUuid")
        end = self._ends.get(parent, len(self._messages)) if isinstance(parent, str) else 0
        if parent is None and not self._messages:
            return
        # Two prompts in a row hang on each other, or side by side on the same answer.
        if any(message["role"] == "assistant" for message in self._messages[end:]):
            self._cut(end)

    def _cut(self, end: int) -> None:
        self._close_thread()
        del self._messages[end:]
        del self._ids[end:]
        self._taken = end

    def _close_thread(self) -> None:
        thread = thread_of(tuple(self._messages), _DIALECT, already_taken=self._taken)
        if thread.turns:
            self._threads.append(thread)

    def _user(self, content: Any) -> None:
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not isinstance(blocks, list) or not blocks:
            return
        if self._messages and self._messages[-1]["role"] == "user":
            previous = self._messages[-1]["content"]
            self._messages[-1]["content"] = _results_first([*previous, *blocks])
            return
        self._append("user", "", list(blocks))

    def _assistant(self, message: dict[str, Any]) -> None:
        content = message.get("content")
        if message.get("model") == SYNTHETIC_MODEL or not isinstance(content, list):
            return
        model = message.get("model")
        self._model = self._model or (model if isinstance(model, str) else "")
        if not self._reported:
            self._reported = _prompt_tokens(message.get("usage"))
        for block in content:
            self._note_tool(block)
        key = str(message.get("id", ""))
        known = self._ids.index(key) if key and key in self._ids[-4:] else None
        if known is not None and known >= self._taken:
            self._messages[known]["content"].extend(content)
        else:
            self._append("assistant", key, list(content))

    def _append(self, role: str, key: str, content: list[Any]) -> None:
        self._messages.append({"role": role, "content": content})
        self._ids.append(key)

    def _note_tool(self, block: Any) -> None:
        if not isinstance(block, dict) or block.get("type") != "tool_use":
            return
        arguments = block.get("input")
        names = self._arguments.setdefault(str(block.get("name", "")), set())
        names.update(arguments if isinstance(arguments, dict) else ())


def _tool(name: str, arguments: set[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {argument: {} for argument in sorted(arguments)}
    return {"name": name, "input_schema": {"type": "object", "properties": properties}}


def _has_results(content: Any) -> bool:
    return isinstance(content, list) and any(_is_result(block) for block in content)


def _is_result(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "tool_result"


def _results_first(blocks: list[Any]) -> list[Any]:
    """Anthropic wants the results of calls before all else in a message."""
    return sorted(blocks, key=lambda block: not _is_result(block))


def _prompt_tokens(usage: Any) -> int:
    if not isinstance(usage, dict):
        return 0
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(usage[name] for name in names if isinstance(usage.get(name), int))
