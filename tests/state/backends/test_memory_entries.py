"""Entries inside one process, and who holds them."""

from __future__ import annotations

from headroom.state.backends.memory_entries import ENTRY_OVERHEAD_BYTES, Entries
from headroom.state.base import NO_GROUPS, Key
from headroom.state.namespaces import NAMESPACES, Declared

FORM, ORIGINAL, KEPT = ("form", b"a"), ("original", b"x"), ("kept", b"x")
NOBODY: frozenset[str] = frozenset()


def entries(limit_bytes: int = 1 << 20) -> Entries:
    return Entries(Declared(100.0, NAMESPACES), limit_bytes=limit_bytes)


def put(store: Entries, key: Key, value: bytes, *, group: bytes = b"", now: float = 0.0) -> None:
    groups = {key: group} if group else NO_GROUPS
    store.write({key: value}, if_absent=NOBODY, groups=groups, now=now)


def test_what_everybody_has_let_go_of_takes_no_room() -> None:
    store = entries()
    put(store, FORM, b"12345", group=b"one")
    put(store, ORIGINAL, b"123", group=b"one")
    put(store, ORIGINAL, b"1234", group=b"two", now=50)
    put(store, KEPT, b"")
    assert store._bytes == 9 + 3 + 3 * ENTRY_OVERHEAD_BYTES

    store.read([], group=b"", now=120)
    assert store._bytes == 4 + 2 + 2 * ENTRY_OVERHEAD_BYTES
    store.drop([ORIGINAL, KEPT, FORM])

    assert store._bytes == len(store) == 0
    assert not any(store._shelves.values())


def test_a_group_that_leaves_takes_only_what_it_alone_holds() -> None:
    store = entries(limit_bytes=3 * ENTRY_OVERHEAD_BYTES)
    put(store, FORM, b"", group=b"one", now=1)
    put(store, ORIGINAL, b"", group=b"one", now=1)
    put(store, ORIGINAL, b"", group=b"two", now=2)
    put(store, ("form", b"b"), b"", group=b"two", now=2)

    assert store.read([FORM, ORIGINAL], group=b"two", now=3) == {ORIGINAL: b""}
