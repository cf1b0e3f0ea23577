"""`Provider`: routes a request to its dialect, records it, and answers by script."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from tests.upstream import anthropic, chat, gemini, openai, responses
from tests.upstream.batches import Batches
from tests.upstream.memory import Count, Memory, bytes_over_four
from tests.upstream.script import Failure, Script
from tests.upstream.validate import Refused, unknown_marks
from tests.upstream.wire import Received, Reply, json_reply

Scripted = Script | Failure | Reply
Chooser = Callable[[Received], Scripted]

DONE = Script()
"""What is said when no script says anything else."""

INVALID_KEY = "invalid"
"""A credential that is refused with 401."""

# Anthropic: 32 MB for messages and count_tokens (docs, 2026-08).
_BODY_LIMIT = 32 * 1024 * 1024


class Provider:
    """A scripted provider of all four dialects; call it with a request, get the reply.

    What comes next is taken from the queue filled by `next`; when that is empty, from
    *otherwise*.  With *bound_thinking* thinking is bound to its prefix, as on the newer
    Claude models.  *refuses* says which cache marks it does not know, and
    unless *heeds_automatic* it passes over the one at the top level.  WebSockets are refused
    unless it takes *sockets*.
    """

    def __init__(
        self,
        *,
        otherwise: Scripted | Chooser = DONE,
        bound_thinking: bool = False,
        recording: bool = True,
        count: Count = bytes_over_four,
        minimum_cached: int = 0,
        refuses: Refused = "",
        heeds_automatic: bool = True,
        sockets: bool = False,
    ) -> None:
        self.received: list[Received] = []
        self.batches = Batches(self._asked_in_batch)
        self.memory = Memory(count, minimum_cached)
        self.refuses = refuses
        self.sockets = sockets
        self._heeds_automatic = heeds_automatic
        self._otherwise = otherwise
        self._recording = recording
        self._bound_thinking = bound_thinking
        self._queue: deque[Scripted] = deque()
        self._arrived = threading.Condition()

    def bind_thinking(self) -> None:
        """From now on refuse thinking that stands in another conversation."""
        self._bound_thinking = True

    def otherwise(self, scripted: Scripted | Chooser) -> None:
        """From now on answer with this where nothing else is queued."""
        self._otherwise = scripted

    def next(self, *scripted: Scripted) -> None:
        """Answer the next calls of the model with these, one each.

        A `Reply` is sent as it is, whatever was asked; a `Script` only if the request is
        one that the real provider would take.
        """
        self._queue.extend(scripted)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Received]:
        """The requests once there are *count* of them.  Raises TimeoutError."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.received) >= count, timeout_s):
                raise TimeoutError(f"{len(self.received)} of {count} requests came")
            return list(self.received)

    def __call__(self, received: Received) -> Reply:
        """Record the request and give the reply to it."""
        if self._recording:
            with self._arrived:
                self.received.append(received)
                self._arrived.notify_all()
        speaks_anthropic = _speaks_anthropic(received)
        result = self._answer(received, speaks_anthropic=speaks_anthropic)
        if isinstance(result, Reply):
            return result
        if gemini.is_call(received.path):
            return gemini.failure(result)
        if speaks_anthropic:
            return anthropic.failure(result, self.memory)
        return openai.failure(result, self.memory)

    def _answer(self, received: Received, *, speaks_anthropic: bool) -> Reply | Failure:
        if received.method in ("GET", "HEAD") and received.path == "/":
            return json_reply({"status": "ok"})
        problem = _refused_credential(received, speaks_anthropic=speaks_anthropic)
        if problem is not None:
            return problem
        about_batches = self.batches.answer(received)
        if about_batches is not None:
            return about_batches
        if len(received.body) > _BODY_LIMIT:
            return Failure(413)
        if received.header("upgrade") and not received.by_socket:
            return Reply(101) if self.sockets else Failure(426, "Upgrade Required")
        if received.method != "POST":
            return self._other(received, speaks_anthropic=speaks_anthropic)
        return self._posted(received)

    def _posted(self, received: Received) -> Reply | Failure:
        try:
            body = received.json()
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Failure(400, "The request body is not valid JSON")
        except ValueError as error:
            return Failure(415, str(error), "invalid_request_error")
        if gemini.is_call(received.path):
            return self._gemini(received, body)
        return self._of_version_1(received, body)

    def _of_version_1(self, received: Received, body: dict[str, Any]) -> Reply | Failure:
        route = received.path.removeprefix("/v1").removeprefix("/backend-api/codex")
        if route == "/messages/count_tokens":
            return anthropic.count_tokens(body, self.memory)
        if route == "/embeddings":
            return openai.embeddings(body, self.memory)
        if route not in ("/messages", "/chat/completions", "/responses"):
            return self._other(received, speaks_anthropic=_speaks_anthropic(received))
        unknown = unknown_marks(body, self.refuses) if route == "/messages" else None
        if unknown is not None:
            return unknown
        scripted = self._scripted(received)
        if isinstance(scripted, (Failure, Reply)):
            return scripted
        return self._said(route, body, scripted, by_socket=received.by_socket)

    def _asked_in_batch(self, route: str, body: dict[str, Any]) -> Reply | Failure:
        scripted = self._queue.popleft() if self._queue else DONE
        if isinstance(scripted, (Failure, Reply)):
            return scripted
        return self._said(route, body, scripted)

    def _said(
        self, route: str, body: dict[str, Any], scripted: Script, *, by_socket: bool = False
    ) -> Reply | Failure:
        if route == "/messages":
            return self._message(body, scripted)
        if route == "/chat/completions":
            return chat.completion(body, scripted, self.memory)
        return responses.response(body, scripted, self.memory, by_socket=by_socket)

    def _gemini(self, received: Received, body: dict[str, Any]) -> Reply | Failure:
        scripted = DONE if received.path.endswith(":countTokens") else self._scripted(received)
        if isinstance(scripted, (Failure, Reply)):
            return scripted
        return gemini.content(received.target.decode(), body, scripted, self.memory)

    def _message(self, body: dict[str, Any], script: Script) -> Reply | Failure:
        if not self._heeds_automatic:
            body.pop("cache_control", None)
        return anthropic.message(body, script, self.memory, bound=self._bound_thinking)

    def _scripted(self, received: Received) -> Scripted:
        if self._queue:
            return self._queue.popleft()
        return self._otherwise(received) if callable(self._otherwise) else self._otherwise

    def _other(self, received: Received, *, speaks_anthropic: bool) -> Reply | Failure:
        if received.method == "GET" and received.path.removeprefix("/v1") == "/models":
            return json_reply(anthropic.MODELS if speaks_anthropic else openai.MODELS)
        scripted = self._queue[0] if self._queue else None
        if isinstance(scripted, Reply):
            self._queue.popleft()
            return scripted
        return Failure(404, f"Invalid URL ({received.method} {received.path})")


def _speaks_anthropic(received: Received) -> bool:
    return (
        received.header("anthropic-version") is not None
        or received.header("x-api-key") is not None
        or received.path.startswith("/v1/messages")
    )


def _refused_credential(received: Received, *, speaks_anthropic: bool) -> Failure | None:
    bearer = (received.header("authorization") or "").removeprefix("Bearer ")
    key = received.header("x-api-key") or received.header("x-goog-api-key") or bearer
    if not key and speaks_anthropic:
        return Failure(401, "x-api-key header is required")
    if not key:
        return Failure(401, "You didn't provide an API key.", code="invalid_api_key")
    return Failure(401) if key == INVALID_KEY else None
