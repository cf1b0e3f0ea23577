"""The sink of what is exported."""

from __future__ import annotations

from headroom.observe.entry import Entry
from headroom.observe.otel.sink import OtelSink
from headroom.observe.otel.spans import Told
from headroom.outcome import Outcome, Passage

OUTCOME = Outcome(
    "hr_1",
    "planned",
    provider="anthropic",
    status=200,
    at=2.5,
    asked_model="m",
    messages=3,
    passages=(Passage("read", 0.0, 0.5),),
    traceparent="00-1",
    asked="why?",
    answered="so",
)


class Measured:
    """Keeps what is to be added up."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def take(self, entry: Entry) -> None:
        self.entries.append(entry)


class Traced:
    """Keeps what is to be told."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def take(self, told: Told) -> None:
        self.told.append(told)


def test_an_outcome_is_told_to_all() -> None:
    metrics, plain, private = Measured(), Traced(), Traced()

    OtelSink(metrics, [plain], [private]).take(OUTCOME)

    assert [entry.id for entry in metrics.entries] == ["hr_1"]
    (told,) = plain.told
    assert (told.asked_model, told.traceparent) == ("m", "00-1")
    assert (told.ended_ns, told.messages, told.passages) == (2_500_000_000, 3, OUTCOME.passages)
    assert len(private.told) == 1


def test_S3_content_is_told_only_to_who_is_to_be_told() -> None:
    plain, private = Traced(), Traced()

    OtelSink(None, [plain], [private]).take(OUTCOME)

    assert (plain.told[0].asked, plain.told[0].answered) == ("", "")
    assert (private.told[0].asked, private.told[0].answered) == ("why?", "so")
    assert "why?" not in repr(private.told[0])
