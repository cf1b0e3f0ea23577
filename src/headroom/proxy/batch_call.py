"""Calls that bring the requests of a batch: Anthropic's make one, OpenAI's send a file of them.

Such a body is held as long as there is room, and its requests are planned before it is sent on;
where it cannot be held or read, it streams through as it came (decision 31).
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

from headroom.errors import UnreadableBody
from headroom.proxy.aside import aside
from headroom.proxy.batch_plan import Batch, Planned, plan_batch
from headroom.proxy.batch_row import FAILURES, in_body, in_params
from headroom.proxy.batching import is_file
from headroom.proxy.body import Body
from headroom.proxy.call import Call, ClientLeft, while_there
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.wire.batch import lines, listed_requests
from headroom.wire.form import boundary_in, parts_of
from headroom.wire.scan import Text

logger = logging.getLogger(__name__)

MAKES = "/v1/messages/batches"
_PURPOSE = b"batch"
_PACKED = (b"", b"identity")


def brings_requests(call: Call) -> bool:
    """Whether the requests of a batch may stand in the body of this call."""
    if call.method != "POST":
        return False
    return is_file(call) or (call.route.name == MAKES and call.route.provider == "anthropic")


def _size(proxy: Proxy, record: Record) -> int:
    """How many bytes are to be held; 0 where the body is to pass as it comes."""
    call, settings = record.call, proxy.settings
    wanted = settings.optimize and settings.batch_limit_mb and not call.wants_bypass
    packed = (call.header(b"content-encoding") or b"").strip().lower() not in _PACKED
    if not wanted or packed or not brings_requests(call):
        return 0
    if is_file(call) and not boundary_in(_kind(call)):
        return 0
    return call.declared_length or 0


async def plan_requests(
    proxy: Proxy, record: Record, body: Body, while_sent: ExitStack
) -> Planned | None:
    """Hold the *body* and plan its requests; None where it is sent on as it came.

    What it is to be sent on with is put into *body*, and told of in *record*; the room for it is
    given back at the end of *while_sent*.  Raises ClientLeft.
    """
    call, size = record.call, _size(proxy, record)
    if not size:
        return None
    if is_file(call):
        await body.begin()
        if not _may_be_batch(bytes(body.beginning), call):
            return None
    if not while_sent.enter_context(proxy.batch_room.taken(size)):
        logger.warning("%s: no room for a batch of %d bytes", record.request_id, size)
        return None
    with record.stages.during("read"):
        held = await body.hold(size)
    begun = time.perf_counter()
    try:
        with record.stages.during("plan"):
            batch = await aside(len(held), _batch, record, held)
            planning = plan_batch(proxy.planning, batch, within_s=proxy.settings.batch_plan_seconds)
            # Who has left asks again, and would have two batches.
            planned = await while_there(call, planning)
    except UnreadableBody as error:
        logger.info("%s: relayed as it came: %s", record.request_id, error)
        return None
    except ClientLeft:
        raise
    except FAILURES as error:
        # The error's text may hold content, so only its type is told.
        logger.warning("%s: relayed as it came: %s", record.request_id, type(error).__name__)
        return None
    body.put(planned.pieces)
    body.asked = planned.requests
    record.verdict = "planned"
    record.overhead_ms = (time.perf_counter() - begun) * 1000
    record.requests = planned.requests
    record.notes += planned.notes
    return planned


def _may_be_batch(beginning: bytes, call: Call) -> bool:
    """Whether the file of this form may be for a batch: what is not for one is not held.

    SDKs say what a file is for before they send it.
    """
    try:
        # Of the parts that have begun, the last one goes on.
        whole = beginning + b"\r\n--" + boundary_in(_kind(call)) + b"--"
        return _purpose(whole, call) == _PURPOSE
    except UnreadableBody:
        return False


def _purpose(form: Text, call: Call) -> bytes:
    parts = parts_of(form, boundary_in(_kind(call)))
    said = [bytes(form[slice(*part.span)]) for part in parts if part.name == "purpose"]
    return said[0] if len(said) == 1 else b""


def _batch(record: Record, held: bytearray) -> Batch:
    """The batch in this body.  Raises UnreadableBody."""
    call, tenant = record.call, record.caller.tenant
    if not is_file(call):
        beta = (call.header(b"anthropic-beta") or b"").decode("latin-1")
        return Batch(held, listed_requests(held, "requests"), in_params, tenant, beta)
    files = [part for part in parts_of(held, boundary_in(_kind(call))) if part.name == "file"]
    if len(files) != 1 or _purpose(held, call) != _PURPOSE:
        raise UnreadableBody("the form holds no file for a batch")
    return Batch(held, lines(held, files[0].span), in_body, tenant, is_kept=True)


def _kind(call: Call) -> str:
    return (call.header(b"content-type") or b"").decode("latin-1")
