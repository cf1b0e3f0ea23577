"""The stricter reading of what tools told: what agents without tools are told counts too.

Agents of a text protocol get what they observe as user text.  Where such text may be edited, it
is read here as a tool's result, so that what is used of it and cannot be seen is a miss as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from headroom.errors import UnreadableBody
from headroom.replay.dialects import Dialect
from headroom.replay.measure import place_of
from headroom.replay.segments import Place, Prompt, Segment, SegmentReader
from headroom.wire.document import Document


class ObservingReader(SegmentReader):
    """Reads bodies as `SegmentReader` does, with observations as what tools told."""

    __slots__ = ("_known",)

    def __init__(self, dialect: Dialect, count: Callable[[str], int]) -> None:
        super().__init__(dialect, count)
        self._known: dict[bytes, Segment] = {}

    def read(self, body: bytes) -> Prompt:
        """The prompt in *body*.  Raises UnreadableBody when it is not a JSON object."""
        prompt = super().read(body)
        observed = self._observed(body)
        if not observed:
            return prompt
        segments = tuple(
            self._told(segment) if place in observed else segment
            for place, segment in zip(prompt.places, prompt.segments, strict=True)
        )
        return dataclasses.replace(prompt, segments=segments)

    def _observed(self, body: bytes) -> frozenset[Place]:
        try:
            conversation = self._dialect.format.read(Document.read(body))
        except UnreadableBody:
            return frozenset()
        blocks = conversation.blocks
        return frozenset(
            place_of(one.path, self._dialect)
            for one in blocks
            if one.kind == "text" and one.editable
        )

    def _told(self, segment: Segment) -> Segment:
        """The same segment as a tool's result, made only once."""
        known = self._known.get(segment.digest)
        if known is None:
            known = dataclasses.replace(segment, owner="tool", result=segment.text)
            self._known[segment.digest] = known
        return known
