"""A replayed session of our own to report about: one listing lost, with hostile names."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

from headroom.economics import cost
from headroom.outcome import Usage
from headroom.replay.measure import Meter, Sent, SessionMeasure
from headroom.replay.summary import Summary, summarise
from tests.replay.examples import anthropic_session, words

NAME = "<script>alert('[bold]')</script>"


def measure(name: str = NAME, model: str = "claude-sonnet-4-5") -> SessionMeasure:
    """The session, forwarded without its listing, with an error at the end."""
    session = dataclasses.replace(anthropic_session(), name=name, model=model)
    meter = Meter(session, words)
    for turn in session.turns():
        body = json.loads(turn.body)
        for message in body["messages"][2:3]:
            message["content"][0]["content"] = "[left out]"
        meter.turn(turn, Sent(json.dumps(body).encode(), overhead_ms=turn.number + 1.0))
    meter.turn(turn, Sent(turn.body, failed="HTTP 502: [red]<b>"))

    def price(usage: Usage) -> Decimal | None:
        return cost(model, usage, provider="anthropic")

    return meter.result(price)


def summary() -> Summary:
    """One session with a known price, one without."""
    return summarise([measure(), measure("other", model="a-model-of-our-own")])
