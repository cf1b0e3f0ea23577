"""An agent that speaks the Responses API over a WebSocket, as Codex does.

It sends only what is new, behind the id of the last answer; once its connection has ended, or over
HTTP, it sends all of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.proxy.house import PATIENCE_S, House, post
from tests.proxy.talks import DESCRIPTION, TASK, Json

PATH = "/v1/responses"
KEY = "sk-test"
TOOLS = [
    {
        "type": "function",
        "name": "Bash",
        "description": DESCRIPTION,
        "parameters": {"type": "object"},
    }
]


def asking(text: str) -> Json:
    """What a user says."""
    return {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": text}],
    }


def result(call_id: str, text: str) -> Json:
    """What a tool says."""
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def retold(item: Json) -> Json:
    """An item of an answer as Codex 0.171 sends it again (seen on its wire, 2026-11)."""
    if item["type"] == "reasoning":
        return {**item, "content": None}
    if item["type"] == "message":
        return {name: value for name, value in item.items() if name != "id"}
    return item


@dataclass(slots=True)
class Agent:
    """One conversation."""

    house: House
    items: list[Json] = field(default_factory=lambda: [asking(TASK)])
    answer_id: str = ""
    sent: int = 0
    """How many items the connection has been told."""
    socket: aiohttp.ClientWebSocketResponse | None = None
    members: Json = field(default_factory=dict)

    @property
    def body(self) -> Json:
        """What a request holds beside its input."""
        return {"model": "gpt-5", "stream": True, "store": False, "tools": TOOLS, **self.members}

    def frame(self) -> str:
        """The next request as a message."""
        told: Json = {"type": "response.create", **self.body, "input": self.items[self.sent :]}
        if self.answer_id:
            told["previous_response_id"] = self.answer_id
        return json.dumps(told)

    @asynccontextmanager
    async def connected(
        self, headers: Mapping[str, str] | None = None, path: str = PATH
    ) -> AsyncIterator[Agent]:
        """With a new connection, which knows nothing of what was said before."""
        self.answer_id, self.sent = "", 0
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"http://127.0.0.1:{self.house.port}{path}",
                headers={"authorization": f"Bearer {KEY}", **(headers or {})},
            ) as socket,
        ):
            self.socket = socket
            yield self
        self.socket = None

    async def ask(self, *new: Json, frame: str = "") -> Json:
        """Say this; the last event of the answer, whose items are said from now on."""
        assert self.socket is not None
        self.items.extend(new)
        await self.socket.send_str(frame or self.frame())
        return await self.hear()

    async def hear(self) -> Json:
        """The last event of the next answer."""
        assert self.socket is not None
        said: list[Json] = []
        while True:
            message = await asyncio.wait_for(self.socket.receive(), PATIENCE_S)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            event: Json = json.loads(message.data)
            if event["type"] == "response.output_item.done":
                said.append(event["item"])
            if event["type"] in ("error", "response.completed", "response.failed"):
                break
        if event["type"] == "response.completed":
            self.sent = len(self.items) + len(said)
            self.items.extend(map(retold, said))
            self.answer_id = event["response"]["id"]
        return event

    async def run(self, text: str) -> Json:
        """Give the tool that was called last this answer."""
        return await self.ask(result(self.items[-1]["call_id"], text))

    async def post(self, *new: Json, headers: tuple[bytes, ...] = ()) -> int:
        """The same over HTTP, all of it; the reply's status."""
        self.items.extend(new)
        body = json.dumps({**self.body, "input": self.items}).encode()
        answer = await self.house.ask(
            post(PATH.encode(), body, b"authorization: Bearer " + KEY.encode(), *headers)
        )
        for line in answer.body.split(b"\n"):
            if line.startswith(b"data: {"):
                event: Any = json.loads(line[6:])
                if event["type"] == "response.output_item.done":
                    self.items.append(retold(event["item"]))
        return answer.status
