"""The same reply to everything, as fast as Python can: an upstream for benchmarks.

It reads no JSON.  The words `bench-stream` or `bench-paced` anywhere in the body (a client
puts them into `metadata.user_id`) ask for a stream: all at once, or an event every 5 ms.
"""

from __future__ import annotations

import functools

from tests.upstream import anthropic, chat, responses
from tests.upstream.memory import Memory
from tests.upstream.script import Failure, Say, Script
from tests.upstream.wire import Received, Reply

STREAM = b"bench-stream"
PACED = b"bench-paced"
PACE_S = 0.005
PACED_EVENTS = 300

_TEXT = "The build is green again: the flaky test waited for a port that was never freed. "


def answer(received: Received) -> Reply:
    """The canned reply for this path and for what the body asks."""
    if received.method != "POST":
        return Reply(200, (("content-type", "application/json"),), (b'{"data":[]}',))
    asked = received.body.find(b"bench-")
    if asked < 0:
        return _canned(received.path, "whole")
    paced = received.body.startswith(PACED, asked)
    return _canned(received.path, "paced" if paced else "stream")


@functools.cache
def _canned(path: str, how: str) -> Reply:
    if how == "paced":
        script = Script((Say("x" * PACED_EVENTS),), piece=1, between_s=PACE_S)
    else:
        script = Script((Say(_TEXT * 4),))
    memory = Memory()
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024,
        "stream": how != "whole",
        "messages": [{"role": "user", "content": "hi"}],
        "input": "hi",
    }
    if path.endswith("/chat/completions"):
        reply = chat.completion(body, script, memory)
    elif path.endswith("/responses"):
        reply = responses.response(body, script, memory)
    else:
        reply = anthropic.message(body, script, memory, bound=False)
    return anthropic.failure(reply, memory) if isinstance(reply, Failure) else reply
