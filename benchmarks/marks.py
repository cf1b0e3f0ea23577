"""Measures what clients pay that set no cache marks: directly, through us, through the original.

    python -m benchmarks.marks [FOLDER of sessions] [--originals] [--peers FOLDER]

Every session goes through the real proxy to a scripted provider that caches as Anthropic does:
only up to marks, with the automatic one at the top level, twenty blocks of look-back, nothing
below 1,024 tokens; written at 1.25, read at 0.1, all else in full, output at 5.  What it does not
take it refuses.  Writes Markdown to the screen: bills over that of the same session sent directly.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers, subjects
from benchmarks.marked_sessions import Group, made_groups, recorded_group
from headroom.replay.bill import Tokens
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.session import Turn
from headroom.tokens import Counter
from tests.support.proxy_process import proxy_process
from tests.upstream import Received, Reply, running
from tests.upstream.anthropic import failure, segments_of
from tests.upstream.memory import Memory, canonical
from tests.upstream.validate import Refused, anthropic_problem, unknown_marks
from tests.upstream.wire import json_reply

LEAST_CACHED = 1024
READ, WRITE, OUTPUT = 0.1, 1.25, 5.0
HEADERS = {
    "content-type": "application/json",
    "x-api-key": "sk-ant-api03-made-up",
    "anthropic-version": "2023-06-01",
}
PATIENCE_S = 120.0


@dataclass(slots=True)
class Bill:
    """What was paid so far, in units of one uncached input token."""

    prompt: float = 0.0
    output: float = 0.0
    requests: int = 0
    failed: int = 0

    @property
    def whole(self) -> float:
        """All of it."""
        return self.prompt + self.output


@dataclass(slots=True)
class Till:
    """A provider that answers with what was really said, and bills what it is asked."""

    count: Callable[[bytes], int]
    refuses: Refused = ""
    bill: Bill = field(default_factory=Bill)
    turn: Turn | None = None
    memory: Memory = field(default_factory=Memory)

    def forget(self) -> None:
        """Nothing is cached any more."""
        self.memory = Memory(self.count, LEAST_CACHED)

    def __call__(self, received: Received) -> Reply:
        """Answer, and bill."""
        if received.method != "POST" or self.turn is None:
            return json_reply({"data": []})
        body = received.json()
        problem = unknown_marks(body, self.refuses) or anthropic_problem(body, self.memory)
        if problem is not None:
            return failure(problem, self.memory)
        paid = self.memory.bill_marked(segments_of(body))
        written = paid.write_5m + paid.write_1h
        output = sum(self.count(canonical(said)) for said in self.turn.reply)
        self.bill.prompt += paid.plain + READ * paid.read + WRITE * written
        self.bill.output += OUTPUT * output
        tokens = Tokens(paid.read, written, output)
        told = AnthropicDialect().answer(body["model"], self.turn.reply, tokens)
        told["usage"]["input_tokens"] = paid.plain
        return json_reply(told)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the provider; *opened* gives the address to ask, in front of the provider's."""

    name: str
    opened: Callable[[str, Path], Iterator[str]]
    refuses: Refused = ""
    by_hand: bool = False
    """Whether the client sets the automatic mark itself."""


def ways(originals: Sequence[str], folder: Path) -> list[Way]:
    """All that are compared; the first is what the others are held against."""
    return [
        Way("direct", _direct),
        Way("direct, marked by hand", _direct, by_hand=True),
        Way("ours", _ours()),
        Way("ours, top-level mark refused", _ours(), refuses="auto"),
        Way("ours, all marks refused", _ours(), refuses="blocks"),
        Way("ours, --no-auto-cache", _ours("--no-auto-cache")),
        *(Way(name, _original(name, folder)) for name in originals),
    ]


def measured(way: Way, groups: Sequence[Group], counter: Counter) -> list[Bill]:
    """The bill of each group, this way."""
    counts: dict[bytes, int] = {}

    def count(text: bytes) -> int:
        if text not in counts:
            counts[text] = counter.count(text.decode("utf-8", "replace"))
        return counts[text]

    till = Till(count, way.refuses)
    with (
        running(till) as upstream,
        tempfile.TemporaryDirectory() as folder,
        contextmanager(way.opened)(upstream, Path(folder)) as url,
    ):
        return [_paid(way, till, group, url) for group in groups]


def _paid(way: Way, till: Till, group: Group, url: str) -> Bill:
    bill = till.bill = Bill()
    till.forget()
    for session in group.sessions:
        if not group.shared:
            till.forget()
        for turn in session.turns():
            till.turn = turn
            mark = b',"cache_control":{"type":"ephemeral"}}'
            body = turn.body[:-1] + mark if way.by_hand else turn.body
            bill.requests += 1
            bill.failed += _status(url, body) != 200
    return bill


def _status(url: str, body: bytes) -> int:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE_S)
    try:
        connection.request("POST", "/v1/messages", body, HEADERS)
        reply = connection.getresponse()
        reply.read()
        return reply.status
    finally:
        connection.close()


def _direct(upstream: str, _folder: Path) -> Iterator[str]:
    yield upstream


def _ours(*flags: str) -> Callable[[str, Path], Iterator[str]]:
    def opened(upstream: str, folder: Path) -> Iterator[str]:
        with proxy_process(folder, upstream, "--no-rate-limit", *flags) as url:
            yield url

    return opened


def _original(name: str, home: Path) -> Callable[[str, Path], Iterator[str]]:
    def opened(upstream: str, folder: Path) -> Iterator[str]:
        port = subjects.free_port()
        at = urllib.parse.urlsplit(upstream).port or 0
        subject = subjects.original(peers.python_of(name, home), name, port, at)
        with subjects.running(subject, port, folder):
            yield f"http://127.0.0.1:{port}"

    return opened


def table(
    groups: Sequence[Group], bills: dict[str, list[Bill]], part: Callable[[Bill], float]
) -> Iterator[str]:
    """Its lines; the first way's bill is 1."""
    yield f"| | requests | {' | '.join(bills)} |"
    yield f"|---|---:|{'---:|' * len(bills)}"
    direct, *_ = bills.values()
    for number, group in enumerate(groups):
        cells = [
            f"{part(each[number]) / part(direct[number]):.3f}" + _told(each[number])
            for each in bills.values()
        ]
        yield f"| {group.name} | {direct[number].requests} | {' | '.join(cells)} |"


def _told(bill: Bill) -> str:
    return f" ({bill.failed} failed)" if bill.failed else ""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="marks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="session files or request bodies")
    parser.add_argument("--originals", action="store_true", help="install and measure them too")
    parser.add_argument("--peers", type=Path, default=peers.FOLDER, help="where they are installed")
    chosen = parser.parse_args(arguments)
    groups = made_groups() + ([recorded_group(chosen.folder)] if chosen.folder else [])
    counter = Counter.load()
    compared = ways(tuple(peers.VERSIONS) if chosen.originals else (), chosen.peers)
    bills = {way.name: measured(way, groups, counter) for way in compared}
    print("\nThe prompt's bill:\n")
    print("\n".join(table(groups, bills, lambda bill: bill.prompt)))
    print("\nThe whole bill, output included:\n")
    print("\n".join(table(groups, bills, lambda bill: bill.whole)))


if __name__ == "__main__":
    main()
