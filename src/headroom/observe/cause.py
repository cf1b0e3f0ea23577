"""Why a block was left alone, in one word of a few: plans say it in sentences, with amounts.

Whoever adds up needs words that do not differ from block to block.
"""

from __future__ import annotations

OTHER_CAUSE = "other"
NEVER_TOUCHED = "never_touched"
"""Nobody said why: it is no text that may change, such as what the assistant or a person wrote."""

CAUSES: tuple[tuple[str, str], ...] = (
    ("results of ", "protected"),
    ("too small", "small"),
    ("nothing may be left out here", "lossless_only"),
    ("nothing to gain", "nothing_to_gain"),
    ("would save only", "too_little"),
    ("leaving something out would save only", "too_little"),
    ("leaving out", "would_not_pay"),
    ("nothing in this", "all_telling"),
    ("short enough", "short"),
    ("kept whole: an error", "error"),
    ("kept whole: instructions", "instructions"),
    ("kept whole: a drawing", "drawing"),
    ("kept whole: a small range", "small_range"),
    ("kept whole: it was asked for a second time", "asked_again"),
    ("kept whole: such results", "asked_back"),
    ("kept whole: it could not be had again", "no_way_back"),
    ("a pass failed", "failed"),
)
"""How a reason begins, and its word; the first that fits counts."""

SKIPPED_KIND = "skipped_kind"
_SKIPPED = " is left as it is"


def cause_of(reason: str) -> str:
    """The word for this reason of a plan."""
    if not reason:
        return NEVER_TOUCHED
    if reason.endswith(_SKIPPED):
        return SKIPPED_KIND
    return next((word for begin, word in CAUSES if reason.startswith(begin)), OTHER_CAUSE)
