from __future__ import annotations

from headroom.economics import Habit, Starts
from headroom.state.backends.memory import MemoryStore
from headroom.state.habits import Habits


async def test_conversations_and_tokens_are_counted_by_tenant_and_tools() -> None:
    habits = Habits(MemoryStore())

    await habits.note("a", ("Bash", "Read"), conversations=1)
    await habits.note("a", ("Read", "Bash"), conversations=1, tokens=500)
    await habits.note("b", ("Bash", "Read"), tokens=7)

    assert await habits.of("a", ("Bash", "Read")) == Habit(2, 500)
    assert await habits.of("b", ("Bash", "Read")) == Habit(0, 7)
    assert await habits.of("a", ("Bash",)) == Habit()
    assert await habits.of("a", ("BashRead",)) == Habit()


async def test_asking_alone_leaves_nothing_behind() -> None:
    store = MemoryStore()

    await Habits(store).of("a", ("Bash",))

    assert len(store) == 0


async def test_two_workers_learn_from_one_another() -> None:
    store = MemoryStore()

    await Habits(store).note("a", ("Bash",), conversations=1, tokens=9)

    assert await Habits(store).of("a", ("Bash",)) == Habit(1, 9)


async def test_how_often_conversations_go_on_is_counted_apart() -> None:
    habits = Habits(MemoryStore())

    await habits.note_starts("a", ("Bash",), Starts(begun=1))
    await habits.note_starts("a", ("Bash",), Starts(begun=1, followed=1))

    assert await habits.of_starts("a", ("Bash",)) == Starts(2, 1)
    assert await habits.of_starts("b", ("Bash",)) == Starts()
    assert await habits.of("a", ("Bash",)) == Habit()
