"""A WebSocket of the Responses API: each `response.create` is answered as if it had been posted.

What is streamed becomes one message per event; an error becomes one of type `error`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.upstream.wire import Cut, Hold, Pause, Received, Reply

LARGEST_FRAME_BYTES = 64 * 1024 * 1024


class Socket:
    """One connection behind the handshake *asked*."""

    def __init__(
        self,
        asked: Received,
        answer: Callable[[Received], Reply],
        transport: asyncio.Transport,
    ) -> None:
        self._asked = asked
        self._answer = answer
        self._transport = transport
        self._protocol = ServerProtocol(max_size=LARGEST_FRAME_BYTES)
        self._waiting: deque[bytes] = deque()
        self._text: list[bytes] = []
        self._playing: asyncio.Task[None] | None = None

    def feed(self, data: bytes) -> None:
        """Bytes of the client, the handshake first."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._text.append(bytes(event.data))
                if event.fin:
                    self._waiting.append(b"".join(self._text))
                    self._text = []
        self._flush()
        if self._waiting and self._playing is None:
            self._playing = asyncio.ensure_future(self._play())

    def end(self) -> None:
        """The client has gone."""
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self) -> None:
        while self._waiting:
            frame = self._waiting.popleft()
            asked = self._asked
            received = Received("POST", asked.target, asked.headers, frame, by_socket=True)
            await self._say(self._answer(received))
        self._playing = None

    async def _say(self, reply: Reply) -> None:
        if reply.status != 200:
            error = msgspec.json.decode(reply.body)
            self._send(msgspec.json.encode({"type": "error", "status": reply.status, **error}))
            return
        for step in reply.steps:
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Hold):
                await step.gate.passed()
            elif isinstance(step, Cut):
                self._transport.close()
            else:
                self._send(step.split(b"data: ", 1)[1].strip())

    def _send(self, text: bytes) -> None:
        self._protocol.send_text(text)
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
