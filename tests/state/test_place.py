from __future__ import annotations

import msgspec

from headroom.conversation import Block, Conversation, Facts, Form, Known
from headroom.state.place import Head, Marks, Place, StoredForm


def test_the_decided_chain_is_that_of_the_last_decided_block() -> None:
    assert Place((b"1", b"2", b"3"), Known(decided=2)).decided_chain == b"2"
    assert Place((b"1",), Known()).decided_chain == b""


def test_what_the_provider_holds_is_decided_where_its_form_was_lost() -> None:
    said = Block(("input", 0), 0, "user", "text", "a")
    told = Block(("input", 1, "output"), 0, "tool", "tool_result", "b", editable=True)
    conversation = Conversation((said, told, told), "m")
    place = Place((b"1", b"2", b"3"), Known(decided=1, counted=True))

    assert place.decided_until(1, conversation) is place
    until = place.decided_until(2, conversation).known
    assert (until.decided, until.counted) == (2, False)


def test_a_head_of_an_earlier_version_is_read() -> None:
    earlier = msgspec.msgpack.encode([[1, 3], 90, 40])

    assert msgspec.msgpack.decode(earlier, type=Head) == Head((1, 3), 90, 40)


def test_a_head_comes_back_with_what_was_done_about_marks() -> None:
    head = Head((), 0, 0, marks=Marks(begun=True, listed=(4,), ended=True, at=7))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(head), type=Head) == head


def test_a_form_comes_back_as_it_was_and_one_of_an_earlier_version_is_read() -> None:
    form = Form("short", ("log",), 90, 40, "1" * 24, signature="2" * 24, eased=True)
    packed = msgspec.msgpack.encode(StoredForm.of(form))
    earlier = msgspec.msgpack.encode(["short", ["log"], 90, 40])

    assert msgspec.msgpack.decode(packed, type=StoredForm).form == form
    assert msgspec.msgpack.decode(earlier, type=StoredForm).form == Form("short", ("log",), 90, 40)


def test_in_a_batch_all_of_a_conversation_that_nobody_knows_is_new() -> None:
    conversation = Conversation((), "m")
    thinking = Conversation((), "m", facts=Facts(thinks_until=2))
    unknown = Place((b"1", b"2"), Known(decided=1), ends=(0, 1), new_ends=(0, 1))

    assert unknown.is_unknown
    assert unknown.in_batch(conversation).known == Known()
    # What is thought may be bound to what stood before it.
    assert unknown.in_batch(thinking) is unknown


def test_in_a_batch_what_is_known_stays_so() -> None:
    conversation = Conversation((), "m")
    known = Place((b"1", b"2"), Known(decided=1), ends=(0, 1), new_ends=(1,))
    bypassed = Place((b"1", b"2"), Known(decided=1), ends=(1,), new_ends=(1,), bypassed=(1,))

    assert not known.is_unknown
    assert known.in_batch(conversation) is known
    assert bypassed.in_batch(conversation) is bypassed
