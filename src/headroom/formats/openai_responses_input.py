"""What a request of the Responses API says to its provider, and how more is said in it.

The history may be all in `input`, or kept by the provider: under the id of the reply before,
or as a conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

from headroom.conversation import Change, Insert, Leg, Put, Replace
from headroom.formats.openai_responses_items import given_back, is_reasoning, items_of
from headroom.formats.turns import encoded, listed, raw
from headroom.wire.document import Document

_INPUT = "input"
_PREVIOUS = "previous_response_id"


def is_kept(document: Document) -> bool:
    """Whether the provider keeps the reply to this request."""
    # Kept unless it is said otherwise (platform.openai.com/docs/api-reference/responses, 2026-11).
    return document.get("store") is not False


def next_body(sent: bytes, leg: Leg, reply_id: str, *, kept: bool) -> bytes:
    """The body that tells the provider the answers to the calls of *leg*, and asks it to go on.

    Where the provider has the leg, *reply_id*, the answers alone are sent; else the whole leg,
    but for reasoning items that neither the provider has nor we (they are not sealed).  *kept*
    is false where the reply says that it is not kept, whatever was asked.
    """
    document = Document.read(sent)
    if document.get("conversation"):
        # The provider has put the leg's items into it.
        return document.rewrite([_nothing_but(document, leg.answers)])
    kept = kept and is_kept(document)
    if document.get(_PREVIOUS) and reply_id and kept:
        follow = Replace((_PREVIOUS,), encoded(reply_id).encode())
        return document.rewrite([follow, _nothing_but(document, leg.answers)])
    lost = frozenset[int]() if kept else unsealed(leg)
    said = given_back(leg.pieces, lost=lost).values()
    return document.rewrite([told(document, [*said, *leg.answers])])


def unsealed(leg: Leg) -> frozenset[int]:
    """Which items of the leg nobody can give back where the provider has not kept them."""
    return frozenset(
        n
        for n, item in enumerate(items_of(leg.pieces))
        if is_reasoning(item) and not item.get("encrypted_content")
    )


def told(document: Document, items: Sequence[str], *, first: bool = False) -> Change:
    """What says these items behind all that the request says, or *first* of all."""
    whole = document.member(_INPUT)
    if whole is not None and isinstance(whole.value, list):
        at = 0 if first else len(whole.value)
        return Insert((_INPUT,), at, ",".join(items).encode())
    if whole is None or not isinstance(whole.value, str):
        return _nothing_but(document, items)
    text = raw(whole.raw.decode("utf-8", "replace"))
    asked = encoded({"type": "message", "role": "user", "content": text})
    both = (*items, asked) if first else (asked, *items)
    return Replace((_INPUT,), listed(both).encode())


def _nothing_but(document: Document, items: Sequence[str]) -> Change:
    json = listed(items).encode()
    is_there = document.member(_INPUT) is not None
    return Replace((_INPUT,), json) if is_there else Put((), _INPUT, json)
