"""What one running proxy holds: opened when the server starts, passed to every call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from headroom import __version__
from headroom.observe import Observers, Sink
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.observe.otel.opening import open_exports
from headroom.observe.otel.wanted import NOTHING, SwitchedOn, switched_on
from headroom.observe.savings_file import SavingsFile, open_savings
from headroom.proxy.access import Access, check_spender
from headroom.proxy.backends import made
from headroom.proxy.backends.base import Backend
from headroom.proxy.budget_gauges import BudgetGauges
from headroom.proxy.call import Call
from headroom.proxy.feed import Feed
from headroom.proxy.flights import Flights
from headroom.proxy.lately import Lately
from headroom.proxy.lineage import Lineage
from headroom.proxy.outlets import machine_of, open_outlets
from headroom.proxy.planning import Planning, end, open_planning
from headroom.proxy.room import Room
from headroom.proxy.running import Running
from headroom.proxy.seldom import Seldom
from headroom.proxy.surprises import Surprises
from headroom.proxy.threads import Threads
from headroom.proxy.tokens import open_tokens
from headroom.proxy.zygote import Zygote
from headroom.settings import Settings
from headroom.state.base import Sizes
from headroom.state.diary import Diary

MEGABYTE = 1_048_576


@dataclass(slots=True)
class Lifecycle:
    """Whether the proxy takes calls.  The one value of `Proxy` that changes."""

    started: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Proxy:
    """Everything that outlives a call."""

    settings: Settings
    upstream: Backend
    planning: Planning
    observers: Observers
    chronicle: Chronicle
    access: Access
    feed: Feed
    """What the dashboard hears of while somebody looks at it."""
    savings: SavingsFile | None = None
    """The file for other tools, where there is one."""
    exports: SwitchedOn = NOTHING
    """What is exported to collectors, and to Langfuse."""
    flights: Flights = field(default_factory=Flights)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    surprises: Surprises = field(default_factory=Surprises)
    answer_lengths: Lately = field(default_factory=Lately)
    """How long answers have been lately: what a call is expected to use is told by it."""
    opened_at: float = field(default_factory=time.monotonic)
    running: Running = field(default_factory=Running)
    budget_gauges: BudgetGauges = field(default_factory=BudgetGauges)
    originals_kept: Seldom[Sizes | None] = field(default_factory=lambda: Seldom(None))
    replies_kept: Seldom[Sizes | None] = field(default_factory=lambda: Seldom(None))
    """How many there are of each; counting them walks over all."""
    lineage: Lineage = field(default_factory=Lineage)
    threads: Threads = field(default_factory=Threads)
    batch_room: Room = field(default_factory=lambda: Room(0))
    """For the bodies of batches that are held to be planned."""

    @property
    def tells_content(self) -> bool:
        """Whether somebody is told what was asked and answered, as the operator wants."""
        return self.exports.langfuse and self.settings.langfuse_content

    def check_taken(self, call: Call) -> None:
        """Raises Unauthorised for a caller who may not use the operator's credentials, where the
        backend does; NotServed where that does not take such a call.
        """
        # Strangers are told nothing of the backend.
        check_spender(self.access, call)
        self.upstream.check(call)

    @property
    def body_limit_bytes(self) -> int:
        """The largest request body that is held, unpacked."""
        return self.settings.body_limit_mb * MEGABYTE


@asynccontextmanager
async def open_proxy(
    settings: Settings,
    sinks: Sequence[Sink],
    environ: Mapping[str, str],
    lineage: Lineage | None = None,
    *,
    zygote: Zygote | None = None,
    beside: bool = False,
) -> AsyncIterator[Proxy]:
    """A proxy that is ready to take calls and tells *sinks* of each, closed again at the end.

    *environ* holds the credentials that virtual keys stand for.  One *beside* others writes down
    what its calls come to, and leaves all else that is told of calls to them.  *zygote* as for
    `open_planning`.
    """
    lineage = lineage or Lineage()
    # Whatever it looks for may take a while, and nothing else waits: no call is taken yet.
    backend = await asyncio.to_thread(made, settings, environ)
    async with (
        backend as upstream,
        open_planning(settings, lineage, zygote) as planning,
        _open_diary(settings, lineage, beside=beside) as diary,
        open_chronicle(_chronicle(settings, planning, lineage, diary, follows=beside)) as chronicle,
        AsyncExitStack() as stack,
    ):
        savings: SavingsFile | None = None
        exports: Sequence[Sink] = ()
        if not beside:
            savings, exports = await _tellers(settings, planning, chronicle, stack)
        access = await _access(settings, planning, environ, lends=upstream.lends)
        observers = Observers([*sinks, chronicle, *exports])
        lifecycle = Lifecycle()
        feed = Feed(chronicle, is_stopping=lambda: lifecycle.stopping)
        proxy = Proxy(
            settings,
            upstream,
            planning,
            observers,
            chronicle,
            access,
            feed,
            savings,
            switched_on(settings),
            lineage=lineage,
            lifecycle=lifecycle,
            batch_room=Room(settings.batch_limit_mb * MEGABYTE),
        )
        if settings.has_budget:
            await planning.accounting.load_prices()
        proxy.lifecycle.started = True
        try:
            yield proxy
        finally:
            # What the last calls came to is told before the chronicle closes.
            await end(planning)


async def _access(
    settings: Settings, planning: Planning, environ: Mapping[str, str], *, lends: bool
) -> Access:
    return Access(
        secret=planning.secret,
        tokens=await open_tokens(settings),
        keys=planning.keys,
        virtual_keys=settings.virtual_keys,
        base_urls=settings.allowed_base_urls,
        environ=environ,
        lends=lends,
        troubles=planning.troubles,
    )


async def _tellers(
    settings: Settings, planning: Planning, chronicle: Chronicle, stack: AsyncExitStack
) -> tuple[SavingsFile | None, Sequence[Sink]]:
    """The file for other tools and the exporters; beside them, what else goes out."""
    savings = await stack.enter_async_context(open_savings(_savings(settings, chronicle)))
    exports = await stack.enter_async_context(
        open_exports(settings, version=__version__, speaks=lambda: chronicle.is_leading)
    )
    await stack.enter_async_context(open_outlets(settings, chronicle, planning.journal))
    return savings, exports


@asynccontextmanager
async def _open_diary(
    settings: Settings, lineage: Lineage, *, beside: bool
) -> AsyncIterator[Diary | None]:
    """What this process has under way, for others to see to should it be killed."""
    if beside or not settings.is_durable:
        yield None
        return
    diary = await asyncio.to_thread(Diary.of, settings.workspace_dir, lineage.name)
    try:
        yield diary
    finally:
        if diary is not None:
            diary.close()


def _chronicle(
    settings: Settings, planning: Planning, lineage: Lineage, diary: Diary | None, *, follows: bool
) -> Chronicle:
    folder = settings.workspace_dir if settings.is_durable else None
    return Chronicle(
        planning.journal,
        process=lineage.name,
        folder=folder,
        machine=machine_of(settings),
        diary=diary,
        # A call that has ended may still wait for the table of prices.
        coming=lambda: planning.ending,
        follows=follows,
    )


def _savings(settings: Settings, chronicle: Chronicle) -> SavingsFile | None:
    path = settings.savings_file
    return SavingsFile(chronicle, path, version=__version__) if path else None
