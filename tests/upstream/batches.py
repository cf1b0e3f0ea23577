"""Batches of both providers, and files for them: made at once, over when they are asked about.

Each request in one is answered as it would be by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.upstream.script import Failure
from tests.upstream.wire import Received, Reply, json_reply

Json = dict[str, Any]
Ask = Callable[[str, Json], Reply | Failure]
"""Answers the body of one request to this path."""

CREATED, TIME = 1_790_000_000, "2026-11-27T06:00:00Z"
# Anthropic: 256 MB (docs, 2026-08); OpenAI: 200 MB (docs/guides/batch, 2026-11).
BODY_LIMIT = 256 * 1024 * 1024

_ANTHROPIC = re.compile(r"/v1/messages/batches(?:/([\w-]+)(/results)?)?")
_FILE = re.compile(r"/v1/files(?:/([\w-]+)(/content)?)?")
_OPENAI = re.compile(r"/v1/batches(?:/([\w-]+))?")


class Batches:
    """What was sent, and what came of it; *ask* answers one request."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.results: dict[str, bytes] = {}
        """The results of Anthropic's batches, by their ids."""
        self.files: dict[str, bytes] = {}
        self._names: dict[str, Json] = {}
        self._made: dict[str, Json] = {}

    def answer(self, received: Received) -> Reply | Failure | None:
        """The reply, where this is about a batch or a file."""
        told = received.header("anthropic-version")
        if found := _ANTHROPIC.fullmatch(received.path):
            return self._messages(received, found[1], results=bool(found[2]))
        if not told and (found := _FILE.fullmatch(received.path)):
            return self._file(received, found[1], content=bool(found[2]))
        if found := _OPENAI.fullmatch(received.path):
            return self._batch(received, found[1])
        return None

    def _messages(self, received: Received, name: str | None, *, results: bool) -> Reply | Failure:
        if received.method == "POST" and not name:
            return self._make_messages(received)
        if name not in self.results:
            return Failure(404)
        if not results:
            return json_reply(_message_batch(name, self.results[name].count(b"\n"), "ended"))
        return Reply(200, (("content-type", "application/x-jsonl"),), (self.results[name],))

    def _make_messages(self, received: Received) -> Reply | Failure:
        asked = received.json().get("requests")
        if not isinstance(asked, list):
            return Failure(400, "requests: Input should be a valid list")
        name = f"msgbatch_{len(self.results) + 1}"
        lines = []
        for one in asked:
            if not isinstance(one, dict) or not isinstance(one.get("params"), dict):
                return Failure(400, "requests: Input should be a valid dictionary")
            said = self._ask("/messages", one["params"])
            result: Json = {"type": "succeeded", "message": _body(said)}
            if isinstance(said, Failure):
                result = {"type": "errored", "error": _error(said)}
            lines.append(msgspec.json.encode({"custom_id": one["custom_id"], "result": result}))
        # In no order that anybody may rely on.
        self.results[name] = b"".join(line + b"\n" for line in reversed(lines))
        return json_reply(_message_batch(name, len(asked), "in_progress"))

    def _file(self, received: Received, name: str | None, *, content: bool) -> Reply | Failure:
        if received.method == "POST" and not name:
            parts = dict(_parts(received))
            name = f"file-{len(self.files) + 1}"
            self.files[name] = parts["file"]
            self._names[name] = _file_object(name, parts["file"], parts["purpose"].decode())
            return json_reply(self._names[name])
        if name not in self.files:
            return Failure(404)
        if not content:
            return json_reply(self._names[name])
        return Reply(200, (("content-type", "application/octet-stream"),), (self.files[name],))

    def _batch(self, received: Received, name: str | None) -> Reply | Failure:
        if received.method != "POST":
            return json_reply(self._made[name]) if name in self._made else Failure(404)
        asked = received.json()
        if asked.get("input_file_id") not in self.files:
            return Failure(400, "Invalid input file")
        name = f"batch_{len(self._made) + 1}"
        lines, used = self._run(self.files[asked["input_file_id"]])
        output = f"file-{name}-output"
        self.files[output] = b"".join(lines)
        counts = {"total": len(lines), "completed": len(lines), "failed": 0}
        made = {
            **asked, "id": name, "object": "batch", "errors": None, "status": "completed",
            "created_at": CREATED, "output_file_id": output, "request_counts": counts,
            "usage": used,
        }  # fmt: skip
        self._made[name] = made
        nothing = dict.fromkeys(counts, 0)
        begun = {"status": "validating", "output_file_id": None, "request_counts": nothing}
        return json_reply({**made, **begun, "usage": None})

    def _run(self, file: bytes) -> tuple[list[bytes], Json]:
        lines: list[bytes] = []
        used: Json = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        for line in file.splitlines():
            row = msgspec.json.decode(line)
            said = self._ask(row["url"].removeprefix("/v1"), row["body"])
            body = {"error": _error(said)} if isinstance(said, Failure) else _body(said)
            usage = body.get("usage") or {}
            for name in ("input", "output"):
                older = "prompt" if name == "input" else "completion"
                tokens = usage.get(f"{name}_tokens", usage.get(f"{older}_tokens", 0))
                used[f"{name}_tokens"] += tokens
            status = said.status
            response = {"status_code": status, "request_id": "req", "body": body}
            made = {"id": "batch_req", "custom_id": row["custom_id"], "response": response}
            lines.append(msgspec.json.encode({**made, "error": None}) + b"\n")
        return lines, used


def _parts(received: Received) -> Iterator[tuple[str, bytes]]:
    kind = received.header("content-type") or ""
    between = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    for part in received.body.split(between)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb' name="([^"]+)"', head)
        assert name is not None
        yield name[1].decode(), content.removesuffix(b"\r\n")


def _file_object(name: str, content: bytes, purpose: str) -> Json:
    return {
        "id": name, "object": "file", "bytes": len(content), "created_at": CREATED,
        "filename": "batch.jsonl", "purpose": purpose, "status": "processed",
    }  # fmt: skip


def _message_batch(name: str, requests: int, status: str) -> Json:
    over = status == "ended"
    counts = dict.fromkeys(("errored", "canceled", "expired"), 0)
    return {
        "id": name, "type": "message_batch", "processing_status": status,
        "request_counts": {
            "processing": 0 if over else requests, "succeeded": requests if over else 0, **counts,
        },
        "created_at": TIME, "expires_at": TIME, "ended_at": TIME if over else None,
        "archived_at": None, "cancel_initiated_at": None,
        "results_url": f"/v1/messages/batches/{name}/results" if over else None,
    }  # fmt: skip


def _body(said: Reply | Failure) -> Json:
    if isinstance(said, Failure):
        return {}
    found = msgspec.json.decode(said.body)
    assert isinstance(found, dict)
    return found


def _error(failure: Failure) -> Json:
    return {"type": "error", "error": {"type": failure.kind or "error", "message": failure.message}}
