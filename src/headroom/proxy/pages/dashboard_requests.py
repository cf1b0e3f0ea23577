"""`/dashboard/requests/{id}`: what became of one request's blocks; below it, a block's texts.

Counts and names are for whoever may see statistics.  Texts are given to nobody but the one whose
request it was, told by the credentials as ever, and to the operator by its token.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from headroom.compressors import COMPRESSORS
from headroom.conversation import Form, Original
from headroom.observe.detail import Detail
from headroom.observe.shown import request as shown_request
from headroom.outcome import Treated
from headroom.proxy.call import Call
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.dashboard import BLOCK_TEXTS, REQUEST_DETAIL
from headroom.proxy.shapes.errors import ERROR
from headroom.state.originals import Absence

PREFIX = "/dashboard/requests/"
MOST_CHARACTERS = 400_000
"""Of one text; what is longer is shown by its beginning."""

_ID = Parameter("id", "Of the request, as `/stats` tells it.", where="path")
_GONE = Reply("Nothing is kept of it (any more).", {JSON: ERROR})

REQUEST = Described(
    "What became of one request's blocks",
    REQUEST_DETAIL,
    below="{id}",
    parameters=(_ID,),
    replies={404: _GONE},
)
TEXTS = Described(
    "The texts of one block, before and after",
    BLOCK_TEXTS,
    "Given to the one whose request it was, and to the operator's token.",
    below="{id}/{index}",
    parameters=(_ID, Parameter("index", "Of the block.", where="path")),
    replies={403: Reply("It was another caller's request.", {JSON: ERROR}), 404: _GONE},
)

GONE = (
    "nothing is kept of the blocks of {id}: they are kept for seven days, and of the last 2,000 "
    "requests"
)
NO_BLOCK = "the request {id} has no block {index} that was looked at"
NOT_YOURS = (
    "texts are shown to the one whose request it was, who asks with the same provider credential, "
    "and to the operator (HEADROOM_ADMIN_KEY, or the file admin_key in the workspace, as "
    "x-headroom-api-key)"
)

AS_IT_CAME = "Sent as it came. What stays as it is is not kept, so there is nothing to show."
LOSSLESS = "Written shorter, nothing left out; the text before was not kept."
DECODED = "Written shorter, nothing left out: this is what was sent, turned back."
EXPIRED = "The original has expired, or had to make room (--store-days, --store-limit-mb)."
LOST = "The original is not there: it was never kept in this store."
FORM_GONE = "What was sent is not kept any more: its conversation has left the store."
LEFT = "Not sent: this turn has left the conversation, and a marker tells of it."
SENT_RAW = "Sent as it came, from here on."

DECODERS = {one.strategy: one for one in COMPRESSORS}


@telling(missing="what became of this request")
async def request(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /dashboard/requests/{id}`, and `…/{id}/{index}` for the texts of one block."""
    name, _, index = call.route.name.removeprefix(PREFIX).partition("/")
    detail = await proxy.chronicle.detail(name)
    if not index:
        return await _overview(proxy, call, name, detail)
    if detail is None:
        return 404, {"detail": GONE.format(id=name[:64])}
    block = next((one for one in detail.blocks if str(one.index) == index), None)
    if block is None:
        return 404, {"detail": NO_BLOCK.format(id=name[:64], index=index[:10])}
    if not may_read(call, detail):
        return 403, {"detail": NOT_YOURS}
    return 200, await _texts(proxy, detail, block)


def may_read(call: Call, detail: Detail) -> bool:
    """Whether this caller is shown texts: where it stands opens none."""
    caller = call.caller
    is_owner = hmac.compare_digest(caller.tenant.encode(), detail.tenant.encode())
    return is_owner or caller.standing == "operator"


async def _overview(
    proxy: Proxy, call: Call, name: str, detail: Detail | None
) -> tuple[int, Mapping[str, Any]]:
    await proxy.chronicle.read()
    recent = (entry for _, entry in proxy.chronicle.recent() if entry.id == name)
    entry = next(recent, None)
    if entry is None and detail is None:
        return 404, {"detail": GONE.format(id=name[:64])}
    return 200, {
        "request": shown_request(entry) if entry else None,
        "blocks": [_block(one) for one in detail.blocks] if detail else [],
        "untold_blocks": detail.untold if detail else 0,
        "may_read": detail is not None and may_read(call, detail),
        "is_operator": call.caller.standing == "operator",
    }


def _block(one: Treated) -> Mapping[str, Any]:
    return {
        "index": one.index,
        "turn": one.turn,
        "role": one.role,
        "kind": one.kind,
        "tool": one.tool,
        "tokens_before": one.tokens_before,
        "tokens_after": one.tokens_after,
        "by": one.by,
        "reason": one.reason,
        "was_sent": one.was_sent,
        "has_original": bool(one.original),
    }


async def _texts(proxy: Proxy, detail: Detail, block: Treated) -> Mapping[str, Any]:
    """Before and after, each with why it is not there where it is not."""
    if not block.place:
        return {"index": block.index, "before": _missing(AS_IT_CAME), "after": _missing("")}
    planning = proxy.planning
    form = form_of(block, await planning.ledger.forms_at(bytes.fromhex(block.place)))
    before = await _before(proxy, detail, block, form)
    return {"index": block.index, "before": before, "after": _after(form)}


def form_of(block: Treated, forms: Sequence[Form]) -> Form | None:
    """That of the block's forms which this request gave it: a rewrite gives it another one."""
    counts = block.tokens_before, block.tokens_after
    alike = [
        one
        for one in forms
        if one.by == block.by and (one.tokens_before, one.tokens_after) == counts
    ]
    return next((one for one in alike if one.original == block.original), None)


async def _before(
    proxy: Proxy, detail: Detail, block: Treated, form: Form | None
) -> Mapping[str, Any]:
    if block.original:
        found = await proxy.planning.originals.find(detail.tenant, block.original)
        if isinstance(found, Original):
            return _text(found.text)
        return _missing(EXPIRED if found is Absence.EXPIRED else LOST)
    if form is not None and form.text and len(block.by) == 1 and block.by[0] in DECODERS:
        decoded = await asyncio.to_thread(_decoded, block.by[0], form.text)
        if decoded is not None:
            return {**_text(decoded), "note": DECODED}
    return _missing(LOSSLESS)


def _decoded(strategy: str, text: str) -> str | None:
    try:
        return DECODERS[strategy].decode(text)
    except ValueError:
        return None


def _after(form: Form | None) -> Mapping[str, Any]:
    if form is None:
        return _missing(FORM_GONE)
    if form.is_gone:
        return _missing(LEFT)
    return _missing(SENT_RAW) if form.text is None else _text(form.text)


def _text(text: str) -> Mapping[str, Any]:
    return {"text": text[:MOST_CHARACTERS], "characters": len(text), "note": ""}


def _missing(why: str) -> Mapping[str, Any]:
    return {"text": None, "characters": 0, "note": why}
