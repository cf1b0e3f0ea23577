"""What is kept of a request's blocks."""

from __future__ import annotations

import msgspec

from headroom.observe.detail import DETAILS, MOST_BLOCKS, detail_of
from headroom.outcome import Treated
from tests.observe.outcomes import PLANNED, planned


def test_each_block_is_told_with_what_became_of_it() -> None:
    detail = detail_of(PLANNED)

    assert detail is not None
    assert (detail.id, detail.tenant, detail.untold) == ("hr_1", "0123456789abcdef", 0)
    shortened, alone = detail.blocks
    assert (shortened.tool, shortened.by, shortened.original) == ("Bash", ("clean", "log"), "ab")
    assert (alone.kind, alone.reason) == ("text", "too short")
    assert DETAILS.decode(msgspec.msgpack.encode(detail)) == detail


def test_where_nothing_was_looked_at_nothing_is_kept() -> None:
    assert detail_of(planned(treated=())) is None


def test_what_became_shorter_goes_first_where_there_are_too_many() -> None:
    blocks = tuple(Treated(i, 1, "tool", "tool_result") for i in range(MOST_BLOCKS + 50))
    last = Treated(999, 1, "tool", "tool_result", by=("log",))

    detail = detail_of(planned(treated=(*blocks, last), untold=7))

    assert detail is not None
    assert len(detail.blocks) == MOST_BLOCKS
    assert (detail.blocks[-1].index, detail.untold) == (999, 7 + 51)
    assert [block.index for block in detail.blocks[:3]] == [0, 1, 2]


def test_S4_words_of_clients_are_short_and_of_one_line() -> None:
    hostile = Treated(0, 1, "tool", "tool_result", "a\n" * 99, reason="<b>\r\n")

    detail = detail_of(planned(treated=(hostile,)))

    assert detail is not None
    assert len(detail.blocks[0].tool) == 64
    assert detail.blocks[0].reason == "<b>??"
