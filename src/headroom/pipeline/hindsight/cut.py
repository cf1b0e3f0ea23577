"""A result of which only the first and the last lines stay: the last resort of a full window.

Whatever it tells: without this the request would not fit, and the agent would get no answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import accumulate

from headroom.conversation import Form
from headroom.marker import Marker, key_of
from headroom.pipeline.hindsight.scene import LATE, Scene

BY = "cut"
HEAD_SHARE = 0.6
MARKER_TOKENS = 60


def cut(scene: Scene, index: int, *, tokens: int) -> Form | None:
    """The block in about so many tokens; None where that is no less than it has now.

    Whole lines leave, from its middle.
    """
    text = scene.blocks[index].text
    if scene.reduce is None or not text:
        return None
    lines = text.split("\n")
    # Its own tokens tell how long they are in this text.
    room = max(tokens - MARKER_TOKENS, 0) * len(text) // max(scene.size(index), 1)
    head = _fitting(lines, int(HEAD_SHARE * room))
    rest = room - sum(len(line) + 1 for line in lines[:head])
    tail = min(_fitting(lines[::-1], rest), len(lines) - head)
    gone = len(lines) - head - tail
    key = key_of(text)
    marker = Marker(gone, len(lines), "lines", "", key, by_tool=scene.reduce.by_tool)
    said = "\n".join([*lines[:head], str(marker), *lines[head + gone :]])
    after = scene.counter.count(said)
    if not gone or after >= scene.tokens(index):
        return None
    return dataclasses.replace(
        scene.form(index),
        text=said,
        by=(BY, LATE),
        tokens_before=scene.size(index),
        tokens_after=after,
        original=key,
    )


def _fitting(lines: Sequence[str], room: int) -> int:
    """How many of the lines, from the first on, fit in so many characters."""
    ends = accumulate(len(line) + 1 for line in lines)
    return next((at for at, end in enumerate(ends) if end > room), len(lines))
