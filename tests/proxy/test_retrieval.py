"""The steps of answering our tool inside a reply, whatever the dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headroom.conversation import Leg
from headroom.formats.base import CallMade
from headroom.proxy.retrieval import ENOUGH, MOST_ROUNDS, Ask, Cut, Fetch, Keep, Retrieval, Send


class Turn:
    """A turn whose legs call us as often as they are told to."""

    def __init__(self, *, asks: int, goes_on: bool = True, rest: bytes = b"") -> None:
        self.asks = asks
        self.rest = rest
        self.goes_on = goes_on
        self.calls: Sequence[CallMade] = ()
        self.legs: tuple[Leg, ...] = ()
        self.reply_id, self.last_id = "first", "last"
        self.is_cut = False
        self.answers: list[str] = []

    def feed(self, chunk: bytes) -> bytes:
        return chunk.upper()

    def end_leg(self) -> bytes:
        self.calls = (CallMade(f"call {self.asks}", "ours", "{}"),) if self.asks else ()
        self.asks -= 1
        return self.rest

    def answer(self, answers: Mapping[str, str]) -> None:
        self.answers += answers.values()
        self.legs = (*self.legs, Leg(("p",), (0,), tuple(answers.values())))

    def ask(self, sent: bytes) -> bytes:
        return sent + b"+"

    def finish(self) -> bytes:
        return b"end"

    def echoed(self) -> bytes:
        return b"{}"


def test_a_reply_that_calls_nothing_of_ours_ends_at_once() -> None:
    retrieval = Retrieval(Turn(asks=0, rest=b"rest"), b"sent")

    assert retrieval.feed(b"a") == b"A"
    assert retrieval.end_leg() == [Send(b"rest"), Send(b"end")]


def test_a_call_is_fetched_and_the_provider_asked_again_what_was_hidden_kept_before_each() -> None:
    turn = Turn(asks=1)
    retrieval = Retrieval(turn, b"sent")

    assert retrieval.end_leg() == [Fetch(turn.calls)]
    told = retrieval.fetched({"call 1": "text"})
    assert told == [Keep((*turn.legs, Leg(())), b"{}", "first", "last"), Ask(b"sent+")]
    assert retrieval.end_leg() == [Keep(turn.legs, b"{}", "first", "last"), Send(b"end")]


def test_H3_a_leg_without_its_end_is_cut_after_all_else() -> None:
    turn = Turn(asks=1)
    retrieval = Retrieval(turn, b"sent")
    retrieval.end_leg()
    retrieval.fetched({"call 1": "text"})
    turn.is_cut = True

    assert retrieval.end_leg()[-1] == Cut()


def test_beside_a_call_of_the_clients_the_answer_waits_for_the_next_request() -> None:
    turn = Turn(asks=1, goes_on=False)
    retrieval = Retrieval(turn, b"sent")

    assert retrieval.end_leg() == [Fetch(turn.calls, is_followed=False)]
    assert retrieval.fetched({"call 1": "text"}) == [
        Keep(turn.legs, b"{}", "first", "last"),
        Send(b"end"),
    ]


def test_D4_rounds_are_bounded_the_model_is_told_and_then_not_asked_again() -> None:
    turn = Turn(asks=100)
    retrieval = Retrieval(turn, b"")

    for _ in range(MOST_ROUNDS):
        assert isinstance(retrieval.end_leg()[-1], Fetch)
        assert isinstance(retrieval.fetched({"call": "text"})[-1], Ask)
    enough = retrieval.end_leg()[-1]
    told = retrieval.fetched({"call": ENOUGH})
    over = retrieval.end_leg()

    assert isinstance(enough, Fetch)
    assert enough.is_enough
    assert isinstance(told[-1], Ask)
    assert turn.answers == ["text"] * MOST_ROUNDS + [ENOUGH]
    assert over[-1] == Send(b"end")


def test_M1_where_no_leg_may_follow_the_turn_ends_and_the_next_request_tells_why() -> None:
    turn = Turn(asks=1)
    retrieval = Retrieval(turn, b"sent")

    assert retrieval.end_leg() == [Fetch(turn.calls)]
    assert retrieval.unfetched({"call 1": "not now"}) == [
        Keep((*turn.legs, Leg(())), b"{}", "first", "last"),
        Send(b"end"),
    ]
