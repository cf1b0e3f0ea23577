from __future__ import annotations

from headroom.proxy.threads import Thread, Threads


def test_only_the_latest_answer_of_a_websocket_is_gone_on_from() -> None:
    threads = Threads()
    threads.keep("a", Thread("r1", (b"1",)))
    threads.keep("a", Thread("r2", (b"1", b"2")))

    assert threads.find("a", "r1") is None
    found = threads.find("a", "r2")
    assert found is not None
    assert found.items == (b"1", b"2")
    assert threads.find("b", "r2") is None
    assert threads.find("a", "") is None


def test_L9_those_that_have_not_spoken_for_longest_are_forgotten_first() -> None:
    threads = Threads(limit_bytes=10)
    threads.keep("a", Thread("r", (b"1234",)))
    threads.keep("b", Thread("r", (b"1234",)))
    threads.find("a", "r")
    threads.keep("c", Thread("r", (b"1234",)))

    assert threads.find("b", "r") is None
    assert threads.find("a", "r") is not None
    assert threads.filled == (2, 8, 10)


def test_a_thread_beyond_the_limit_is_not_kept() -> None:
    threads = Threads(limit_bytes=10)
    threads.keep("a", Thread("r", (b"x" * 11,)))

    assert threads.filled == (0, 0, 10)


def test_what_has_ended_takes_no_room() -> None:
    threads = Threads()
    threads.keep("a", Thread("r", (b"1234",)))
    threads.drop("a")
    threads.drop("a")

    assert threads.filled[:2] == (0, 0)
