from __future__ import annotations

import json
from typing import Any

from headroom.replay.dialects import AnthropicDialect
from headroom.replay.segments import Prompt, SegmentReader
from headroom.replay.session import Turn
from headroom.replay.shares import ShareMeter
from headroom.replay.use import UseMeter
from tests.replay.examples import words

DIALECT = AnthropicDialect()
NAME = "plot_7_of_the_garden"


def _prompt(*messages: tuple[str, str]) -> Prompt:
    history = [_message(role, text) for role, text in messages]
    return SegmentReader(DIALECT, words).read(json.dumps({"messages": history}).encode())


def _message(role: str, text: str) -> dict[str, Any]:
    if role == "tool":
        block = {"type": "tool_result", "tool_use_id": "1", "content": text}
        return {"role": "user", "content": [block]}
    return {"role": role, "content": text}


def _turn(number: int, text: str) -> Turn:
    return Turn(number, b"", ({"role": "assistant", "content": text},))


def _meter() -> UseMeter:
    return UseMeter(DIALECT, words, ShareMeter())


def test_a_name_that_only_a_tool_told_is_a_use() -> None:
    prompt = _prompt(("user", "where?"), ("tool", NAME))
    meter = _meter()

    meter.turn(_turn(0, f"In {NAME}"), 0, prompt, prompt)

    assert (meter.used, meter.kept) == (1, 1)


def test_a_name_that_the_user_gave_too_is_none() -> None:
    prompt = _prompt(("user", NAME), ("tool", NAME))
    meter = _meter()

    meter.turn(_turn(0, NAME), 0, prompt, prompt)

    assert meter.used == 0


def test_a_name_counts_at_its_first_use_only() -> None:
    prompt = _prompt(("user", "where?"), ("tool", NAME))
    meter = _meter()

    meter.turn(_turn(0, NAME), 0, prompt, prompt)
    meter.turn(_turn(1, NAME), 0, prompt, prompt)

    assert (meter.used, meter.kept) == (1, 1)


def test_the_latest_result_that_held_it_is_fetched_once() -> None:
    direct = _prompt(("user", "where?"), ("tool", f"{NAME} a"), ("tool", f"{NAME} bb other_name_2"))
    forwarded = _prompt(("user", "where?"), ("tool", "gone"), ("tool", "gone"))
    meter = _meter()

    meter.turn(_turn(0, f"{NAME}\nother_name_2"), 0, direct, forwarded)

    assert [miss.span for miss in meter.misses] == [NAME, "other_name_2"]
    (penalty,) = meter.penalties
    assert penalty.original_tokens == len(f"{NAME} bb other_name_2")


def test_after_a_compaction_only_the_new_history_counts_as_told() -> None:
    before = _prompt(("user", "where?"), ("tool", NAME))
    after = _prompt(("user", "in short: somewhere"))
    meter = _meter()

    meter.turn(_turn(0, "I see."), 0, before, before)
    meter.turn(_turn(1, NAME), 1, after, after)

    assert meter.used == 0
