"""Of a result that fits nowhere the ends stay, in whole lines."""

from __future__ import annotations

import pytest

from headroom.marker import find_markers, key_of
from headroom.pipeline.hindsight.cut import cut
from tests.pipeline.hindsight.scenes import lines, scene, talk

LONG = lines(100)


@pytest.mark.parametrize("tokens", [70, 100, 200, 400])
def test_whole_lines_stay_at_both_ends_in_the_room_there_is(tokens: int) -> None:
    form = cut(scene(talk(LONG)), 2, tokens=tokens)

    assert form is not None
    text = form.text or ""
    [marker] = find_markers(text)
    head, tail = (part.split("\n") for part in text.split(str(marker)))
    assert head[:-1] == LONG.split("\n")[: len(head) - 1]
    assert LONG.endswith("\n".join(tail))
    assert len(head) >= len(tail)
    assert marker.gone == 100 - (len(head) - 1) - (len(tail) - 1)
    assert form.tokens_after <= tokens
    assert (form.tokens_before, form.original) == (500, key_of(LONG))


def test_of_one_endless_line_nothing_but_the_marker_stays() -> None:
    form = cut(scene(talk("word " * 3_000)), 2, tokens=200)

    assert form is not None
    [marker] = find_markers(form.text or "")
    assert form.text == str(marker)
    assert (marker.gone, marker.of) == (1, 1)


def test_what_would_be_no_shorter_stays_and_so_does_what_nobody_keeps() -> None:
    assert cut(scene(talk(lines(3))), 2, tokens=200) is None
    assert cut(scene(talk(lines(100))), 2, tokens=10_000) is None
    assert cut(scene(talk(LONG), reduce=None), 2, tokens=100) is None
