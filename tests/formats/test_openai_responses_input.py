from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.openai_responses_input import is_kept, next_body, told, unsealed
from headroom.formats.openai_responses_items import answered, leg_of
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.wire.document import Document
from tests.formats.responses_turns import GO

OPEN: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "summary": []}
SEALED: dict[str, Any] = {**OPEN, "encrypted_content": "gAAA"}
OURS: dict[str, Any] = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "o1",
    "name": TOOL,
    "arguments": "{}",
}
BARE: dict[str, Any] = {name: value for name, value in OURS.items() if name != "id"}
ANSWER: dict[str, Any] = {"type": "function_call_output", "call_id": "o1", "output": "text"}


def asked(
    body: dict[str, Any], *items: dict[str, Any], reply_id: str = "resp_9", kept: bool = True
) -> dict[str, Any]:
    """The next body after *body*, where the provider has said these items."""
    leg = answered(leg_of([encoded(item) for item in items]), {"o1": "text"})
    sent = msgspec.json.encode(body)
    return dict(msgspec.json.decode(next_body(sent, leg, reply_id, kept=kept)))


def test_a_whole_history_gets_the_leg_and_the_answers_at_its_end() -> None:
    body = {"model": "m", "input": [GO], "stream": True}

    assert asked(body, OPEN, OURS) == {**body, "input": [GO, OPEN, OURS, ANSWER]}


def test_a_single_text_becomes_the_first_message() -> None:
    assert asked({"input": "Gö."}, OURS)["input"] == [{**GO, "content": "Gö."}, OURS, ANSWER]


@pytest.mark.parametrize("body", [{}, {"input": None}, {"input": []}])
def test_a_request_without_input_gets_one(body: dict[str, Any]) -> None:
    assert asked(body, OURS)["input"] == [OURS, ANSWER]


def test_sealed_reasoning_is_given_back_where_nothing_is_kept() -> None:
    body = {"input": [GO], "store": False}

    assert asked(body, SEALED, OURS)["input"] == [GO, SEALED, OURS, ANSWER]


def test_open_reasoning_that_nobody_keeps_is_left_out_with_the_ids_behind_it() -> None:
    body = {"input": [GO], "store": False}

    assert asked(body, OPEN, OURS)["input"] == [GO, BARE, ANSWER]


def test_what_the_reply_says_of_being_kept_is_believed() -> None:
    assert asked({"input": [GO]}, OPEN, OURS, kept=False)["input"] == [GO, BARE, ANSWER]


def test_a_kept_reply_is_gone_on_from_with_the_answers_alone() -> None:
    body = {"input": [GO], "previous_response_id": "resp_1"}

    assert asked(body, OPEN, OURS) == {"input": [ANSWER], "previous_response_id": "resp_9"}


def test_a_reply_that_is_not_kept_is_given_back_behind_a_kept_one() -> None:
    body = {"input": [GO], "previous_response_id": "resp_1", "store": False}

    assert asked(body, SEALED, OURS) == {**body, "input": [GO, SEALED, OURS, ANSWER]}


def test_a_reply_without_an_id_is_given_back() -> None:
    body = {"input": [GO], "previous_response_id": "resp_1"}

    assert asked(body, OURS, reply_id="") == {**body, "input": [GO, OURS, ANSWER]}


@pytest.mark.parametrize("conversation", ["conv_1", {"id": "conv_1"}])
def test_a_conversation_has_the_leg_already(conversation: Any) -> None:
    body = {"input": [GO], "conversation": conversation, "store": False}

    assert asked(body, OPEN, OURS) == {**body, "input": [ANSWER]}


def test_more_can_be_said_first_of_all() -> None:
    document = Document.read(b'{"input":[{"role":"user","content":"b"}]}')

    body = document.rewrite([told(document, ['{"a":1}', '{"a":2}'], first=True)])

    assert body == b'{"input":[{"a":1},{"a":2},{"role":"user","content":"b"}]}'


@pytest.mark.parametrize(("store", "kept"), [(True, True), (None, True), (False, False)])
def test_only_false_means_not_kept(store: Any, kept: bool) -> None:
    assert is_kept(Document.read(msgspec.json.encode({"store": store}))) is kept


def test_only_open_reasoning_is_unsealed() -> None:
    leg = leg_of([encoded(item) for item in (OPEN, SEALED, {**OPEN, "encrypted_content": None})])

    assert unsealed(leg) == {0, 2}
