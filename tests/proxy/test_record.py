"""The draft of an outcome, filled in while a call runs."""

from __future__ import annotations

import dataclasses

from headroom.conversation import Block, Conversation
from headroom.formats.base import Finished, TextSaid, UsageReported
from headroom.outcome import Rewrite, Usage
from headroom.proxy.record import CONTENT_CHARACTERS
from tests.proxy.drafts import PLAN, record


def test_the_last_usage_that_is_reported_counts() -> None:
    draft = record()

    draft.see([TextSaid("a"), UsageReported(Usage(1, 1)), UsageReported(Usage(9, 4))])
    draft.see([Finished("end_turn")])

    assert draft.usage == Usage(9, 4)
    assert draft.finished


def test_a_planned_reply_tells_what_was_done_and_each_strategy_once() -> None:
    told = dict(record(verdict="planned", plan=PLAN, model="a\nb").headers())

    assert told[b"x-headroom-tokens-saved"] == b"500"
    assert told[b"x-headroom-transforms"] == b"router:log:0.75"
    assert told[b"x-headroom-model"] == b"a?b"
    assert told[b"x-headroom-request-id"].startswith(b"hr_")


def test_a_rewrite_of_what_was_sent_is_announced() -> None:
    plan = dataclasses.replace(PLAN, rewrite=Rewrite("paying", 400))

    told = dict(record(verdict="planned", plan=plan).headers())

    assert told[b"x-headroom-rewrite"] == b"paying"


def test_what_is_not_planned_tells_its_id_alone() -> None:
    assert [name for name, _ in record(plan=PLAN).headers()] == [b"x-headroom-request-id"]


def test_what_a_request_says_is_heard_but_its_content_only_where_that_is_wanted() -> None:
    blocks = (
        Block(("messages", 0, "content"), 0, "user", "text", "why?"),
        Block(("messages", 4, "content", 0), 1, "tool", "tool_result", "x" * 9_000),
        Block(("messages", 4, "content", 1), 1, "user", "opaque", "{}"),
    )
    conversation = Conversation(blocks, "m", streaming=True)
    draft, curious = record(), record()

    draft.hear(conversation, content=False)
    curious.hear(conversation, content=True)

    assert (draft.model, draft.streaming, draft.messages, draft.asked) == ("m", True, 5, "")
    assert draft.asked_model == "m"
    assert curious.asked == "x" * CONTENT_CHARACTERS
    assert "xxx" not in repr(curious)
