"""The originals of shortened texts, for the tenant whose they are and for nobody else.

Being on the same machine opens nothing here: an original is given to a caller that brings the
same provider credential (or, like who kept it, none).  Only the operator's own token opens more:
what was kept for a virtual key, by the key's id.  What belongs to another tenant and what
was never kept are answered alike; what the caller's own tenant kept and has lost is told apart
from both.  What was asked for is counted per process.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from headroom.compressors.excerpt import Excerpt, is_line_range, line_range, search
from headroom.conversation import Original
from headroom.errors import BadRequest
from headroom.marker import KEY_CHARACTERS, is_key
from headroom.proxy.call import Call
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.learning import experience_of_retrieval, note_later
from headroom.proxy.pages.told import object_in, telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.retrievals import Retrieval
from headroom.proxy.shapes.errors import ERROR
from headroom.proxy.shapes.retrieve import (
    HASH,
    KEY_ID,
    LINES,
    QUERY,
    RETRIEVAL_STATS,
    RETRIEVE,
    RETRIEVED,
    TOOL_RESULT,
)
from headroom.proxy.shapes.retrieve import TOOL_CALL as TOOL_CALL_SHAPE
from headroom.proxy.tenant import tenant_of_key
from headroom.state.originals import Absence
from headroom.state.patterns import Experience

PREFIX = "/v1/retrieve/"

ABSENT: Mapping[Absence, str] = MappingProxyType(
    {
        Absence.EXPIRED: "the original {key} has expired: it was kept for this caller, but was not "
        "asked for within --store-days, or had to make room (--store-limit-mb). Get the content "
        "again where it came from: read the file or run the command once more.",
        Absence.UNKNOWN: "the original {key} is unknown: it was never kept for this caller. Copy "
        "the hash from the marker as it stands, and ask with the same provider key as the request "
        "whose text was shortened.",
    }
)

ORIGINALS = "originals"

NOT_THERE = {404: Reply("It has expired, or was never kept for this caller.", {JSON: ERROR})}

BY_BODY = Described(
    "An original, whole or in part",
    RETRIEVED,
    "Given to the caller for whom it was kept, byte for byte.",
    takes=RETRIEVE,
    method="post",
    replies=NOT_THERE,
)
BY_PATH = Described(
    "An original, whole or in part",
    RETRIEVED,
    below="{hash}",
    parameters=(
        Parameter("hash", "As it stands in the marker.", HASH, "path"),
        Parameter("query", "Words to look for.", QUERY),
        Parameter("lines", "Which lines.", LINES),
        Parameter("key_id", "Whose.", KEY_ID),
    ),
    replies=NOT_THERE,
)
TOOL_CALL = Described(
    "The result for a model's call of `headroom_retrieve`, as its provider takes it",
    TOOL_RESULT,
    "What cannot be had is told in the result, for the model to read.",
    takes=TOOL_CALL_SHAPE,
    method="post",
)
STATS = Described(
    "How many originals are kept, and what this caller asked for lately",
    RETRIEVAL_STATS,
)


Shown = tuple[int, int, Mapping[str, Any], Experience | None]
"""How many units of how many are given, the answer, and what it teaches."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of which original."""

    key: str
    query: str = ""
    lines: str = ""
    key_id: str = ""
    """Of the virtual key for which it was kept; only the operator may say so."""


@telling(missing=ORIGINALS)
async def stats(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/retrieve/stats`: what is kept in all, and what this caller last asked for."""
    planning = proxy.planning
    sizes = await planning.originals.sizes()
    tally = planning.retrievals
    tenant = call.caller.tenant
    recent = [
        {
            "hash": one.key,
            "query": one.query,
            "items_retrieved": one.given,
            "total_items": one.of,
            "tool_name": one.tool,
            "retrieval_type": "search" if one.query else "full",
        }
        for one in tally.recent(tenant)
    ]
    store = {
        "entry_count": sizes.entries,
        # It is the store that is limited, in bytes.
        "max_entries": None,
        "total_original_tokens": tally.tokens_kept,
        "total_compressed_tokens": tally.tokens_shown,
        "total_retrievals": tally.total,
        "event_count": len(recent),
        # The npm SDK declares these names for the same.
        "entries": sizes.entries,
        "original_tokens_cached": tally.tokens_kept,
        "compressed_tokens_cached": tally.tokens_shown,
        "retrievals": tally.total,
        "backend": {
            "backend_type": proxy.settings.store_kind,
            "entry_count": sizes.entries,
            "bytes_used": sizes.value_bytes,
        },
    }
    return 200, {"store": store, "recent_retrievals": recent}


@telling(missing=ORIGINALS)
async def by_body(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`POST /v1/retrieve` with `{hash, query?, lines?}`."""
    return await _told(proxy, call, _asked(await object_in(proxy, call)))


@telling(missing=ORIGINALS)
async def by_path(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/retrieve/{hash}?query=&lines=`."""
    words = dict(parse_qsl(call.query.decode("latin-1")))
    key = call.route.name.removeprefix(PREFIX)
    return await _told(proxy, call, _asked({**words, "hash": key}))


@telling(missing=ORIGINALS)
async def tool_call(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`POST /v1/retrieve/tool_call`: the result for a model's call, in its provider's shape."""
    body = await object_in(proxy, call)
    made = body.get("tool_call")
    if not isinstance(made, dict):
        raise BadRequest("tool_call must be the call as the model made it, a JSON object")
    provider, name = body.get("provider", "anthropic"), made.get("id", "")
    if not isinstance(provider, str) or not isinstance(name, str):
        raise BadRequest("provider and the id of the tool call must be text")
    is_anthropic = provider == "anthropic"
    arguments = made.get("input") if is_anthropic else _openai_arguments(made)
    if not isinstance(arguments, dict):
        raise BadRequest("the arguments of the tool call must be a JSON object")
    # A model's arguments never say whose the original is.
    asked = dataclasses.replace(_asked(arguments), key_id="")
    status, told = await _told(proxy, call, asked)
    data = told if status == 200 else {"error": told["detail"]}
    content = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    result = (
        {"type": "tool_result", "tool_use_id": name, "content": content}
        if is_anthropic
        else {"role": "tool", "tool_call_id": name, "content": content}
    )
    return 200, {"tool_result": result, "success": status == 200, "data": data}


def _openai_arguments(made: Mapping[str, Any]) -> Any:
    function = made.get("function", made)
    text = function.get("arguments") if isinstance(function, dict) else None
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest("the arguments of the tool call are not JSON") from error


def _asked(members: Mapping[str, Any]) -> Asked:
    key = members.get("hash")
    if not key:
        raise BadRequest("hash required")
    if not isinstance(key, str) or not is_key(key):
        raise BadRequest(f"hash must be {KEY_CHARACTERS} digits of 0-9 and a-f, as in the marker")
    found = [members.get(name) for name in ("query", "lines", "key_id")]
    words = ["" if word is None else word for word in found]
    if not all(isinstance(word, str) for word in words):
        raise BadRequest("query, lines and key_id must be text")
    asked = Asked(key, *(word.strip() for word in words))
    if asked.lines and not is_line_range(asked.lines):
        raise BadRequest(f"lines is {asked.lines[:64]!r}, but a range such as 120-180 is needed")
    return asked


async def _told(proxy: Proxy, call: Call, asked: Asked) -> tuple[int, Mapping[str, Any]]:
    if asked.key_id and call.caller.standing == "operator":
        return await _told_of_another(proxy, asked)
    tenant = call.caller.tenant
    original = await proxy.planning.originals.find(tenant, asked.key)
    if isinstance(original, Absence):
        return 404, {"detail": ABSENT[original].format(key=asked.key)}
    # A search reads the whole text: not on the event loop.
    given, of, told, experience = await asyncio.to_thread(_shown, asked, original)
    note_later(proxy.planning, tenant, [experience])
    one = Retrieval(asked.key, asked.query, original.tool, given, of)
    count = proxy.planning.retrievals.note(tenant, one)
    return 200, told if "results" in told else {**told, "retrieval_count": count}


async def _told_of_another(proxy: Proxy, asked: Asked) -> tuple[int, Mapping[str, Any]]:
    """What was kept for a virtual key; that the operator looked teaches nothing."""
    planning = proxy.planning
    kept = await planning.keys.named(asked.key_id)
    if kept is None:
        return 404, {"detail": f"there is no key {asked.key_id}: headroom keys list shows them"}
    tenant = tenant_of_key(kept.digest, planning.secret)
    original = await planning.originals.find(tenant, asked.key)
    if isinstance(original, Absence):
        return 404, {"detail": ABSENT[original].format(key=asked.key)}
    _, _, told, _ = await asyncio.to_thread(_shown, asked, original)
    return 200, told


def _shown(asked: Asked, original: Original) -> Shown:
    if asked.query or asked.lines:
        try:
            excerpt = (
                search(original.text, asked.query)
                if asked.query
                else line_range(original.text, asked.lines)
            )
        except ValueError as error:
            raise BadRequest(str(error)) from error
        experience = experience_of_retrieval(original, asked.key, asked.query, excerpt)
        return len(excerpt.units), excerpt.of, _excerpted(asked, excerpt), experience
    told = {
        "hash": asked.key,
        "original_content": original.text,
        "original_tokens": original.tokens,
        "original_item_count": original.units,
        "compressed_item_count": original.units_kept,
        "tool_name": original.tool,
    }
    experience = experience_of_retrieval(original, asked.key, "", None)
    return original.units, original.units, told, experience


def _excerpted(asked: Asked, excerpt: Excerpt) -> Mapping[str, Any]:
    return {
        "hash": asked.key,
        "query": asked.query,
        "lines": asked.lines,
        "results": [{"position": one.position, "text": one.text} for one in excerpt.units],
        "count": len(excerpt.units),
        "total_items": excerpt.of,
        "outline": excerpt.outline,
        "original_content": str(excerpt),
    }
