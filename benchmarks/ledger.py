"""Compares what the proxy says of each conversation with what a replay measures.

    python -m benchmarks.ledger FOLDER

Replays the sessions in FOLDER through the real proxy, in front of a provider that caches what it
has seen and reports it.  The replay knows both prompts, the one of the client and the one that was
forwarded, and so the true bill of either; the proxy knows its own count and what was reported.
Prints Markdown: the bill over the direct bill of both, at the prices of the session's model, and by
how much they differ.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from benchmarks.report import table
from headroom.economics import USUAL, rates
from headroom.proxy.dispatch import App
from headroom.proxy.http import HttpProtocol
from headroom.proxy.serving import listen
from headroom.replay.bill import Pricing
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.files import read_sessions, session_files
from headroom.replay.measure import Meter
from headroom.replay.session import Session
from headroom.replay.through import Through
from headroom.replay.upstream import ScriptedUpstream
from headroom.settings import Settings
from headroom.tokens import Counter

SETTLED_S = 0.2
"""A reply is whole before its request is settled."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One session: its bills in uncached input tokens, as measured and as the proxy says."""

    name: str
    turns: int
    forwarded: float
    direct: float
    told: float
    told_direct: float

    @property
    def net(self) -> float:
        """The bill over the direct bill."""
        return self.forwarded / self.direct if self.direct else 1.0

    @property
    def told_net(self) -> float:
        """The same as the proxy says."""
        return self.told / self.told_direct if self.told_direct else 1.0

    @property
    def difference(self) -> float:
        """By what share the proxy says more, or less."""
        return self.told_net / self.net - 1


async def compare(sessions: Sequence[Session]) -> list[Compared]:
    """Each session, through one proxy."""
    counter = Counter.load()
    compared: list[Compared] = []
    async with (
        ScriptedUpstream() as upstream,
        proxy_before(upstream.url) as (app, url),
        Through(url, upstream, counter.count) as way,
    ):
        for session in sessions:
            before = (app.totals.units, app.totals.direct_units)
            meter = Meter(session, counter.count)
            way.begin(session)
            for turn in session.turns():
                meter.turn(turn, await way.send(session, turn))
            await asyncio.sleep(SETTLED_S)
            measured = meter.result(lambda _usage: None)
            pricing = pricing_of(session)
            compared.append(
                Compared(
                    name=session.name,
                    turns=session.turn_count,
                    forwarded=measured.forwarded.units(pricing),
                    direct=measured.direct.units(pricing),
                    told=app.totals.units - before[0],
                    told_direct=app.totals.direct_units - before[1],
                )
            )
    return compared


def pricing_of(session: Session) -> Pricing:
    """The prices of the session's model; its provider says nothing of writes but Anthropic's."""
    known = rates(session.model, provider=session.dialect.format.provider)
    weights = USUAL if known is None else known.weights
    write = weights.write if session.dialect == AnthropicDialect() else 1.0
    return Pricing("its own", read=weights.read, write=write, output=weights.output)


class _Server(uvicorn.Server):
    """Tells when it takes calls."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def proxy_before(upstream_url: str) -> AsyncIterator[tuple[App, str]]:
    """A proxy in this process, and its URL."""
    with tempfile.TemporaryDirectory(prefix="headroom-ledger-") as folder:
        app = App(
            Settings(
                anthropic_api_url=upstream_url,
                openai_api_url=upstream_url,
                gemini_api_url=upstream_url,
                workspace_dir=Path(folder),
                # The replay takes what is sent directly to be cached, whoever asks for it.
                auto_cache=False,
                # Nobody works as fast as sessions are replayed.
                rate_limit=False,
            )
        )
        server = _Server(uvicorn.Config(app, http=HttpProtocol, lifespan="on", log_config=None))
        with listen("127.0.0.1", 0) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await server.ready.wait()
            try:
                yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving


def as_markdown(compared: Sequence[Compared]) -> str:
    """The table, and all sessions together."""
    both = Compared(
        "**all**",
        sum(each.turns for each in compared),
        sum(each.forwarded for each in compared),
        sum(each.direct for each in compared),
        sum(each.told for each in compared),
        sum(each.told_direct for each in compared),
    )
    rows = [
        (
            each.name,
            str(each.turns),
            f"{each.net:.3f}",
            f"{each.told_net:.3f}",
            f"{100 * each.difference:+.1f} %",
        )
        for each in (*compared, both)
    ]
    return table(("session", "turns", "replay", "proxy", "difference"), rows)


def main() -> None:
    """Compare the sessions in a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="+")
    files = session_files(parser.parse_args().folder)
    sessions = [session for file in files for session in read_sessions(file)]
    print(as_markdown(asyncio.run(compare(sessions))))


if __name__ == "__main__":
    main()
