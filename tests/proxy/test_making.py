"""The real proxy rewrites what was sent where that is free, pays, or must be; and only there."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import find_markers
from headroom.own_models import OwnModel
from tests.proxy.house import House, get, post
from tests.proxy.talks import (
    ROUTES,
    body_of,
    house_before,
    messages_of,
    noting,
    planning_of,
    texts_of,
)
from tests.support.tiny_embedding_model import write_embedding_model
from tests.upstream import Provider
from tests.upstream.memory import bytes_over_four

KEY = b"authorization: Bearer key"
WINDOW = 6_000
SMALL = {"test-model": OwnModel(window=WINDOW)}
TURNS = 22


def notes(number: int) -> str:
    """Sentences that no two results share, and that nothing is left out of."""
    return "\n".join(
        f"Note {number}.{line}: the {word} of part {number * 31 + line} was seen at {line * 7}."
        for line, word in enumerate(["colour", "weight", "sound", "age", "name", "use"] * 4)
    )


async def ask(house: House, route: str, texts: list[str], **members: Any) -> None:
    body = body_of(route, texts, max_tokens=500, **members)
    answer = await house.ask(post(route.encode(), body, KEY))
    assert answer.status == 200, answer.body


def sent(provider: Provider) -> list[bytes]:
    return [received.body for received in provider.received]


def stands(earlier: bytes, later: bytes) -> bool:
    """Whether the later request begins with all messages of the earlier one."""
    before, after = messages_of(earlier), messages_of(later)
    return after[: len(before)] == before


@pytest.mark.parametrize("route", ROUTES)
async def test_a_conversation_goes_on_when_it_no_longer_fits_its_window(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    settings: dict[str, Any] = {
        "workspace_dir": tmp_path,
        "own_models": SMALL,
        "ccr_offer": "always",
    }
    texts = [notes(number) for number in range(TURNS)]
    async with house_before(provider, **settings) as house:
        for turn in range(1, TURNS):
            await ask(house, route, texts[:turn])
    async with house_before(provider, **settings) as house:
        await ask(house, route, texts)
        bodies = sent(provider)
        told = next(text for text in texts_of(route, bodies[-1]) if "turns left out" in text)
        [marker] = find_markers(told)
        whole = await house.ask(get(f"/v1/retrieve/{marker.key}".encode(), KEY))
        line = await house.ask(get(f"/v1/retrieve/{marker.key}?query=2.11".encode(), KEY))

    assert all(bytes_over_four(body) < WINDOW for body in bodies)
    rewrites = sum(not stands(before, after) for before, after in pairwise(bodies))
    assert 1 <= rewrites <= 3
    assert stands(bodies[-2], bodies[-1])
    assert marker.unit == "turns"
    assert notes(2) in json.loads(whole.body)["original_content"]
    assert any("Note 2.11" in str(found) for found in json.loads(line.body)["results"])


@pytest.mark.parametrize("route", ROUTES)
async def test_what_cannot_be_made_to_fit_is_sent_as_it_was(route: str) -> None:
    provider = Provider()
    text = "\n".join(notes(number) for number in range(20))
    async with house_before(provider, own_models=SMALL) as house:
        await ask(house, route, [text])

    assert texts_of(route, provider.received[-1].body) == [text]


def report(number: int) -> str:
    """A long text of which much can be left out."""
    return "\n\n".join(notes(number * 100 + part) for part in range(8))


def passing(house: House, now: list[float]) -> None:
    """Let this house tell the time by *now*."""
    planning = planning_of(house)
    planning.ledger._wall = lambda: now[0]
    planning.accounting._clock = lambda: now[0]


async def lapsed(provider: Provider, mode: str, folder: Path) -> list[bytes]:
    """Twelve turns, the last two hours after the others."""
    texts = [report(number) for number in range(12)]
    async with house_before(provider, mode=mode, ccr_offer="always", workspace_dir=folder) as house:
        now = [1_800_000_000.0]
        passing(house, now)
        for turn in range(11):
            await ask(house, ROUTES[0], texts[:turn])
        now[0] += 7_200
        for turn in (11, 12):
            await ask(house, ROUTES[0], texts[:turn])
    return sent(provider)


async def test_in_token_mode_finished_results_lose_more_once_nothing_of_them_is_cached(
    tmp_path: Path,
) -> None:
    bodies = await lapsed(Provider(), "token", tmp_path)

    assert not stands(bodies[10], bodies[11])
    first, later = (sum(map(len, texts_of(ROUTES[0], b)[:4])) for b in (bodies[10], bodies[12]))
    assert later < 0.8 * first


async def test_in_cache_mode_nothing_that_was_sent_ever_changes(tmp_path: Path) -> None:
    bodies = await lapsed(Provider(), "cache", tmp_path)

    assert all(stands(before, after) for before, after in pairwise(bodies))


async def test_the_outcome_tells_of_a_rewrite(tmp_path: Path) -> None:
    provider = Provider()
    async with house_before(provider, own_models=SMALL, workspace_dir=tmp_path) as house:
        notebook = noting(house)
        for turn in range(1, TURNS):
            await ask(house, ROUTES[0], [notes(number) for number in range(turn)])
        outcomes = [await notebook.next() for _ in range(1, TURNS)]

    [rewrite, *_] = [one.rewrite for one in outcomes if one.rewrite is not None]
    assert rewrite.occasion == "window"
    assert rewrite.turns > 0
    assert rewrite.tokens > 1_000
    assert any(label.startswith("intelligent_cap:") for one in outcomes for label in one.transforms)


def about(subject: str, number: int) -> str:
    """What was seen of a subject; nothing is left out of it."""
    return "\n".join(f"{subject} {line}" for line in notes(number).split("\n"))


async def left_for(folder: Path, **settings: Any) -> str:
    """What leaves where tools told of boats and of evenings, and the task is a nightly job."""
    provider = Provider()
    texts = [about("boat" if number % 5 else "evening", number + 1) for number in range(14)]
    async with house_before(
        provider,
        workspace_dir=folder,
        own_models=SMALL,
        ccr_offer="always",
        compress_first=False,
        plan_deadline_seconds=60.0,
        **settings,
    ) as house:
        for turns in range(1, 15):
            await ask(house, ROUTES[1], texts[:turns])
        read = (text for body in sent(provider) for text in texts_of(ROUTES[1], body))
        [marker] = find_markers(next(text for text in read if "turns left out" in text))
        whole = await house.ask(get(f"/v1/retrieve/{marker.key}".encode(), KEY))
    original = json.loads(whole.body)["original_content"]
    assert isinstance(original, str)
    return original


async def test_which_turns_leave_is_decided_by_the_model_that_is_named(tmp_path: Path) -> None:
    vectors = {"nightly": (1.0, 0.0), "evening": (0.9, 0.1), "boat": (0.0, 1.0)}
    model = write_embedding_model(tmp_path / "model", vectors)

    by_words = await left_for(tmp_path / "one")
    by_meaning = await left_for(tmp_path / "other", similarity_model=str(model))

    assert "evening" in by_words
    assert "evening" not in by_meaning
    assert by_meaning.count("boat") > by_words.count("boat") > 0
