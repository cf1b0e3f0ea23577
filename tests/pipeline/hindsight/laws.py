"""What must hold of a conversation that is rewritten, whatever it says and whatever the budget."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from headroom.api import Forwarded, Session
from headroom.conversation import Conversation, Form, Plan
from headroom.formats import FORMATS
from headroom.marker import find_markers, key_of
from headroom.pipeline.repeat import referred, resolve
from headroom.pipeline.texts import Texts
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.pipeline.hindsight import made_up
from tests.pipeline.hindsight.made_up import Request
from tests.upstream.validate import problem_of

MEMBERS = {
    "anthropic": "messages",
    "openai_chat": "messages",
    "openai_responses": "input",
    "gemini": "contents",
}
READERS = {one.name: one for one in FORMATS}


def read(dialect: str, body: bytes) -> Conversation:
    """The conversation in this body."""
    return READERS[dialect].read(Document.read(body))


def check_all(dialect: str, made: Sequence[Request], session: Session, most_tokens: int) -> int:
    """Send all these requests, look at what comes out; how often something was rewritten."""
    forms: dict[int, Form] = {}
    sent: list[bytes] = []
    stays = rewrites = 0
    for request in made:
        forwarded = session.forward(dialect, request.body)
        planned = forwarded.plan
        assert planned.failed == ""
        forms = {**forms, **planned.forms, **planned.rewritten}
        now = _messages(dialect, forwarded.body)
        if planned.rewrite is None:
            assert now[: min(stays, len(sent))] == sent[:stays], "a bust that nobody announced"
        rewrites += planned.rewrite is not None
        _check_valid(dialect, request.body, forwarded.body)
        _check_stays(dialect, request.body, forwarded)
        _check_counts(dialect, forwarded, session.counter)
        _check_kept(read(dialect, request.body), forms, planned)
        _check_references(dialect, request.body, forwarded, forms)
        if planned.rewrite is not None and planned.rewrite.occasion == "window":
            assert planned.tokens_after <= most_tokens
        sent, stays = now, len(now) - (_count(dialect, request.body) - request.stays)
    return rewrites


def _messages(dialect: str, body: bytes) -> list[bytes]:
    member = MEMBERS[dialect]
    return [each.raw for each in Document.read(body).elements(member)]


def _count(dialect: str, body: bytes) -> int:
    return len(_messages(dialect, body))


def _check_valid(dialect: str, raw: bytes, body: bytes) -> None:
    assert problem(dialect, raw) == "", "the test itself sends what is not valid"
    assert problem(dialect, body) == ""


def problem(dialect: str, body: bytes) -> str:
    """What a provider would say of this body; nothing, if it takes it."""
    return problem_of(dialect, json.loads(body))


def _check_stays(dialect: str, raw: bytes, forwarded: Forwarded) -> None:
    """The task, pictures, words of the system, and all that thinking is bound to."""
    conversation, body = read(dialect, raw), forwarded.body
    assert raw.count(made_up.PICTURE.encode()) == body.count(made_up.PICTURE.encode())
    assert raw.count(b"Water is short") == body.count(b"Water is short")
    assert made_up.TASK.encode() in body
    if conversation.facts.binding == "refused":
        changed = forwarded.plan.rewritten
        assert min(changed, default=len(conversation.blocks)) >= conversation.facts.thinks_until


def _check_counts(dialect: str, forwarded: Forwarded, counter: Counter) -> None:
    blocks = read(dialect, forwarded.body).blocks
    planned = forwarded.plan
    assert planned.blocks_after == sum(counter.count(block.text) for block in blocks)
    if planned.running:
        assert planned.running[-1] == (planned.blocks_before, planned.blocks_after)
    assert planned.tokens_saved == planned.blocks_before - planned.blocks_after


def _check_kept(conversation: Conversation, forms: Mapping[int, Form], planned: Plan) -> None:
    """Whatever is not sent as it was stands in an original, and every marker leads to one."""
    kept = planned.originals
    assert all(key_of(original.text) == key for key, original in kept.items())
    for edit in planned.edits:
        for marker in find_markers(edit.text):
            assert marker.key in kept
            assert 0 < marker.gone <= marker.of
    for index, form in forms.items():
        if form.told_by >= 0:
            told = forms[form.told_by]
            markers = find_markers(told.text or "")
            assert [(one.key, one.unit) for one in markers] == [(told.original, "turns")]
            block = conversation.blocks[index]
            whole = block.call.arguments if block.kind == "tool_call" and block.call else block.text
            assert whole in kept[told.original].text
        elif form.original:
            assert kept[form.original].text == conversation.blocks[index].text


def _check_references(
    dialect: str, raw: bytes, forwarded: Forwarded, forms: Mapping[int, Form]
) -> None:
    """Who counts what is there finds what is referred to."""
    there = Texts.of(read(dialect, forwarded.body), {})
    conversation = read(dialect, raw)
    ours = Texts.of(conversation, forms)
    for index, form in forms.items():
        if form.text is None or form.told_by >= 0:
            continue
        for label in referred(form.text):
            assert there.labelled(label).sent == ours.labelled(label).sent != ""
        if set(form.by) <= {"repeat", "anew"}:
            assert resolve(form.text, ours.labelled) == conversation.blocks[index].text
