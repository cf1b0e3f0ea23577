"""`POST /v1/compress`: messages in, shorter messages out, no model called.

The fields are those that the original's clients and LiteLLM's guardrail read.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from headroom.api import format_of, member_of, results_first, tools_only
from headroom.conversation import Conversation, Known, Plan
from headroom.economics.prices import rates
from headroom.errors import HeadroomError, StoreError, UnreadableBody
from headroom.outcome import Outcome
from headroom.pipeline import Means, Seen
from headroom.proxy.answers import answer
from headroom.proxy.aside import aside
from headroom.proxy.attempt import attempt
from headroom.proxy.call import Call, Send, read_body
from headroom.proxy.described import JSON, Described, Reply
from headroom.proxy.labels import label, new_id, tags_of
from headroom.proxy.pages.simulated import simulated
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.compress import COMPRESS as COMPRESS_SHAPE
from headroom.proxy.shapes.compress import COMPRESSED
from headroom.proxy.shapes.errors import ERROR
from headroom.proxy.unpacking import unpacked
from headroom.tokens import counts_exactly, tokenizer_said
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

LOSSLESS = "lossless"
SIMULATE = "simulate"
NOTHING: Mapping[str, Any] = MappingProxyType({})
# LiteLLM's guardrail says `{"mode": "ccr"}` where it gives the model the tool, and no mode where
# it does not (`ccr_retrieval: false`; guardrail_hooks/headroom of 1.110).
LITELLM = b"litellm/"

COMPRESS = Described(
    "Messages in, shorter messages out; no model is called",
    COMPRESSED,
    "With the header `x-headroom-bypass: true` they are given back as they came.",
    takes=COMPRESS_SHAPE,
    method="post",
    replies={503: Reply("They could not be made shorter just now.", {JSON: ERROR})},
)


class InvalidRequestError(HeadroomError):
    """The body is not what this endpoint takes; answered with 400."""


class CompressionError(HeadroomError):
    """The plan as a whole failed or was late; answered with 503."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that can be worked on."""

    document: Document
    messages: Sequence[Any]
    model: str
    keep_everything: bool = False
    """The caller wants only what can be undone from the text itself."""
    is_simulated: bool = False
    """The caller only wants to know what would become of them."""
    token_budget: int = 0
    """How many tokens the messages may have, by the provider's count; 0: as many as they have."""


async def compress(proxy: Proxy, call: Call, send: Send) -> None:
    """Answer one request: 200 with the messages, 400 or 503 with `{"error": …}`."""
    try:
        body = await _body(proxy, call)
        asked = await aside(len(body), _asked, body, unsaid=_unsaid(call))
        if call.wants_bypass or not proxy.settings.optimize or not asked.messages:
            told = _untouched(asked)
        else:
            told = await _compressed(proxy, asked, call)
    except InvalidRequestError as error:
        await _refuse(send, 400, "invalid_request", str(error))
    except CompressionError as error:
        logger.warning("/v1/compress: %s", error)
        await _refuse(send, 503, "compression_error", str(error))
    else:
        said = (b"x-headroom-tokenizer", tokenizer_said(asked.model).encode())
        await answer(send, 200, told, [said])


async def _body(proxy: Proxy, call: Call) -> bytes:
    sent = await read_body(call, limit=proxy.body_limit_bytes)
    return await unpacked(call, sent, limit=proxy.body_limit_bytes)


def _unsaid(call: Call) -> str:
    """The mode that is meant by a caller who says none."""
    agent = call.header(b"user-agent") or b""
    return LOSSLESS if agent.startswith(LITELLM) else ""


def _asked(body: bytes, *, unsaid: str) -> _Asked:
    try:
        document = Document.read(body)
    except UnreadableBody as error:
        raise InvalidRequestError(str(error)) from error
    messages, model = document.get("messages"), document.get("model")
    if not isinstance(messages, list):
        raise InvalidRequestError("messages must be a list of messages")
    if not all(isinstance(message, dict) for message in messages):
        raise InvalidRequestError("each of the messages must be a JSON object")
    if not isinstance(model, str) or not model:
        raise InvalidRequestError("model must be the name of a model")
    budget = document.get("token_budget")
    if isinstance(budget, float) and budget.is_integer():
        # In JSON 8000.0 is a whole number too.
        budget = int(budget)
    if budget is not None and (type(budget) is not int or budget < 1):
        raise InvalidRequestError("token_budget must be a whole number of tokens, at least 1")
    config = document.get("config")
    if not (config is None or isinstance(config, dict)):
        raise InvalidRequestError("config must be a JSON object")
    # Other members of config, and other words, are accepted and change nothing.
    said = config or {}
    mode = said.get("mode")
    keep_everything = (mode if isinstance(mode, str) and mode else unsaid) == LOSSLESS
    is_simulated = said.get("default_mode") == SIMULATE
    return _Asked(document, messages, model, keep_everything, is_simulated, budget or 0)


async def _compressed(proxy: Proxy, asked: _Asked, call: Call) -> bytes:
    """The reply; only purity decides here, so the same messages always become the same."""
    planning, tenant = proxy.planning, call.caller.tenant
    dialect = format_of(asked.messages)
    member = member_of(asked.messages)
    # Responses items come under the name of messages too; their dialect reads `input`.
    document = asked.document
    if member != "messages":
        raw = b",".join(element.raw for element in document.elements("messages"))
        document = Document.read(b'{"' + member.encode() + b'":[' + raw + b"]}")
    conversation = tools_only(await aside(len(document.body), dialect.read, document))
    if not asked.token_budget:
        conversation = results_first(conversation)
    durable = planning.store_health().durable
    means: Means = "tool" if durable and not asked.keep_everything else ""
    most = int(asked.token_budget / planning.calibration.factor(asked.model))
    plan = await _plan(planning, conversation, means, most)
    try:
        await planning.originals.keep(tenant, plan.originals)
    except StoreError as error:
        planning.troubles.warn(logger, "originals cannot be kept, so nothing is left out", error)
        plan = await _plan(planning, conversation, "", most)
    try:
        rewritten = await aside(len(document.body), _rewritten, document, plan)
    except UnreadableBody as error:
        logger.warning("/v1/compress: messages are given back as they came: %s", error)
        return _untouched(asked)
    told = [element.raw for element in rewritten.elements(member)]
    if asked.is_simulated:
        # Nothing was saved by it, so nothing counts it.  The originals are kept all the same: no
        # marker leaves here that does not hold.
        found = await asyncio.to_thread(rates, asked.model, own=proxy.settings.own_models)
        return _told(told, plan, most, simulated(conversation, plan, found, new_id()))
    planning.retrievals.kept(plan)
    proxy.observers.settle(_outcome(planning, asked, call, plan))
    return _told(told, plan, most)


def _outcome(planning: Planning, asked: _Asked, call: Call, plan: Plan) -> Outcome:
    return Outcome(
        request_id=new_id(),
        verdict="compressed",
        method=call.method,
        route=call.route.name,
        model=label(asked.model),
        status=200,
        tokens_before=plan.blocks_before,
        tokens_after=plan.blocks_after,
        counted_exactly=counts_exactly(asked.model),
        transforms=plan.transforms,
        failed=plan.failed,
        total_ms=(time.perf_counter() - call.received_at) * 1000,
        at=planning.clock(),
        tenant=call.caller.tenant,
        key_id=call.caller.key_id,
        tags=tags_of(call.headers),
    )


async def _plan(planning: Planning, conversation: Conversation, means: Means, most: int) -> Plan:
    budget = dataclasses.replace(planning.budget, rewrites=False, most_tokens=most)
    plan = await attempt(planning, conversation, Known(), Seen(), means=means, budget=budget)
    if plan.abandoned:
        raise CompressionError(plan.failed)
    return plan


def _rewritten(document: Document, plan: Plan) -> Document:
    return Document.read(document.rewrite(plan.changes))


def _untouched(asked: _Asked) -> bytes:
    raw = [element.raw for element in asked.document.elements("messages")]
    return _told(raw, None)


def _told(
    messages: Sequence[bytes], plan: Plan | None, most: int = 0, more: Mapping[str, Any] = NOTHING
) -> bytes:
    before = plan.blocks_before if plan else 0
    after = plan.blocks_after if plan else 0
    told: dict[str, Any] = {
        "messages": msgspec.Raw(b"[" + b",".join(messages) + b"]"),
        "tokens_before": before,
        "tokens_after": after,
        "tokens_saved": before - after,
        "compression_ratio": round(after / before, 4) if before else 1.0,
        "transforms_applied": list(plan.transforms) if plan else [],
        "ccr_hashes": list(plan.originals) if plan else [],
    }
    if plan:
        told["transforms_summary"] = dict(Tally(plan.transforms))
        if most:
            told["token_budget_met"] = plan.tokens_after <= most
    if more:
        told |= {**more, "messages_optimized": told["messages"]}
    return msgspec.json.encode(told)


async def _refuse(send: Send, status: int, kind: str, message: str) -> None:
    body = msgspec.json.encode({"error": {"type": kind, "message": message}})
    await answer(send, status, body)
