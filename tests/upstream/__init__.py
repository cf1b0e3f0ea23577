"""A provider on loopback that answers by script and checks requests as the real ones do.

wire.py         what came in (`Received`), what goes out (`Reply` and its steps)
server.py       bytes to `Received`, `Reply` to bytes: a small HTTP/1.1 server
sockets.py      its WebSockets, for the Responses API
script.py       what a test wants said: `Script` of `Say`, `Think`, `Call`; `Failure`
memory.py       what a provider remembers: cached prefixes, signatures, responses
validate.py     which requests it refuses, with the words that it uses
anthropic.py    the dialect of `/v1/messages`
chat.py         the dialect of `/v1/chat/completions`
responses.py    the dialect of `/v1/responses`
gemini.py       the dialect of `/v1beta/models/…:generateContent`
batches.py      batches of both, and files of requests for them
provider.py     `Provider`: routes, records, scripts
canned.py       the same reply to everything, as fast as Python can (for benchmarks)

with running(provider := Provider()) as url:
    provider.next(Script(Say("Hello")))
    ...  # a client of *url*
    assert provider.received[0].body == ...
"""

from tests.upstream.provider import Provider
from tests.upstream.script import Call, Failure, Say, Script, Think
from tests.upstream.server import running
from tests.upstream.wire import Cut, Gate, Hold, Pause, Received, Reply

__all__ = [
    "Call",
    "Cut",
    "Failure",
    "Gate",
    "Hold",
    "Pause",
    "Provider",
    "Received",
    "Reply",
    "Say",
    "Script",
    "Think",
    "running",
]
