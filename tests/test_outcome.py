from __future__ import annotations

from headroom.outcome import Usage


def test_usage_of_several_legs_is_added_up() -> None:
    one = Usage(1, 2, 3, 4, 5, 6)

    assert one + Usage(10, 20, 30, 40, 50, 60) == Usage(11, 22, 33, 44, 55, 66)
    assert sum((one, one), Usage()) == Usage(2, 4, 6, 8, 10, 12)


def test_what_was_neither_read_nor_written_is_told_by_the_rest() -> None:
    used = Usage(
        input_tokens=100,
        cache_read_tokens=40,
        cache_write_5m_tokens=20,
        cache_write_1h_tokens=10,
        cache_write_other_tokens=5,
    )

    assert used.uncached_tokens == 25
