"""What became of one request's blocks: kept for a while, for whoever opens it."""

from __future__ import annotations

from typing import Final

import msgspec

from headroom.observe.entry import printable
from headroom.outcome import Outcome, Treated

MOST_BLOCKS = 400


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """The blocks of one request that were looked at; *untold* says how many more there were."""

    id: str
    tenant: str
    """Whose texts they are: nobody else may read them."""
    blocks: tuple[Treated, ...] = ()
    untold: int = 0


DETAILS: Final = msgspec.msgpack.Decoder(Detail)


def detail_of(outcome: Outcome) -> Detail | None:
    """What is kept of this outcome; None where there is nothing to tell.

    What became shorter goes first where there is no room for all.
    """
    treated = outcome.treated
    if not treated:
        return None
    if len(treated) > MOST_BLOCKS:
        changed = sorted(treated, key=lambda block: not block.by)[:MOST_BLOCKS]
        treated = tuple(sorted(changed, key=lambda block: block.index))
    untold = outcome.untold + len(outcome.treated) - len(treated)
    return Detail(outcome.request_id, outcome.tenant, tuple(map(_told, treated)), untold)


def _told(block: Treated) -> Treated:
    """The same with what others named or said made short, and of one line."""
    return msgspec.structs.replace(
        block, tool=printable(block.tool), reason=printable(block.reason)
    )
