from __future__ import annotations

from decimal import Decimal

from headroom.conversation import Form, Plan
from headroom.economics.prices import Rates
from headroom.formats.openai_chat import OpenAIChat
from headroom.proxy.pages.simulated import simulated
from headroom.wire.document import Document

BODY = b"""{"messages": [
    {"role": "user", "content": "Look."},
    {"role": "tool", "tool_call_id": "c", "content": "[1, 2]"},
    {"role": "tool", "tool_call_id": "d", "content": "again"}
]}"""
PLAN = Plan(
    forms={
        0: Form(None),
        1: Form("[1]", ("smart_crusher",), 100, 40, "0" * 24),
        2: Form("see above", ("repeat",), 50, 10),
    },
    blocks_before=160,
    blocks_after=60,
    running=((10, 10), (110, 50), (160, 60)),
    transforms=("router:records", "repeat"),
)
EACH = Decimal("0.00001")
RATES = Rates(EACH, EACH, EACH, EACH, EACH)


def test_each_block_is_told_by_kind_and_what_was_done_to_it() -> None:
    conversation = OpenAIChat().read(Document.read(BODY))

    told = simulated(conversation, PLAN, RATES, "hr_1")

    assert told["transforms"] == ["router:records", "repeat"]
    assert told["block_breakdown"] == {"text": 10, "tool_result": 150}
    assert told["waste_signals"] == {"json_bloat": 60, "repetition": 40}
    assert told["diff_artifact"] == {
        "request_id": "hr_1",
        "original_tokens": 160,
        "optimized_tokens": 60,
        "total_tokens_saved": 100,
        "transforms": [
            {
                "transform_name": "smart_crusher",
                "tokens_before": 100,
                "tokens_after": 40,
                "tokens_saved": 60,
            },
            {
                "transform_name": "repeat",
                "tokens_before": 50,
                "tokens_after": 10,
                "tokens_saved": 40,
            },
        ],
    }


def test_the_saving_is_told_in_dollars_where_the_price_is_known() -> None:
    conversation = OpenAIChat().read(Document.read(BODY))

    priced = simulated(conversation, PLAN, RATES, "hr_1")
    unpriced = simulated(conversation, PLAN, None, "hr_1")

    assert priced["estimated_savings"].startswith("$0.001000 of input")
    assert unpriced["estimated_savings"] == "62.5 %"
