"""Gemini CLI session files: contents as they were sent, from the lines it left behind.

A line about the session, then one message per line; a later line of the same `id` takes the
place of the earlier one, `$rewindTo` takes messages back, and `$set` may replace them all.
Older files are one object that holds its messages.  Calls stand beside the model's text; system
prompt, tools and most thought signatures are not recorded.
Source: what Gemini CLI 0.61 wrote and sent (2026-11), and how it reads its own files
(`loadConversationRecord`, `convertSessionToClientHistory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from headroom.replay.dialects import GeminiDialect
from headroom.replay.session import Session, Thread, followed, thread_of

_DIALECT = GeminiDialect()

# `info` is what the client tells its user, or bytes of a file, which go on as the user's.
_ROLES: Mapping[str, str] = {"user": "user", "gemini": "model", "info": "user"}

# In the file a result still holds what is sent beside it.
_SENT_BESIDE = "__binary_injection__"


def is_gemini_cli(line: dict[str, Any]) -> bool:
    """Whether this line, or older file, is one of a Gemini CLI session."""
    return isinstance(line.get("sessionId"), str) and isinstance(line.get("projectHash"), str)


def gemini_cli_sessions(name: str, lines: Iterable[dict[str, Any]]) -> list[Session]:
    """The session of one file, if it holds any turn."""
    return followed(_Conversation(), name, lines)


class _Conversation:
    """Follows the messages, and the client when it rewrites them."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, Any]] = {}
        self._taken = 0
        self._threads: list[Thread] = []
        self._model = ""
        self._reported = 0
        self._arguments: dict[str, set[str]] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Take in the next line of the file."""
        changed = line.get("$set")
        if isinstance(line.get("$rewindTo"), str):
            self._rewind(line["$rewindTo"])
        elif isinstance(line.get("id"), str):
            self._put(line)
        else:
            self._replace((changed if isinstance(changed, dict) else line).get("messages"))

    def session(self, name: str) -> Session:
        """The session so far."""
        self._close_thread()
        model = self._model or _DIALECT.default_model
        declared = [_declared(tool, names) for tool, names in sorted(self._arguments.items())]
        head: dict[str, Any] = {"contents": None}
        if declared:
            head["tools"] = [{"functionDeclarations": declared}]
        return Session(
            name=name,
            dialect=_DIALECT,
            model=model,
            head=head,
            threads=tuple(self._threads),
            reported_tokens=self._reported,
        )

    def _put(self, message: dict[str, Any]) -> None:
        self._messages[message["id"]] = message
        model, tokens = message.get("model"), message.get("tokens")
        if isinstance(model, str):
            self._model = self._model or model
        reported = tokens.get("input") if isinstance(tokens, dict) else None
        if isinstance(reported, int):
            self._reported = self._reported or reported

    def _replace(self, messages: Any) -> None:
        if not isinstance(messages, list):
            return
        was_begun = bool(self._messages)
        self._close_thread()
        self._messages = {}
        for message in messages:
            if isinstance(message, dict) and isinstance(message.get("id"), str):
                self._put(message)
        self._taken = len(_contents(self._messages.values())) if was_begun else 0

    def _rewind(self, key: str) -> None:
        """Take back this message and all behind it; all there are, if it is not known."""
        self._close_thread()
        keys = list(self._messages)
        kept = keys[: keys.index(key)] if key in self._messages else []
        self._messages = {each: self._messages[each] for each in kept}
        self._taken = len(_contents(self._messages.values()))

    def _close_thread(self) -> None:
        contents = _contents(self._messages.values())
        thread = thread_of(tuple(contents), _DIALECT, already_taken=self._taken)
        if thread.turns:
            self._threads.append(thread)
            self._note_tools(contents)

    def _note_tools(self, contents: Iterable[dict[str, Any]]) -> None:
        for part in (part for content in contents for part in content["parts"]):
            call = _DIALECT.call(part)
            if call is not None:
                names = self._arguments.setdefault(call.name, set())
                names.update(call.arguments if isinstance(call.arguments, dict) else ())


def _contents(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contents that these messages are sent as: what one role says in a row is one."""
    messages = list(messages)
    answered = frozenset(
        result.call
        for message in messages
        for result in map(_DIALECT.result, _parts(message.get("content")))
        if result is not None
    )
    contents: list[dict[str, Any]] = []
    for role, parts in (each for message in messages for each in _said(message, answered)):
        sent = [_as_sent(part) for part in parts if part.get("thought") is not True]
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += sent
        elif sent:
            contents.append({"role": role, "parts": sent})
    return contents


def _said(
    message: dict[str, Any], answered: frozenset[str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What a message says, and the results of its calls where no other message has them."""
    content, kind = message.get("content"), str(message.get("type"))
    if kind in _ROLES and (kind != "info" or isinstance(content, list)):
        yield _ROLES[kind], _parts(content)
    if kind != "gemini":
        return
    recorded = message.get("toolCalls")
    listed = recorded if isinstance(recorded, list) else []
    calls = [each for each in listed if isinstance(each, dict)]
    if all(_DIALECT.call(part) is None for part in _parts(content)):
        yield "model", [{"functionCall": _named(call, args=call.get("args"))} for call in calls]
    for call in calls:
        if str(call.get("id")) not in answered:
            yield "user", _results(call)


def _results(call: dict[str, Any]) -> list[dict[str, Any]]:
    result = call.get("result")
    if isinstance(result, str) and result:
        return [{"functionResponse": _named(call, response={"output": result})}]
    return _parts(result)


def _named(call: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": call.get("id"), "name": call.get("name"), **more}


def _parts(content: Any) -> list[dict[str, Any]]:
    """A content's parts: a text, a part, or a list of both."""
    listed = content if isinstance(content, list) else [content]
    parts = ({"text": each} if isinstance(each, str) and each else each for each in listed)
    return [part for part in parts if isinstance(part, dict)]


def _as_sent(part: dict[str, Any]) -> dict[str, Any]:
    """The part with its call's id as the provider gave it: in the file it begins with a name."""
    sent = dict(part)
    for member in ("functionCall", "functionResponse"):
        inner = part.get(member)
        if isinstance(inner, dict):
            sent[member] = _with_its_id(inner)
    return sent


def _with_its_id(named: dict[str, Any]) -> dict[str, Any]:
    sent = dict(named)
    if isinstance(named.get("id"), str):
        sent["id"] = named["id"].removeprefix(f"{named.get('name')}__")
    response = named.get("response")
    if isinstance(response, dict) and _SENT_BESIDE in response:
        sent["response"] = {key: each for key, each in response.items() if key != _SENT_BESIDE}
    return sent


def _declared(name: str, arguments: set[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {argument: {} for argument in sorted(arguments)}
    return {"name": name, "parameters": {"type": "OBJECT", "properties": properties}}
