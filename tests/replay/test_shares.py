from __future__ import annotations

import json

from headroom.replay.bill import Tokens
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.segments import SegmentReader
from headroom.replay.shares import Share, ShareMeter, merged
from tests.replay.examples import anthropic_body, words


def _meter() -> ShareMeter:
    reader = SegmentReader(AnthropicDialect(), words)
    prompt = reader.read(json.dumps(anthropic_body()).encode())
    meter = ShareMeter()
    meter.direct(0, prompt, 2)
    meter.forwarded(0, prompt, 2)
    return meter


def test_read_and_written_tokens_go_to_the_kind_they_are_of() -> None:
    kinds = _meter().by_kind()

    assert kinds["tools and system"].direct.written == 0
    assert kinds["tools and system"].direct.read > 0
    assert kinds["listing"].direct.read == 0
    assert kinds["listing"].direct.written == kinds["listing"].before == kinds["listing"].after


def test_a_block_is_named_after_all_that_changed_it() -> None:
    meter = _meter()
    key = (0, (2, 0))

    meter.edited(key, "clean")
    meter.edited(key, "repeat")
    meter.edited(key, "clean")
    meter.edited((9, (9, 9)), "a block that never was")

    assert meter.strategy(key) == "clean + repeat"
    assert meter.kind(key) == "listing"
    assert (meter.strategy((9, (9, 9))), meter.kind((9, (9, 9)))) == ("", "other")
    assert list(meter.by_strategy()) == ["clean + repeat"]


def test_tables_are_added_up_the_dearest_first() -> None:
    small = {"log": Share(1, 10, 5, Tokens(10, 10), Tokens(5, 5))}
    large = {"log": small["log"], "JSON": Share(1, 99, 9, Tokens(99, 99), Tokens(9, 9))}

    total = merged([small, large])

    assert list(total) == ["JSON", "log"]
    assert total["log"] == Share(2, 20, 10, Tokens(20, 20), Tokens(10, 10))
