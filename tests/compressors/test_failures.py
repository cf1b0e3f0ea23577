from __future__ import annotations

import pytest

from headroom.compressors.failures import is_failure, tells_of_failure


@pytest.mark.parametrize(
    "cell",
    ["CrashLoopBackOff", "ERROR", "Exited (1) 5 minutes ago", "OOMKilled", "NotReady", "timed out"],
)
def test_a_verdict_says_that_something_failed(cell: str) -> None:
    assert is_failure(cell)


@pytest.mark.parametrize("cell", ["", "Running", "Exited (0) 2 hours ago", "12", "room 7"])
def test_others_do_not(cell: str) -> None:
    assert not tells_of_failure(cell)


def test_a_story_with_such_a_word_is_no_verdict() -> None:
    story = "How we learned to live with an error in the third chapter"

    assert tells_of_failure(story)
    assert not is_failure(story)
