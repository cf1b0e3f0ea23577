"""What killed processes left undone: their calls are counted, what was set apart is charged.

    call leaves ─▶ diary ─▶ (killed) ─▶ another process: journal, budgets

Whoever shares the workspace sees to it: the next process to start, or one that runs, within
seconds.  It does not matter who started them, gunicorn or we.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from headroom.errors import StoreError
from headroom.observe.client import client_of
from headroom.observe.entry import Entry, count, printable
from headroom.observe.lasting import lasting
from headroom.observe.scribe import WRITTEN_AT_ONCE
from headroom.observe.statistics import Record as Written
from headroom.proxy.labels import label, tags_of
from headroom.proxy.outlets import machine_of
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.state.diary import Left, left_behind

logger = logging.getLogger(__name__)

AGAIN_S = 5.0
KILLED = "its process was killed"


def note_leaving(proxy: Proxy, record: Record) -> None:
    """This call is about to leave: should this process be killed, it counts as it is told here."""
    proxy.chronicle.scribe.begin(_if_killed(proxy, record))


def _if_killed(proxy: Proxy, record: Record) -> Entry:
    call, used = record.call, record.may_cost
    sent = record.expected.input_tokens or record.input_tokens(proxy.planning)
    return Entry(
        id=record.request_id,
        at=round(proxy.planning.clock(), 3),
        verdict="stopped",
        method=printable(call.method),
        route=call.route.told,
        provider=call.route.provider,
        model=label(record.model),
        streaming=record.streaming,
        tenant=record.caller.tenant,
        key_id=record.caller.key_id,
        tags=dict(tags_of(call.headers)),
        used=used,
        estimated=used,
        input=count(sent) if used else 0,
        output=count(record.expected.output_tokens) if used else 0,
        notes=(KILLED,),
        client=client_of((call.header(b"user-agent") or b"").decode("latin-1")),
    )


@asynccontextmanager
async def seeing_to_the_dead(proxy: Proxy) -> AsyncIterator[None]:
    """While this runs, what processes of this workspace leave that die is seen to."""
    if not proxy.settings.is_durable:
        yield
        return
    task = lasting(_see_to_all(proxy), "seeing to what killed processes left")
    try:
        yield
    finally:
        task.cancel()


async def _see_to_all(proxy: Proxy) -> None:
    while True:
        for left in await asyncio.to_thread(left_behind, proxy.settings.workspace_dir):
            try:
                await _see_to(proxy, left)
                left.forget()
            except StoreError as error:
                proxy.planning.troubles.warn(
                    logger, "what a process left cannot be seen to yet", error
                )
            finally:
                left.close()
        await asyncio.sleep(AGAIN_S)


async def _see_to(proxy: Proxy, left: Left) -> None:
    """Count its calls, once whoever does it, and charge what it set apart.  Raises StoreError."""
    planning = proxy.planning
    await planning.spend.charge_ended(left.process)
    # Numbered as that process would have: what it, or somebody else, wrote already is known.
    first = left.ended[0][0] if left.ended else left.last + 1
    machine = machine_of(proxy.settings)
    entries = (*_read([told for _, told in left.ended]), *_read(left.begun))
    for begin in range(0, len(entries), WRITTEN_AT_ONCE):
        some = entries[begin : begin + WRITTEN_AT_ONCE]
        written = Written(left.process, first + begin, some, machine=machine)
        await planning.journal.append(msgspec.msgpack.encode(written))
    if left.begun:
        logger.warning(
            "a process was killed with %d calls under way; they count as stopped", len(left.begun)
        )


def _read(told: Sequence[bytes]) -> tuple[Entry, ...]:
    found = []
    for one in told:
        # A later version may have written what this one cannot read.
        with suppress(msgspec.DecodeError):
            found.append(_ENTRIES.decode(one))
    return tuple(found)


_ENTRIES = msgspec.msgpack.Decoder(Entry)
