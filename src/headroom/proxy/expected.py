"""What a call is expected to use, told before it is sent: its input as counted, and an answer as
long as answers have been lately."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass

from headroom.proxy.record import Record
from headroom.tokens import Calibration

BYTES_PER_TOKEN = 4
"""Of a body that was not read."""
USUAL_ANSWER_TOKENS = 4_000
"""At most expected where the request does not say how long its answer may be."""
CONSIDERED = 40
"""So many of the last answers are looked at."""
REMEMBERED = 2_048
"""Callers and models of which any are remembered."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Tokens, in the provider's count."""

    input_tokens: int
    output_tokens: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.input_tokens + self.output_tokens


class AnswerLengths:
    """How long the last answers were, per tenant and model."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()

    def note(self, tenant: str, model: str, output_tokens: int) -> None:
        """Take in one answer."""
        key = (tenant, model)
        lengths = self._last.setdefault(key, deque(maxlen=CONSIDERED))
        self._last.move_to_end(key)
        lengths.append(output_tokens)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def long_one(self, tenant: str, model: str) -> int:
        """Longer than 95 in a hundred of them; 0 where none is known."""
        lengths = sorted(self._last.get((tenant, model), ()))
        return lengths[math.ceil(0.95 * len(lengths)) - 1] if lengths else 0


def expected(
    record: Record, lengths: AnswerLengths, calibration: Calibration, *, body_bytes: int
) -> Expected:
    """What the planned call will use; *body_bytes* is what is sent.

    The answer is taken to be as long as a long one of this tenant and model, at least an eighth
    of what the request allows, and never more than that.
    """
    counted = record.plan.tokens_after
    sent = calibration.estimate(record.model, counted) if counted else body_bytes // BYTES_PER_TOKEN
    most = record.most_answer or USUAL_ANSWER_TOKENS
    long_one = lengths.long_one(record.caller.tenant, record.model)
    return Expected(sent, min(max(long_one, most // 8), most))
