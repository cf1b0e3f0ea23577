"""What planning needs, opened once and passed to every call."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from headroom.api import budget_from, choices_of
from headroom.economics.account import HOUR_S
from headroom.errors import StoreError
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.formats.recall import Recall
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.causal import CAUSAL, Causal
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.proxy.accounting import Accounting
from headroom.proxy.lineage import Lineage
from headroom.proxy.planners import Planners
from headroom.proxy.remembered import Remembered
from headroom.proxy.retrievals import Retrievals
from headroom.proxy.storage import Storage, open_storage
from headroom.proxy.troubles import Troubles
from headroom.proxy.zygote import Zygote, open_zygote
from headroom.settings import Settings
from headroom.state.accounts import Accounts
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Health, Store
from headroom.state.batches import Batches
from headroom.state.habits import Habits
from headroom.state.journal import Journal
from headroom.state.keys import Keys
from headroom.state.ledger import Ledger
from headroom.state.limits import Limits
from headroom.state.originals import Originals
from headroom.state.patterns import Patterns
from headroom.state.presence import Presence
from headroom.state.refusals import Refusals
from headroom.state.replies import Replies
from headroom.state.spend import Spend
from headroom.tokens import Calibration, Counter
from headroom.wire.rewritten import Rewritten

logger = logging.getLogger(__name__)

SECRET_BYTES = 32
END_S = 2.0
STORE_AGAIN_S = 5.0
"""When to ask again where the store does not answer; it is tried again as often."""
BATCH_ROW_S = 30.0
"""How long the plan of one request in a batch may take: nobody waits for its first token, and all
others have the processor first."""
COLLECTOR_THRESHOLDS = (50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Planning:
    """The ledger, the counter, and where plans are made."""

    ledger: Ledger
    originals: Originals
    secret: bytes
    """Of the installation: what tenants are told apart by."""
    counter: Counter
    planners: Planners
    batch_planners: Planners = field(default_factory=lambda: Planners(deadline_s=BATCH_ROW_S))
    """For the requests of batches, so that nobody who waits for an answer waits for them."""
    store_health: Callable[[], Health] = Health
    remembered: Remembered = field(default_factory=Remembered)
    recall: Recall = field(default_factory=lambda: Recall(secret=os.urandom(SECRET_BYTES)))
    rewritten: Rewritten = field(default_factory=Rewritten)
    clock: Callable[[], float] = time.time
    calibration: Calibration = field(default_factory=Calibration)
    habits: Habits = field(default_factory=lambda: Habits(MemoryStore()))
    accounting: Accounting = field(default_factory=lambda: Accounting(Accounts(MemoryStore())))
    patterns: Patterns = field(default_factory=lambda: Patterns(MemoryStore()))
    learns: bool = False
    """Whether anything is learned of tools' outputs, and goes by what was."""
    offer: Literal["never", "auto", "always"] = "never"
    """When new conversations are given our tool."""
    auto_cache: bool = False
    """Whether new conversations are given cache marks where their clients set none."""
    replies: Replies = field(default_factory=lambda: Replies(MemoryStore(), lifetime_s=HOUR_S))
    keys: Keys = field(default_factory=lambda: Keys(MemoryStore()))
    """Virtual keys, whether they are taken or not."""
    refusals: Refusals = field(default_factory=lambda: Refusals(MemoryStore()))
    limits: Limits = field(default_factory=lambda: Limits(MemoryStore()))
    """How much each caller may use per minute."""
    spend: Spend = field(default_factory=lambda: Spend(MemoryStore()))
    batches: Batches = field(default_factory=lambda: Batches(MemoryStore()))
    journal: Journal = field(default_factory=lambda: Journal(MemoryStore()))
    presence: Presence = field(default_factory=lambda: Presence(MemoryStore()))
    leaves_out: bool = False
    """Whether anything may be left out of new blocks."""
    choices: Choices = EVERYTHING
    """How much may leave, and what is not touched."""
    budget: Budget = BOUNDLESS
    """What the operator says of rewriting, and of a full window."""
    retrievals: Retrievals = field(default_factory=Retrievals)
    troubles: Troubles = field(default_factory=Troubles)
    passes: Sequence[Causal] = CAUSAL
    """Of plans that are made here; an off-load process has them built in."""
    formats: dict[str, Format] = field(default_factory=lambda: {one.name: one for one in FORMATS})
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Work that goes on after its request; held so that it is not collected."""

    ending: set[asyncio.Task[None]] = field(default_factory=set)
    """Those of them that a stop waits for."""

    def for_batches(self) -> Planning:
        """The same for the requests of a batch, which is read once: nothing of it is remembered."""
        return replace(self, planners=self.batch_planners, rewritten=Rewritten(limit_bytes=0))

    def without_time(self) -> Planning:
        """The same where no plan is made in another process, as there is no time for it."""
        return replace(self.for_batches(), planners=Planners(deadline_s=0.0))

    def later(self, work: Coroutine[Any, Any, None], *, to_its_end: bool = False) -> None:
        """Do this beside the request that it belongs to.

        *to_its_end*: a stop does not break it off; it must be short.
        """
        task = asyncio.create_task(work)
        held = self.ending if to_its_end else self.tasks
        held.add(task)
        task.add_done_callback(held.discard)


@asynccontextmanager
async def open_planning(
    settings: Settings, lineage: Lineage | None = None, zygote: Zygote | None = None
) -> AsyncIterator[Planning]:
    """All of it, ready; the off-load processes start when they are first needed.

    What predecessors in *lineage* have left set apart is charged.  *zygote* is whose children
    the processes are; without one it has its own, and ends it.
    """
    lineage = lineage or Lineage()
    async with open_storage(settings) as storage, open_zygote(zygote) as forks:
        planning = _planning(settings, storage, lineage, forks)
        _calm_collector()
        if lineage.before:
            planning.later(_charge_ended(planning, lineage))
        try:
            yield planning
        finally:
            await end(planning)
            for task in (*planning.tasks, *planning.ending):
                task.cancel()
            await planning.planners.close()
            await planning.batch_planners.close()


def _planning(settings: Settings, storage: Storage, lineage: Lineage, zygote: Zygote) -> Planning:
    troubles = Troubles()
    # As many per machine as there are cores, not per worker.
    slots = max((os.cpu_count() or 1) // settings.workers, 1)
    return Planning(
        ledger=Ledger(storage.store, secret=storage.secret),
        originals=Originals(storage.store),
        secret=storage.secret,
        counter=Counter.load(),
        planners=Planners(deadline_s=settings.plan_deadline_seconds, slots=slots, zygote=zygote),
        batch_planners=Planners(
            deadline_s=max(settings.plan_deadline_seconds, BATCH_ROW_S),
            slots=slots,
            yields=True,
            zygote=zygote,
        ),
        store_health=storage.store.health,
        habits=Habits(storage.store),
        accounting=Accounting(
            Accounts(storage.store),
            own=settings.own_models,
            stops=settings.stop_at_loss,
            troubles=troubles,
        ),
        troubles=troubles,
        patterns=Patterns(storage.store),
        learns=settings.toin and settings.is_durable,
        offer=settings.ccr_offer if settings.offers_tool else "never",
        auto_cache=settings.auto_cache,
        replies=Replies(storage.store, lifetime_s=settings.cache_ttl),
        keys=Keys(storage.store),
        refusals=Refusals(storage.store),
        limits=_limits(settings, storage.store),
        spend=Spend(storage.store, process=lineage.name),
        batches=Batches(storage.store),
        journal=Journal(storage.store),
        presence=Presence(storage.store),
        leaves_out=settings.ccr_marker,
        choices=choices_of(settings),
        budget=budget_from(settings),
    )


async def _charge_ended(planning: Planning, lineage: Lineage) -> None:
    """Charge what the predecessors had set apart, once the store answers."""
    ended = list(lineage.before)
    while ended:
        try:
            await planning.spend.charge_ended(ended[-1])
            ended.pop()
        except StoreError as error:
            planning.troubles.warn(logger, "what a process left cannot be charged yet", error)
            await asyncio.sleep(STORE_AGAIN_S)


async def end(planning: Planning) -> None:
    """Wait for what must come to its end, and for what that has still begun."""
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            while planning.ending:
                await asyncio.wait(planning.ending)


def _limits(settings: Settings, store: Store) -> Limits:
    # Virtual keys may have limits where nobody else has.
    if not settings.rate_limit or not (settings.rpm or settings.tpm or settings.virtual_keys):
        return Limits(store, on=False)
    return Limits(store, requests=settings.rpm, tokens=settings.tpm)


def _calm_collector() -> None:
    """Keep the garbage collector away from what stays, and from looking too often.

    What a proxy makes per request is freed by counting references; looking through all that
    its memories hold takes 100 ms and more, during which every stream waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
