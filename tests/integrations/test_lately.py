"""What was sent lately: found again by all that it holds, within bounds."""

from __future__ import annotations

import pytest

from headroom.api import default_counter
from headroom.conversation import Conversation
from headroom.formats import FORMATS
from headroom.integrations import lately
from headroom.integrations.lately import Lately
from headroom.pipeline import plan
from headroom.wire.document import Document
from tests.proxy.talks import body_of, results


def read(texts: list[str]) -> Conversation:
    return FORMATS[0].read(Document.read(body_of("/v1/messages", texts)))


def sent(memory: Lately, texts: list[str], kind: str = "") -> None:
    conversation = read(texts)
    spot = memory.find(conversation, kind)
    memory.note(spot, plan(conversation, spot.known, counter=default_counter()))


def known(memory: Lately, texts: list[str], kind: str = "") -> int:
    """How many blocks of it are known."""
    return memory.find(read(texts), kind).known.decided


def test_a_conversation_goes_on_from_its_last_turn() -> None:
    memory = Lately()
    sent(memory, results(3))

    assert known(memory, results(4)) == len(read(results(3)).blocks)
    assert known(memory, ["something else"]) == 0


def test_the_plan_of_a_known_beginning_is_that_of_an_unknown_one() -> None:
    memory = Lately()
    sent(memory, results(5))
    conversation = read(results(8))

    on = plan(conversation, memory.find(conversation, "").known, counter=default_counter())
    anew = plan(conversation, Lately().find(conversation, "").known, counter=default_counter())

    assert on.edits == anew.edits
    assert (on.blocks_before, on.blocks_after) == (anew.blocks_before, anew.blocks_after)


def test_what_was_made_with_other_means_is_another_thing() -> None:
    memory = Lately()
    sent(memory, results(3), "tool")

    assert known(memory, results(3), "") == 0
    assert known(memory, results(3), "tool") > 0


def test_what_went_wrong_is_tried_again() -> None:
    memory = Lately()
    conversation = read(results(3))
    spot = memory.find(conversation, "")

    memory.note(spot, plan(conversation, spot.known, counter=default_counter(), passes=()))
    failed = plan(conversation, spot.known, counter=default_counter(), passes=(Broken(),))
    again = Lately()
    again.note(again.find(conversation, ""), failed)

    assert failed.failed
    assert known(again, results(3)) == 0


class Broken:
    """A pass with a bug."""

    def shorten(self, *_: object) -> None:
        raise ZeroDivisionError


def test_L9_the_longest_unseen_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lately, "MOST_CHARACTERS", 3 * lately.OVERHEAD_CHARACTERS)
    memory = Lately()

    for word in ("one", "two", "three"):
        sent(memory, [word])
    known(memory, ["one"])
    sent(memory, ["four"])

    assert [known(memory, [word]) > 0 for word in ("one", "two", "three", "four")] == [
        True,
        False,
        True,
        True,
    ]


def test_an_empty_conversation_is_nothing_to_remember() -> None:
    memory = Lately()
    empty = FORMATS[0].read(Document.read(b'{"messages":[]}'))

    memory.note(
        memory.find(empty, ""), plan(empty, memory.find(empty, "").known, counter=default_counter())
    )

    assert memory.find(empty, "").known.decided == 0
