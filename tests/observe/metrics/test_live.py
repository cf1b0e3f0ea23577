"""Processes, store, and what processes remember."""

from __future__ import annotations

from headroom.observe.metrics.metric import Now
from headroom.state.base import Health
from headroom.state.presence import Present
from tests.observe.metrics.scraped import samples, scraped, text, value

ONE = Present(
    *("one", 9.0),
    started_at=5.0,
    resident_bytes=100,
    calls=2,
    unwritten=1,
    maps={"recall": (3, 10, 100)},
)
TWO = Present(
    *("two", 9.0),
    started_at=4.0,
    resident_bytes=50,
    problem="/secret/path is full",
    maps={"recall": (1, 90, 100)},
)


def test_processes_are_told_together_whichever_is_asked() -> None:
    found = scraped(now=Now(processes=(ONE, TWO), version="9.9"))

    assert value(found, "headroom_processes") == 2
    assert value(found, "headroom_start_time_seconds") == 4
    assert value(found, "headroom_resident_memory_bytes") == 150
    assert value(found, "headroom_active_requests") == 2
    assert value(found, "headroom_outcomes_unwritten") == 1
    assert [dict(labels)["version"] for name, labels in found if "build" in name] == ["9.9"]


def test_L9_how_full_memories_are_is_told_by_the_fullest() -> None:
    found = scraped(now=Now(processes=(ONE, TWO)))

    assert value(found, "headroom_map_entries", map="recall") == 4
    assert value(found, "headroom_map_fill_ratio", map="recall") == 0.9


def test_S3_a_problem_is_told_by_its_number_and_not_by_its_words() -> None:
    now = Now(processes=(ONE, TWO), problem="/secret/path is full", health=Health(durable=True))

    exposed = text(None, now)

    assert "secret" not in exposed
    found = samples(exposed)
    assert value(found, "headroom_processes_with_problem") == 1
    assert value(found, "headroom_store_problem") == 1
    assert value(found, "headroom_store_durable") == 1


def test_G4_a_store_that_does_not_answer_is_told() -> None:
    now = Now(store="sqlite", is_counted=False, health=Health(notice="set aside"))

    found = samples(text(None, now))

    assert value(found, "headroom_store_up", store="sqlite") == 0
    assert value(found, "headroom_store_problem") == 1
    assert value(found, "headroom_store_set_aside") == 1
