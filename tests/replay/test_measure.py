from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from headroom.outcome import Rewrite, Usage
from headroom.replay.bill import PRICINGS, STANDARD, Penalty
from headroom.replay.dialects import (
    AnthropicDialect,
    Dialect,
    GeminiDialect,
    OpenAIResponsesDialect,
)
from headroom.replay.measure import Meter, Sent, SessionMeasure, place_of
from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session
from tests.replay.examples import LISTING, all_bodies, anthropic_session, words

Change = Callable[[int, dict[str, Any]], None]


def _no_price(_usage: Usage) -> None:
    return None


def _measured(session: Session, change: Change | None = None) -> SessionMeasure:
    meter = Meter(session, words)
    for turn in session.turns():
        body = json.loads(turn.body)
        if change is not None:
            change(turn.number, body)
        meter.turn(turn, Sent(json.dumps(body).encode()))
    return meter.result(_no_price)


def _without_listing(_turn: int, body: dict[str, Any]) -> None:
    for message in body["messages"][2:3]:
        message["content"][0]["content"] = "[left out]"


@pytest.mark.parametrize("body", all_bodies())
def test_what_is_forwarded_as_it_came_costs_exactly_the_same(body: dict[str, Any]) -> None:
    measure = _measured(session_from_body("garden", body))

    assert [measure.net(pricing) for pricing in PRICINGS] == [1.0, 1.0, 1.0]
    assert (measure.busts, measure.penalties, measure.use_kept) == (0, (), 1.0)
    assert measure.used > 0


def test_the_first_turn_is_written_and_the_next_reads_it() -> None:
    measure = _measured(anthropic_session())

    first, second, _ = (turn.direct for turn in measure.turns)

    assert first.read == 0
    assert second.read == first.written
    assert second.written > first.output


def test_what_is_used_later_and_gone_is_missed_and_charged_once_per_result() -> None:
    measure = _measured(anthropic_session(), _without_listing)

    (miss,) = measure.misses
    assert (miss.turn, miss.span) == (1, "src/garden/plot_3/carrots.py")
    assert (miss.tool, miss.kind, miss.strategy) == ("look", "listing", "edited")
    assert measure.penalties == (Penalty(measure.turns[1].forwarded.prompt, len(LISTING)),)
    assert measure.units(STANDARD) == pytest.approx(
        measure.forwarded.units(STANDARD) + measure.penalties[0].units(STANDARD)
    )
    assert measure.use_kept < 1


def test_a_form_that_is_kept_breaks_no_prefix() -> None:
    assert _measured(anthropic_session(), _without_listing).busts == 0


def test_a_change_of_mind_is_a_bust_and_costs_a_cache_write() -> None:
    def only_at_first(turn: int, body: dict[str, Any]) -> None:
        if turn == 1:
            _without_listing(turn, body)

    measure = _measured(anthropic_session(), only_at_first)

    assert measure.busts == 1
    assert measure.turns[2].forwarded.read < measure.turns[2].direct.read


def test_a_rewrite_that_was_announced_is_no_bust_and_its_worth_is_told() -> None:
    meter = Meter(anthropic_session(), words)
    for turn in anthropic_session().turns():
        body = json.loads(turn.body)
        announced = Rewrite("paying", len(LISTING)) if turn.number == 2 else None
        if announced:
            _without_listing(turn.number, body)
        meter.turn(turn, Sent(json.dumps(body).encode(), rewrite=announced))

    measure = meter.result(_no_price)

    assert (measure.busts, measure.rewrites) == (0, (Rewrite("paying", len(LISTING)),))
    assert measure.unrewritten == measure.direct
    written_again = measure.turns[2].forwarded.units(STANDARD)
    read_again = measure.turns[2].direct.units(STANDARD)
    assert measure.rewrites_saved(STANDARD) == pytest.approx(read_again - written_again)


def test_a_message_that_left_moves_no_other_messages_share() -> None:
    session = anthropic_session()
    meter = Meter(session, words)
    for turn in session.turns():
        body = json.loads(turn.body)
        gone = (1, 2) if turn.number == 2 else ()
        body["messages"] = [each for at, each in enumerate(body["messages"]) if at not in gone]
        removals = tuple(("messages", at) for at in gone)
        rewrite = Rewrite("window", 0, 1) if gone else None
        meter.turn(
            turn,
            Sent(json.dumps(body).encode(), edits=(), removals=removals, rewrite=rewrite),
        )

    measure = meter.result(_no_price)

    assert measure.kinds["numbered file"].forwarded.prompt == (
        measure.kinds["numbered file"].direct.prompt
    )
    assert measure.kinds["listing"].forwarded.prompt < measure.kinds["listing"].direct.prompt


def test_a_client_that_rewrites_its_history_is_not_our_bust() -> None:
    session = anthropic_session()
    twice = dataclasses.replace(session, threads=(*session.threads, *session.threads))

    measure = _measured(twice)

    assert (measure.busts, measure.rewrites_by_client) == (0, 1)


def test_the_bill_is_split_by_kind_and_by_what_changed_it() -> None:
    measure = _measured(anthropic_session(), _without_listing)

    assert set(measure.kinds) == {
        "tools and system",
        "user",
        "assistant",
        "listing",
        "numbered file",
    }
    assert sum(share.direct.prompt for share in measure.kinds.values()) == measure.direct.prompt
    assert (
        sum(share.forwarded.prompt for share in measure.kinds.values()) == measure.forwarded.prompt
    )
    assert measure.strategies["edited"].blocks == 1


def test_an_edit_that_is_named_is_counted_under_its_name() -> None:
    session = anthropic_session()
    meter = Meter(session, words)

    for turn in session.turns():
        body = json.loads(turn.body)
        _without_listing(turn.number, body)
        path = ("messages", 2, "content", 0, "content")
        edits = ((path, "clean"), (path, "repeat")) if turn.number else ()
        meter.turn(turn, Sent(json.dumps(body).encode(), edits=edits))

    assert list(meter.result(_no_price).strategies) == ["clean + repeat"]


@pytest.mark.parametrize(
    ("dialect", "path", "place"),
    [
        (AnthropicDialect(), ("messages", 3, "content"), (3, 0)),
        (AnthropicDialect(), ("messages", 3, "content", 2, "content"), (3, 2)),
        (AnthropicDialect(), ("messages", 3, "content", 2, "content", 1, "text"), (3, 2)),
        (GeminiDialect(), ("contents", 3, "parts", 2, "functionResponse", "response", "o"), (3, 2)),
        (OpenAIResponsesDialect(), ("input", 5, "output"), (5, 0)),
        (OpenAIResponsesDialect(), ("input", 5, "output", 1, "text"), (5, 0)),
    ],
)
def test_an_edits_path_leads_to_its_segment(
    dialect: Dialect, path: Any, place: tuple[int, int]
) -> None:
    assert place_of(path, dialect) == place


def test_what_a_session_file_leaves_out_is_part_of_every_prompt() -> None:
    plain = _measured(anthropic_session())
    larger = _measured(dataclasses.replace(anthropic_session(), reported_tokens=50_000))

    assert larger.turns[0].direct.written == 50_000
    added = 50_000 - plain.turns[0].direct.written
    assert larger.turns[1].direct.read == plain.turns[1].direct.read + added


def test_a_turn_that_failed_is_told_and_not_billed() -> None:
    session = anthropic_session()
    meter = Meter(session, words)
    for turn in session.turns():
        meter.turn(turn, Sent(turn.body, failed="HTTP 502" if turn.number == 1 else ""))

    measure = meter.result(_no_price)

    assert measure.errors == ("turn 2: HTTP 502",)
    assert len(measure.turns) == 2


def test_new_blocks_that_were_given_up_are_told() -> None:
    session = anthropic_session()
    meter = Meter(session, words)
    for turn in session.turns():
        meter.turn(turn, Sent(turn.body, gave_up="late"))

    assert len(meter.result(_no_price).errors) == 3


def test_dollars_are_asked_for_each_request_and_unknown_is_not_zero() -> None:
    session = anthropic_session()
    meter = Meter(session, words)
    for turn in session.turns():
        meter.turn(turn, Sent(turn.body))

    measure = meter.result(lambda usage: Decimal(usage.input_tokens))

    assert measure.dollars_direct == measure.direct.prompt
    assert meter.result(_no_price).dollars_direct is None
