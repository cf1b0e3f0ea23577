"""Something that listens and answers GET with what a test names, and remembers what it was asked;
and traffic for a real proxy."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from headroom.settings import Settings

Answers = Mapping[str, tuple[int, bytes]]


@dataclass(slots=True)
class Listener:
    """Where it listens, and the headers of each request by its path."""

    port: int = 0
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def tokens(self) -> list[str | None]:
        """The tokens that came, one for each request."""
        return [headers.get("x-headroom-api-key") for _, headers in self.asked]


@contextmanager
def listening(answers: Answers, *, token: str = "") -> Iterator[Listener]:
    """Answers these paths, others with 404; with *token*, whoever does not bring it with 401."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.asked.append((self.path, headers))
            status, body = answers.get(self.path, (404, b'{"detail": "not found"}'))
            if token and self.path != "/readyz" and headers.get("x-headroom-api-key") != token:
                status, body = 401, b'{"detail": "a token is needed"}'
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield listener
        finally:
            server.shutdown()


def page(**told: Any) -> tuple[int, bytes]:
    """This object as a page."""
    return 200, json.dumps(told).encode()


def settings_at(url: str, workspace: Path, **changes: Any) -> Settings:
    """Those of a proxy that listens there."""
    port = urllib.parse.urlsplit(url).port or 0
    return Settings(port=port, workspace_dir=workspace, config_dir=workspace, **changes)


LOG = "\n".join(
    f"2026-11-26 12:00:{i % 60:02} INFO worker {i % 7} request {i} done" for i in range(400)
)


def send(url: str, *, text: str = LOG, model: str = "claude-opus-4-7", times: int = 1) -> list[int]:
    """Ask so often for an answer to a tool's result; the statuses that came."""
    call = {"type": "tool_use", "id": "c", "name": "Bash", "input": {"command": "cat a.log"}}
    result = {"type": "tool_result", "tool_use_id": "c", "content": text}
    statuses = []
    for number in range(times):
        messages = [
            {"role": "user", "content": f"What happened, {number}?"},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ]
        tool = {"name": "Bash", "input_schema": {"type": "object"}}
        body = {"model": model, "max_tokens": 99, "messages": messages, "tools": [tool]}
        request = urllib.request.Request(
            f"{url}/v1/messages",
            data=json.dumps(body).encode(),
            headers={
                "content-type": "application/json",
                "x-api-key": "k",
                "anthropic-version": "2023-06-01",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                answer.read()
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                error.read()
            statuses.append(error.code)
    return statuses
