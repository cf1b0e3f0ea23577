"""What the passes offer for texts that were sent some turns ago."""

from __future__ import annotations

from headroom.conversation import Block, Conversation, Form
from headroom.marker import find_markers, key_of
from headroom.pipeline.choices import Choices
from headroom.pipeline.hindsight.passes import (
    EACH,
    FINISHED,
    MOST_LOOKED_AT,
    SHORTEST_TOKENS,
    Finished,
    Outdated,
    in_time,
    offers,
    reach,
)
from tests.pipeline.hindsight.scenes import Keeps, call, lines, result, scene, talk, task

LONG = lines(60)


def reading() -> Conversation:
    steps = [("Read", lines(60, "old")), ("Edit", "edited"), ("Read", lines(60, "new"))]
    blocks: list[Block] = [task()]
    for turn, (name, text) in enumerate(steps, 1):
        made = call(2 * turn - 1, turn, name, file_path="src/[a].txt")
        blocks += [made, result(2 * turn, turn, text, made)]
    return Conversation(tuple(blocks), "model")


def test_a_reading_that_is_outdated_becomes_a_marker() -> None:
    made = scene(reading(), keeps=Keeps(10))

    offer = Outdated().offer(made, 2)

    assert offer is not None
    key = key_of(lines(60, "old"))
    assert offer.form.text == (
        "[60 of 60 lines left out; src/ a .txt was changed and read again later. "
        f"Original kept: headroom_retrieve hash={key}]"
    )
    assert (offer.form.by, offer.form.original) == (("stale", "late"), key)
    assert (offer.form.tokens_before, offer.form.tokens_after) == (300, 19)
    assert len(find_markers(offer.form.text)) == 1
    assert Outdated().offer(made, 6) is None


def test_short_readings_and_errors_are_not_worth_a_marker() -> None:
    blocks = list(reading().blocks)
    short = scene(Conversation((*blocks[:2], result(2, 1, "a\nb", blocks[1]), *blocks[3:]), "m"))
    error = result(2, 1, blocks[2].text, blocks[1], is_error=True)
    failed = scene(Conversation((*blocks[:2], error, *blocks[3:]), "m"))

    assert Outdated().offer(short, 2) is None
    assert Outdated().offer(failed, 2) is None


def test_a_finished_result_loses_more() -> None:
    made = scene(talk(LONG), keeps=Keeps(30))

    offer = Finished().offer(made, 2)

    assert offer is not None
    assert offer.form.text is not None
    assert offer.form.text.startswith(lines(10) + "\n[50 of 60 lines left out")
    assert offer.form.by == ("keeps", "late")
    assert offer.form.original == key_of(LONG)
    assert Finished().offer(scene(talk(lines(SHORTEST_TOKENS // 5 - 1)), keeps=Keeps(1)), 2) is None


def test_the_first_pass_that_offers_something_is_taken_and_none_twice() -> None:
    made = scene(reading(), keeps=Keeps(10))
    late = scene(reading(), {2: Form("short", ("keeps", "late"), 300, 1)}, keeps=Keeps(10))

    assert [(one.index, one.form.by[0]) for one in offers(made, 0, 7)] == [
        (2, "stale"),
        (6, "keeps"),
    ]
    assert [one.index for one in offers(late, 0, 7)] == [6]


def test_source_stays_while_it_may_just_be_being_edited() -> None:
    steps = [("Read", lines(60, f"row{n}")) for n in range(9)]
    blocks: list[Block] = [task()]
    for turn, (name, text) in enumerate(steps, 1):
        made = call(2 * turn - 1, turn, name, file_path=f"src/part{turn}.py")
        blocks += [made, result(2 * turn, turn, text, made)]
    seen = scene(Conversation(tuple(blocks), "model"), keeps=Keeps(10))

    found = {one.index: one.asked_back for one in offers(seen, 0, 19)}

    assert found == dict.fromkeys((2, 4, 6), FINISHED.source)


def test_nothing_is_offered_that_may_not_change_or_would_grow() -> None:
    protected = scene(reading(), keeps=Keeps(10), choices=Choices(protected=("Read",)))
    grown = scene(reading(), {6: Form("short", ("records",), 300, 1)}, keeps=Keeps(10))

    assert list(offers(protected, 0, 7)) == []
    assert [one.index for one in offers(grown, 0, 7)] == [2]
    assert list(offers(grown, 3, 7)) == []


def test_only_so_much_is_looked_at_as_there_is_time_for() -> None:
    text = "x" * (MOST_LOOKED_AT // 3)
    made = scene(talk(text, text, text, text))

    assert list(in_time(made, [2, 4, 6, 8])) == [2, 4, 6]
    assert reach(made, 0, 9) == 7
    assert reach(made, 3, 9) == 9
    many = scene(talk(*["x"] * (MOST_LOOKED_AT // EACH + 9)))
    assert len(list(in_time(many, range(2, len(many.blocks), 2)))) == MOST_LOOKED_AT // EACH


def test_a_text_that_takes_all_the_time_is_looked_at_once_and_then_passed() -> None:
    made = scene(talk("x" * (2 * MOST_LOOKED_AT), "y", "z"))

    assert reach(made, 0, 7) == 3
