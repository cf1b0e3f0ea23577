"""What a model is told when it asks for what was left out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from headroom.compressors.excerpt import LONGEST_CHARACTERS
from headroom.conversation import Original
from headroom.formats.base import CallMade
from headroom.marker import TOOL, key_of
from headroom.proxy.fetching import answers_to
from headroom.proxy.planning import Planning
from headroom.state.originals import ORIGINALS, entries
from tests.proxy.house import house_of
from tests.proxy.talks import planning_of
from tests.support.outage import Down

TEXT = "\n".join(f"line {number} of the log" for number in range(1, 301))
LONG = "\n".join(f"{number} " + "x" * 90 for number in range(1, 2001))


@pytest.fixture
async def planning(tmp_path: Path) -> AsyncIterator[Planning]:
    async with house_of(workspace_dir=tmp_path) as house:
        planning = planning_of(house)
        kept = {key_of(text): Original(text, "Bash", 900, 300, 15) for text in (TEXT, LONG)}
        await planning.originals.keep("a", kept)
        yield planning


async def told(planning: Planning, tenant: str = "a", **arguments: object) -> str:
    call = CallMade("call 1", TOOL, json.dumps(arguments))
    return (await answers_to(planning, tenant, [call]))["call 1"]


async def test_the_whole_text_byte_for_byte(planning: Planning) -> None:
    assert await told(planning, hash=key_of(TEXT)) == TEXT
    assert await told(planning, hash=key_of(TEXT), query="", lines=" ") == TEXT


async def test_the_hash_may_come_as_the_marker_writes_it(planning: Planning) -> None:
    assert await told(planning, hash=f" hash={key_of(TEXT)}]") == TEXT


async def test_a_range_of_lines_and_the_best_matches(planning: Planning) -> None:
    lines = await told(planning, hash=key_of(TEXT), lines="120-121")
    matches = await told(planning, hash=key_of(TEXT), query="line 77")

    assert lines == "120: line 120 of the log\n121: line 121 of the log"
    assert matches.split("\n")[0] == "77: line 77 of the log"


async def test_no_match_gives_the_outline_and_odd_lines_say_what_is_needed(
    planning: Planning,
) -> None:
    assert "no match; the text has 300 lines" in await told(
        planning, hash=key_of(TEXT), query="zebra"
    )
    assert "a range such as 120-180 is needed" in await told(
        planning, hash=key_of(TEXT), lines="all"
    )


async def test_D4_what_is_too_long_comes_in_part_and_says_how_to_go_on(planning: Planning) -> None:
    first = await told(planning, hash=key_of(LONG))

    assert len(first) < LONGEST_CHARACTERS + 10_000
    assert "go on with lines" in first


async def test_D4_of_another_tenants_and_of_what_never_was_the_same_is_told(
    planning: Planning,
) -> None:
    foreign = await told(planning, "b", hash=key_of(TEXT))
    never = await told(planning, hash="0" * 24)

    assert foreign.replace(key_of(TEXT), "") == never.replace("0" * 24, "")
    assert "Go on without it" in never


async def test_G7_what_has_expired_is_told_from_what_never_was(planning: Planning) -> None:
    places = entries("a", {key_of(TEXT): Original(TEXT)})
    await planning.originals._store.drop([place for place in places if place[0] == ORIGINALS])

    assert "has expired" in await told(planning, hash=key_of(TEXT))
    assert "There is no original" in await told(planning, "b", hash=key_of(TEXT))


async def test_arguments_that_are_none_are_answered(planning: Planning) -> None:
    calls = [CallMade("1", TOOL, "nonsense"), CallMade("2", TOOL, "[]"), CallMade("3", TOOL, "{}")]

    answers = await answers_to(planning, "a", calls)

    assert set(answers) == {"1", "2", "3"}
    assert all("needs hash" in answer for answer in answers.values())


async def test_while_the_store_is_down_the_model_is_told_to_go_on(planning: Planning) -> None:
    planning.originals._store = Down()

    assert "cannot be read just now" in await told(planning, hash=key_of(TEXT))


async def test_what_was_asked_for_is_counted(planning: Planning) -> None:
    await told(planning, hash=key_of(TEXT), query="line 77")

    assert planning.retrievals.total == 1
    assert planning.retrievals.recent("a")[-1].query == "line 77"
