"""Many conversations at once: light clients, and one model that judges all that it is sent.

A client keeps the replies as they came and knows nothing of us; it can be asked for the same
turn again.  The model runs a command in each turn, looks at what markers name, and notes what
a provider or a model would suffer from: a prefix that changed, an original that is not the one
that was asked for, a text of another tenant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from headroom.marker import TOOL, find_markers, key_of
from tests.proxy.agents import seen
from tests.proxy.house import Client, get, post
from tests.proxy.talks import DESCRIPTION, table
from tests.reliability.test_retrieval import segments_of, texts_in
from tests.support.proxy_process import HEADROOM
from tests.upstream import Call, Received, Say, Script, Think

"""0: as much as a usual run has time for; 1: as much as is promised; more: so many times that."""

ROWS = 80
"""Rows of a table that is planned at once; a longer one is planned in another process."""
LONG_ROWS = 140
UNKNOWN = "There is no original"

OFFERING = (
    *HEADROOM,
    *("--port", "0"),
    *("--ccr-offer", "always"),
    *("--no-stop-at-loss", "--no-toin"),
    *("--mode", "cache"),
    *("--plan-deadline-seconds", "10"),
)
"""A proxy by which a model that asks for everything back is given markers all the same."""
OFFERING_VARIABLES = (
    "HEADROOM_CCR_OFFER=always",
    "HEADROOM_STOP_AT_LOSS=false",
    "HEADROOM_TOIN=false",
    "HEADROOM_MODE=cache",
    "HEADROOM_PLAN_DEADLINE_SECONDS=10",
)
"""The same for what is not started by our command."""

SHARED = "shared"
"""Begins the subjects of conversations that several tenants have, with the same words."""
TWIN = "shared-twin"
"""Of those, whose calls have the same ids too, so that the ledger cannot tell them apart."""

Json = dict[str, Any]
Connect = Callable[[], Awaitable[Client]]


@dataclass
class Talk:
    """One conversation as its client has it.

    Those of the same *subject* say the same.  *number* chooses the tables.
    """

    subject: str
    number: int
    credential: str
    streaming: bool = False
    history: list[Json] = field(default_factory=list)
    turn: int = 0
    over: bool = False

    path = b""

    def body(self) -> Json:
        """The body of the next request."""
        raise NotImplementedError

    def take(self, reply: Json) -> list[str]:
        """Put the reply into the history; the ids of the calls in it."""
        raise NotImplementedError

    def joined(self, events: Sequence[Json]) -> Json:
        """The reply that these events of a stream tell."""
        raise NotImplementedError

    def told(self, call: str, text: str) -> Json:
        """The result of a call, as it stands in the history."""
        raise NotImplementedError

    @property
    def task(self) -> str:
        return f"Please find out why job <{self.subject}> is slow."

    @property
    def tenant(self) -> str:
        """Whose it is: the header that brings the credential."""
        return f"authorization: Bearer {self.credential}"

    def request(self) -> bytes:
        """The next request, which tells the model's side which turn of which talk it is."""
        told = b"x-turn: %d" % self.turn
        body = {**self.body(), "stream": self.streaming}
        return post(self.path, json.dumps(body).encode(), self.tenant.encode(), told)

    async def take_turn(self, client: Client) -> None:
        """Ask once, and run what the model wants.  A turn that fails can be taken again."""
        client.writer.write(self.request())
        answer = await client.answer()
        assert answer.status == 200, answer
        reply = self.joined(_events(answer.body)) if self.streaming else json.loads(answer.body)
        assert TOOL not in json.dumps(reply)
        calls = self.take(reply)
        self.turn += 1
        self.over = not calls
        for call in calls:
            self.history.append(self.told(call, self.table_of(self.turn)))

    def table_of(self, turn: int) -> str:
        """What the command of this turn prints."""
        number = self.number * 100 + turn
        return table(number, LONG_ROWS if number % 11 == 0 else ROWS)


class AnthropicTalk(Talk):
    """With a cache mark that moves on, as agents set it."""

    path = b"/v1/messages"

    @property
    def tenant(self) -> str:
        return f"x-api-key: {self.credential}"

    def body(self) -> Json:
        begun: Json = {"role": "user", "content": [{"type": "text", "text": self.task}]}
        *rest, last = [begun, *self.history]
        *blocks, final = last["content"]
        marked = {**final, "cache_control": {"type": "ephemeral"}}
        tool = {"name": "Bash", "description": DESCRIPTION, "input_schema": {"type": "object"}}
        return {
            "model": "claude-opus-5-5",
            "max_tokens": 1000,
            "tools": [tool],
            "messages": [*rest, {**last, "content": [*blocks, marked]}],
        }

    def take(self, reply: Json) -> list[str]:
        self.history.append({"role": "assistant", "content": reply["content"]})
        return [block["id"] for block in reply["content"] if block["type"] == "tool_use"]

    def told(self, call: str, text: str) -> Json:
        result = {"type": "tool_result", "tool_use_id": call, "content": text}
        return {"role": "user", "content": [result]}

    def joined(self, events: Sequence[Json]) -> Json:
        assert events[-1]["type"] == "message_stop", events[-1]
        blocks: list[Json] = []
        for event in events:
            if event["type"] == "content_block_start":
                assert event["index"] == len(blocks)
                blocks.append({**event["content_block"]})
            elif event["type"] == "content_block_delta":
                self._add(blocks[event["index"]], event["delta"])
        for block in blocks:
            if "partial" in block:
                block["input"] = json.loads(block.pop("partial") or "{}")
        return {"content": blocks}

    def _add(self, block: Json, delta: Json) -> None:
        name = {"input_json_delta": "partial_json"}.get(delta["type"], delta["type"][:-6])
        into = {"partial_json": "partial"}.get(name, name)
        block[into] = block.get(into, "") + delta[name]


class ChatTalk(Talk):
    """Chat Completions."""

    path = b"/v1/chat/completions"

    def body(self) -> Json:
        function = {"name": "Bash", "description": DESCRIPTION, "parameters": {"type": "object"}}
        return {
            "model": "gpt-5.5",
            "tools": [{"type": "function", "function": function}],
            "messages": [{"role": "user", "content": self.task}, *self.history],
        }

    def take(self, reply: Json) -> list[str]:
        message = reply["choices"][0]["message"]
        calls = message.get("tool_calls") or []
        said = {"role": "assistant", "content": message["content"]}
        self.history.append({**said, "tool_calls": calls} if calls else said)
        return [call["id"] for call in calls]

    def told(self, call: str, text: str) -> Json:
        return {"role": "tool", "tool_call_id": call, "content": text}

    def joined(self, events: Sequence[Json]) -> Json:
        assert any(choice["finish_reason"] for event in events for choice in event["choices"])
        content = ""
        calls: dict[int, Json] = {}
        for event in events:
            for choice in event["choices"]:
                content += choice["delta"].get("content") or ""
                for piece in choice["delta"].get("tool_calls", ()):
                    index = piece["index"]
                    call = calls.setdefault(index, {k: v for k, v in piece.items() if k != "index"})
                    if call["function"] is not piece["function"]:
                        call["function"]["arguments"] += piece["function"]["arguments"]
        message = {"content": content or None, "tool_calls": [calls[i] for i in sorted(calls)]}
        return {"choices": [{"message": message}]}


class ResponsesTalk(Talk):
    """Responses, whose history its client keeps."""

    path = b"/v1/responses"

    def body(self) -> Json:
        tool = {"type": "function", "name": "Bash", "description": DESCRIPTION}
        return {
            "model": "gpt-5.5",
            "tools": [{**tool, "parameters": {"type": "object"}}],
            "store": False,
            "input": [{"type": "message", "role": "user", "content": self.task}, *self.history],
        }

    def take(self, reply: Json) -> list[str]:
        self.history += reply["output"]
        return [item["call_id"] for item in reply["output"] if item["type"] == "function_call"]

    def told(self, call: str, text: str) -> Json:
        return {"type": "function_call_output", "call_id": call, "output": text}

    def joined(self, events: Sequence[Json]) -> Json:
        assert events[-1]["type"] == "response.completed", events[-1]
        return dict(events[-1]["response"])


KINDS: tuple[type[Talk], ...] = (AnthropicTalk, ChatTalk, AnthropicTalk, ResponsesTalk)
"""Half of all talks are with bound thinking."""


def _events(stream: bytes) -> list[Json]:
    lines = (line[6:] for line in stream.split(b"\n") if line.startswith(b"data: {"))
    return [json.loads(line) for line in lines]


# The model's side


@dataclass
class Line:
    """What the provider has seen of one conversation, as digests of its segments.

    *settled* is what the client had a reply to, *first* the first request of its turn;
    *retrievals* is how many calls of our tool were answered, *offered* whether it is still there.
    """

    turn: int = -1
    latest: list[bytes] = field(default_factory=list)
    settled: list[bytes] = field(default_factory=list)
    first: list[bytes] = field(default_factory=list)
    retrievals: int = 0
    offered: bool = False


@dataclass
class Judge:
    """The model behind all conversations, each of *turns* commands.

    *asked* is called for each request, *told* for each marker that was not seen before, with
    its tenant and key.
    """

    turns: int
    asked: Callable[[], None] = lambda: None
    told: Callable[[str, str], None] = lambda *_: None
    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    markers: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """By tenant, the keys of all markers that it sent, in their order."""
    private: dict[str, str] = field(default_factory=dict)
    """By tenant, the key of a text that nobody else has."""
    foreign: set[tuple[str, str]] = field(default_factory=set)
    """What was asked for by a tenant that never had it."""
    troubles: list[str] = field(default_factory=list)
    requests: int = 0

    def __call__(self, received: Received) -> Script:
        self.requests += 1
        tenant, subject = _tenant(received), _subject(received)
        self._judge(received, tenant, subject)
        self.asked()
        for text in texts_in(received.json()):
            for marker in find_markers(text):
                if marker.key not in self.markers[tenant]:
                    self.markers[tenant][marker.key] = None
                    if not subject.startswith(SHARED):
                        self.private[tenant] = marker.key
                    self.told(tenant, marker.key)
        return self._script(received, tenant, subject)

    def _judge(self, received: Received, tenant: str, subject: str) -> None:
        name, turn = f"{tenant} {subject}", int(received.header("x-turn") or -1)
        line = self.lines[tenant, subject]
        now = [hashlib.blake2b(s, digest_size=16).digest() for s in segments_of(received)]
        if turn != line.turn:
            line.turn, line.settled, line.first = turn, line.latest, now
        elif not _begins(line.latest, now) and now != line.first:
            self.troubles.append(f"{name}: a leg or a second try of turn {turn} is another")
        if not _begins(line.settled, now):
            self.troubles.append(f"{name}: turn {turn} does not go on from what was sent")
        line.latest = now
        for key, text in _retrieved(received):
            if (tenant, key) in self.foreign:
                if not text.startswith(UNKNOWN):
                    self.troubles.append(f"{name}: turn {turn} shows the foreign {key}")
            elif key_of(text) != key:
                self.troubles.append(f"{name}: turn {turn} missed {key}: {text[:80]}")

    def _script(self, received: Received, tenant: str, subject: str) -> Script:
        now = seen(received)
        line = self.lines[tenant, subject]
        line.offered = TOOL in now.tools
        line.retrievals += sum(name == TOOL for name, _ in now.results)
        thought = Think(f"Thought {now.commands} after {len(now.results)} results.")
        same = f"{subject}_{now.commands}" if subject.startswith(TWIN) else ""
        known = {key for key, _ in _retrieved(received)}
        markers = [m for name, text in now.results if name != TOOL for m in find_markers(text)]
        keys = [marker.key for marker in markers if marker.key not in known]
        asks = [Call(TOOL, {"hash": key}, same and f"toolu_ask_{same}") for key in keys[:1]]
        if asks and now.commands == 1 and not same and (other := self._of_another(tenant)):
            asks.append(Call(TOOL, {"hash": other}))
        if now.commands == self.turns:
            return Script((thought, *asks) if asks else (thought, Say("That is all.")))
        command = Call("Bash", {"command": f"step {now.commands}"}, same and f"toolu_run_{same}")
        if not asks or (now.commands + len(subject)) % 4 == 3:
            return Script((thought, command))
        if now.commands % 3 == 0:
            return Script((thought, *asks, command))
        return Script((thought, Say(f"Let me look at it, {now.commands}. "), *asks))

    def _of_another(self, tenant: str) -> str:
        """What another tenant alone has; empty if there is nothing yet."""
        keys = [key for other, key in self.private.items() if other != tenant]
        if not keys:
            return ""
        key = keys[self.requests % len(keys)]
        self.foreign.add((tenant, key))
        return key


def _begins(earlier: list[bytes], later: list[bytes]) -> bool:
    return later[: len(earlier)] == earlier


def _tenant(received: Received) -> str:
    key = received.header("x-api-key")
    return f"x-api-key: {key}" if key else f"authorization: {received.header('authorization')}"


def _subject(received: Received) -> str:
    found = re.search(rb"job <([^>]+)>", received.body)
    assert found is not None
    return found[1].decode()


def _retrieved(received: Received) -> Iterator[tuple[str, str]]:
    """What all calls of our tool in this request asked for, and what they were told."""
    keys: dict[str, str] = {}
    for piece in _objects(received.json()):
        kind = piece.get("type")
        if kind == "tool_use" and piece["name"] == TOOL:
            keys[piece["id"]] = piece["input"]["hash"]
        elif kind == "function" and "id" in piece and piece["function"]["name"] == TOOL:
            keys[piece["id"]] = json.loads(piece["function"]["arguments"])["hash"]
        elif kind == "function_call" and piece["name"] == TOOL:
            keys[piece["call_id"]] = json.loads(piece["arguments"])["hash"]
        call = piece.get("tool_use_id") or piece.get("tool_call_id") or piece.get("call_id")
        if call in keys and (text := piece.get("content") or piece.get("output")):
            yield keys[call], text


def _objects(value: Any) -> Iterator[Json]:
    """Every object in a JSON value, before those inside it."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from _objects(member)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


# Originals


async def assert_redeemable(judge: Judge, client: Client) -> None:
    """Every tenant is given every original that a marker has named to its provider."""
    for tenant, keys in judge.markers.items():
        for key in keys:
            assert key_of(await redeemed(client, tenant, key)) == key


async def redeemed(client: Client, tenant: str, key: str) -> str:
    """What this tenant is given for a key; empty when that is nothing."""
    client.writer.write(get(f"/v1/retrieve/{key}".encode(), tenant.encode()))
    answer = await client.answer()
    assert answer.status in (200, 404), answer
    return str(json.loads(answer.body)["original_content"]) if answer.status == 200 else ""
