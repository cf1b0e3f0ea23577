"""What agents ask for again is learned, and new outputs are cut down accordingly."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from headroom.compressors.excerpt import search
from headroom.conversation import Original
from headroom.marker import TOOL, find_markers, key_of
from headroom.proxy.learning import SOON_TURNS, experience_of_retrieval
from headroom.proxy.tenant import ANONYMOUS
from headroom.state.originals import Originals
from headroom.state.patterns import scope_of
from tests.proxy.house import House, get, post
from tests.proxy.pages.taught import MINE, tenant
from tests.proxy.talks import done_beside, house_before, planning_of
from tests.support.outage import Down
from tests.upstream import Call, Provider, Received, Say, Script

Json = dict[str, Any]
NAME = "mcp__desk__list_tickets"


def tickets(number: int, count: int = 30) -> str:
    """Rows in which what is asked for stands in the middle of a long text."""
    chance = random.Random(number)

    def words() -> str:
        verbs = ("asked", "checked", "closed", "held", "moved", "opened", "paid", "read", "sent")
        return " ".join(chance.choice(verbs) for _ in range(60))

    rows = [
        {
            "id": number * 100 + row,
            "title": f"Case {number}-{row}",
            "body": words(),
            "resolution": f"{words()} RC-{number}-{row} {words()}",
        }
        for row in range(count)
    ]
    return json.dumps(rows)


@dataclass
class Model:
    """Asks for the field *query*, or all where it is empty, whenever *wanted* is not shown."""

    query: str = "resolution"
    wanted: str = "RC-"
    shown: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def __call__(self, received: Received) -> Script:
        content = received.json()["messages"][-1]["content"]
        last = content[-1] if isinstance(content, list) else {}
        if last.get("tool_use_id", "").startswith("ours"):
            text = last["content"]
            self.shown.append(text)
            markers = find_markers(text)
            if self.wanted not in text and markers:
                self.asked.append(len(self.shown))
                query = {"query": self.query} if self.query else {}
                return Script((Call(TOOL, {"hash": markers[0].key, **query}),))
        return Script((Say("Noted."),))


def body(texts: Sequence[str], arguments: Sequence[Json] = (), about: int = 0) -> bytes:
    said: list[Json] = [{"role": "user", "content": f"Go through the tickets of day {about}."}]
    for number, text in enumerate(texts):
        given = arguments[number] if arguments else {"page": number}
        call = {"type": "tool_use", "id": f"ours{number}", "name": NAME, "input": given}
        result = {"type": "tool_result", "tool_use_id": f"ours{number}", "content": text}
        said.append({"role": "assistant", "content": [call]})
        said.append({"role": "user", "content": [result]})
    tools = [{"name": NAME, "input_schema": {"type": "object"}}]
    return json.dumps(
        {"model": "claude-opus-5-5", "max_tokens": 9, "tools": tools, "messages": said}
    ).encode()


async def ask(house: House, *texts: str, arguments: Sequence[Json] = (), about: int = 0) -> None:
    answer = await house.ask(post(b"/v1/messages", body(texts, arguments, about), MINE))
    assert answer.status == 200, answer.body
    await done_beside(house)


async def talk(house: House, *numbers: int) -> None:
    """A conversation about each of these outputs."""
    for number in numbers:
        await ask(house, about=number)
        await ask(house, tickets(number), about=number)


def opened(provider: Provider, folder: Path, **settings: Any) -> Any:
    given = {"workspace_dir": folder, "ccr_offer": "always", "plan_deadline_seconds": 30.0}
    return house_before(provider, **{**given, **settings})


async def sums(house: House) -> dict[str, int]:
    totals = await planning_of(house).patterns.sums(scope_of(tenant(house, MINE)))
    return {name: number for name, number in totals.items() if number}


async def test_a_field_that_is_asked_for_each_time_is_shown_from_the_fourth_output_on(
    tmp_path: Path,
) -> None:
    provider = Provider(otherwise=(model := Model()))
    async with opened(provider, tmp_path) as house:
        await talk(house, *range(6))
        counted = await sums(house)

    assert model.asked == [1, 2, 3]
    assert all("RC-" in text and find_markers(text) for text in model.shown[3:])
    assert (counted["compressions"], counted["query"]) == (6, 3)


async def test_what_was_learned_outlives_a_restart_and_reaches_the_offload_processes(
    tmp_path: Path,
) -> None:
    provider = Provider(otherwise=(model := Model()))
    async with opened(provider, tmp_path) as house:
        await talk(house, *range(3))
    async with opened(provider, tmp_path) as house:
        await ask(house)
        await ask(house, tickets(9, count=200))

    assert len(model.asked) == 3
    assert "RC-9-0" in model.shown[-1]


async def test_no_form_changes_when_something_was_learned_of_its_kind(tmp_path: Path) -> None:
    provider = Provider(otherwise=(model := Model()))
    async with opened(provider, tmp_path) as house:
        await ask(house)
        await ask(house, tickets(0))
        await talk(house, *range(1, 5))
        await ask(house, tickets(0), tickets(50))

    last = provider.received[-1].json()["messages"]
    forms = [m["content"][0]["content"] for m in last if "tool_use_id" in str(m["content"])]
    ours = [text for text in forms if find_markers(text)]
    assert ours[0] == model.shown[0]
    assert "RC-0" not in ours[0]
    assert "RC-50-0" in ours[-1]


async def test_outputs_that_are_fetched_whole_are_left_alone_after_ten(tmp_path: Path) -> None:
    provider = Provider(otherwise=(model := Model(query="", wanted="RC-0-15")))
    async with opened(provider, tmp_path) as house:
        await talk(house, *range(12))
        counted = await sums(house)

    assert len(model.asked) == 10
    assert [bool(find_markers(text)) for text in model.shown] == [True] * 10 + [False] * 2
    assert (counted["compressions"], counted["whole"], counted["left_alone"]) == (10, 10, 2)


@pytest.mark.parametrize("settings", [{"toin": False}, {"stateless": True}])
async def test_where_it_is_switched_off_or_nothing_lasts_nothing_is_learned(
    settings: Json, tmp_path: Path
) -> None:
    provider = Provider(otherwise=(model := Model()))
    async with opened(provider, tmp_path, **settings) as house:
        await talk(house, *range(5))
        counted = await sums(house)

    assert counted == {}
    assert not any("RC-" in text for text in model.shown if find_markers(text))


async def test_what_is_told_again_at_once_counts_against_its_being_cut_down(
    tmp_path: Path,
) -> None:
    async with opened(Provider(), tmp_path) as house:
        await ask(house)
        await ask(house, tickets(0))
        await ask(house, tickets(0), tickets(0))
        await ask(house, tickets(0), tickets(0), tickets(1))
        counted = await sums(house)

    assert (counted["compressions"], counted["again"]) == (2, 1)


async def test_what_is_fetched_through_the_page_is_counted(tmp_path: Path) -> None:
    key = key_of(tickets(0))
    async with opened(Provider(), tmp_path) as house:
        await talk(house, 0)
        for asked in (f"/v1/retrieve/{key}", f"/v1/retrieve/{key}?query=resolution&x=1"):
            assert (await house.ask(get(asked.encode(), MINE))).status == 200
        await house.ask(
            post(b"/v1/retrieve", json.dumps({"hash": key, "lines": "1"}).encode(), MINE)
        )
        await done_beside(house)
        counted = await sums(house)

    assert (counted["whole"], counted["query"], counted["lines"]) == (1, 1, 1)


async def test_while_what_was_learned_cannot_be_read_requests_go_on(tmp_path: Path) -> None:
    provider = Provider(otherwise=(model := Model(query="")))
    async with opened(provider, tmp_path) as house:
        planning_of(house).patterns._store = Down()
        planning_of(house).patterns._table._store = Down()
        await talk(house, 1)

    assert find_markers(model.shown[0])


async def test_a_mistake_of_ours_costs_a_lesson_and_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    for name in ("shape_of", "seen_again", "fields_of"):
        monkeypatch.setattr(f"headroom.proxy.learning.{name}", fail)
    provider = Provider(otherwise=(model := Model()))
    async with opened(provider, tmp_path) as house:
        await talk(house, 1)

    assert find_markers(model.shown[0])
    original = Original(tickets(1), signature="a" * 24)
    found = experience_of_retrieval(original, "b" * 24, "id", search(tickets(1), "id"))
    assert found is not None
    assert "named" not in found.signs


async def test_an_original_that_was_kept_before_there_were_signatures_is_found(
    tmp_path: Path,
) -> None:
    text = tickets(1)
    async with opened(Provider(), tmp_path) as house:
        originals: Originals = planning_of(house).originals
        await originals.keep(ANONYMOUS, {key_of(text): Original(text, NAME)})
        found = await originals.find(ANONYMOUS, key_of(text))

    assert isinstance(found, Original)
    assert experience_of_retrieval(found, key_of(text), "", None) is None


def test_what_is_fetched_late_is_counted_but_not_regretted() -> None:
    original = Original(tickets(1), signature="a" * 24)

    soon = experience_of_retrieval(original, "b" * 24, "", None, turns_ago=SOON_TURNS)
    late = experience_of_retrieval(original, "b" * 24, "", None, turns_ago=SOON_TURNS + 1)

    assert soon is not None
    assert late is not None
    assert (soon.signs, late.signs) == ({"regretted": 1}, {})
    assert late.totals == {"whole": 1}


def test_where_in_a_text_it_was_found_is_counted_roughly() -> None:
    text = "\n".join(f"line {number}" for number in range(300))
    original = Original(text, signature="a" * 24, eased=True)

    experience = experience_of_retrieval(original, "b" * 24, "line 290", search(text, "line 290"))

    assert experience is not None
    assert experience.totals == {"query": 1, "last": 1}
    assert experience.signs == {"eased_asked": 1}


async def test_requests_that_the_provider_refuses_teach_nothing(tmp_path: Path) -> None:
    async with opened(Provider(), tmp_path) as house:
        answer = await house.ask(post(b"/v1/messages", body([tickets(0)])))
        await done_beside(house)
        known = await planning_of(house).patterns.signatures(scope_of(ANONYMOUS))

    assert answer.status == 401
    assert known == ()
