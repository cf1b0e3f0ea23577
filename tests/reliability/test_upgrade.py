"""Law 2 across upgrades: a conversation that an older version kept goes on as it was sent."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from headroom.state.backends.sqlite_file import APPLICATION_ID, FILE, MIGRATIONS
from tests.proxy.house import House, house_of
from tests.proxy.talks import ROUTES, results, with_planning
from tests.reliability.test_durable_conversations import assert_each_begins_the_next
from tests.reliability.test_planning_faults import turn

TEXTS = results(12)
BEFORE = 6


async def take_turns(house: House, route: str, turns: Sequence[int]) -> list[bytes]:
    """What the provider gets for these turns of a conversation."""
    return [(await turn(house, TEXTS[:count], route))[1] for count in turns]


def set_back(path: Path) -> None:
    """Make this the file that the first version of the schema would have held."""
    with closing(sqlite3.connect(path)) as later:
        kept = later.execute("SELECT namespace, name, value FROM entries").fetchall()
    path.unlink()
    entries = [(space, name, _first(space, value), time.time()) for space, name, value in kept]
    with closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("PRAGMA journal_mode = WAL")
        MIGRATIONS[0](first)
        first.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        first.execute("PRAGMA user_version = 1")
        first.executemany(
            "INSERT INTO entries (namespace, name, value, seen) VALUES (?, ?, ?, ?)",
            [entry for entry in entries if entry[0] in ("form", "head")],
        )


def _first(namespace: str, value: bytes) -> bytes:
    """An entry as the first version wrote it: a head had three members."""
    members = msgspec.msgpack.decode(value) if namespace == "head" else []
    return msgspec.msgpack.encode(members[:3]) if members else value


@pytest.mark.parametrize("route", ROUTES)
async def test_a_conversation_of_the_first_schema_goes_on_with_the_same_bytes(
    route: str, tmp_path: Path
) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        sent = await take_turns(house, route, range(1, BEFORE + 1))
    set_back(tmp_path / FILE)

    async with house_of(workspace_dir=tmp_path, ccr_offer="always") as house:
        # Nothing but what was kept makes the old blocks what they were.
        with_planning(house, passes=())
        sent += await take_turns(house, route, range(BEFORE + 1, len(TEXTS) + 1))

    assert_each_begins_the_next(route, sent)
