"""What `/v1/compress` tells beside when it is only asked what would become of messages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from headroom.conversation import Conversation, Plan
from headroom.economics.prices import Rates
from headroom.observe.entry import kind_of
from headroom.observe.shown import percent
from headroom.observe.waste import waste_of


def simulated(
    conversation: Conversation, plan: Plan, rates: Rates | None, request_id: str
) -> dict[str, Any]:
    """The members that the npm SDK's `SimulationResult` and `DiffArtifact` declare and are known.

    *rates* are the model's, None where they are not known: then the saving is told in percent.
    """
    blocks = list(_blocks(conversation, plan))
    kinds: dict[str, int] = {}
    waste: dict[str, int] = {}
    for kind, by, before, after in blocks:
        kinds[kind] = kinds.get(kind, 0) + before
        signal = waste_of(kind_of(by), by)
        if signal and before > after:
            waste[signal] = waste.get(signal, 0) + before - after
    return {
        "transforms": list(plan.transforms),
        "estimated_savings": _savings(plan, rates),
        "block_breakdown": kinds,
        "waste_signals": waste,
        "diff_artifact": {
            "request_id": request_id,
            "original_tokens": plan.blocks_before,
            "optimized_tokens": plan.blocks_after,
            "total_tokens_saved": plan.blocks_before - plan.blocks_after,
            "transforms": [
                {
                    "transform_name": by,
                    "tokens_before": before,
                    "tokens_after": after,
                    "tokens_saved": before - after,
                }
                for _, by, before, after in blocks
                if by
            ],
        },
    }


def _blocks(conversation: Conversation, plan: Plan) -> Iterator[tuple[str, str, int, int]]:
    """Of each block its kind, what was done to it, and its tokens before and after."""
    last = plan.seen_before, plan.seen_after
    for index, (before, after) in enumerate(plan.running):
        form = plan.forms.get(index)
        by = "+".join(form.by) if form else ""
        yield conversation.blocks[index].kind, by, before - last[0], after - last[1]
        last = before, after


def _savings(plan: Plan, rates: Rates | None) -> str:
    saved = plan.blocks_before - plan.blocks_after
    share = f"{percent(saved, plan.blocks_before)} %"
    if rates is None:
        return share
    dollars: Decimal = saved * rates.input
    return f"${dollars:.6f} of input each time it is sent uncached ({share})"
