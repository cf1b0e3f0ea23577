"""The sink of what is exported."""

from __future__ import annotations

from dataclasses import replace

from headroom.observe.otel.outbox import Outbox
from headroom.observe.otel.sink import OtelSink
from headroom.observe.otel.spans import Told
from headroom.observe.otel.sums import Sums
from headroom.outcome import Outcome, Passage

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
OUTCOME = Outcome(
    "hr_1",
    "planned",
    provider="anthropic",
    status=200,
    at=2.5,
    asked_model="m",
    messages=3,
    passages=(Passage("read", 0.0, 0.5),),
    asked="why?",
    answered="so",
)


class Box(Outbox):
    """Keeps what is put in."""

    def __init__(self) -> None:
        super().__init__(lambda _batch, _within_s: None)
        self.told: list[Told] = []

    def put(self, told: Told) -> None:
        self.told.append(told)


def test_an_outcome_is_added_up_and_put_aside_for_all() -> None:
    sums, plain, private = Sums(), Box(), Box()

    OtelSink(sums, [plain], [private]).take(OUTCOME)

    (tally,) = sums.snapshot().tallies.values()
    assert tally.of("requests") == 1
    (told,) = plain.told
    assert told.asked_model == "m"
    assert (told.ended_ns, told.messages, told.passages) == (2_500_000_000, 3, OUTCOME.passages)
    assert len(private.told) == 1


def test_S3_content_is_put_aside_only_for_who_is_to_be_told() -> None:
    plain, private = Box(), Box()

    OtelSink(None, [plain], [private]).take(OUTCOME)

    assert (plain.told[0].asked, plain.told[0].answered) == ("", "")
    assert (private.told[0].asked, private.told[0].answered) == ("why?", "so")
    assert "why?" not in repr(private.told[0])


def test_the_callers_trace_goes_on_and_one_that_it_does_not_want_is_not_told() -> None:
    sums, box = Sums(), Box()
    sink = OtelSink(sums, [box])

    sink.take(replace(OUTCOME, traceparent=f"{TRACE}-01"))
    sink.take(replace(OUTCOME, traceparent=f"{TRACE}-00"))
    sink.take(replace(OUTCOME, traceparent="nonsense"))

    assert [told.parent is not None for told in box.told] == [True, False]
    (tally,) = sums.snapshot().tallies.values()
    assert tally.of("requests") == 3
