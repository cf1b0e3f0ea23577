"""Clients of Anthropic that set no cache marks are cached all the same, where that pays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.proxy.house import post
from tests.proxy.marked_talks import (
    AUTO,
    KEY,
    MARK,
    SYSTEM,
    TOOL,
    Json,
    agent,
    all_marks,
    ask,
    body,
    chat,
    house,
    marks,
    transforms,
    usage,
)
from tests.proxy.talks import done_beside, house_before, noting, rows, with_planning
from tests.support.clock import Clock
from tests.upstream import Provider

MINUTES = 60.0


async def test_an_agents_history_is_read_from_the_cache_from_its_second_request_on(
    tmp_path: Path,
) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        told = [usage(await ask(opened, agent(turn))) for turn in range(6)]

    assert all(AUTO in found for found in all_marks(provider))
    before = 0
    for paid, written, read in told:
        assert (paid, read) == (0, before)
        before = read + written


async def test_nothing_but_the_marks_is_added_to_what_is_sent(tmp_path: Path) -> None:
    asked = agent(2, system=[{"type": "text", "text": SYSTEM}])
    asked["messages"][2]["content"][0]["content"] = rows(1)
    with_marks, without = Provider(), Provider()
    async with house(with_marks, tmp_path / "on") as opened:
        await ask(opened, asked)
    async with house(without, tmp_path / "off", auto_cache=False) as opened:
        await ask(opened, asked)

    sent = with_marks.received[0].body
    text = b'"cache_control":{"type":"ephemeral"}'
    assert sent.replace(b"," + text, b"") == without.received[0].body
    assert sent.endswith(b"," + text + b"}")
    assert with_marks.received[0].json()["system"][-1]["cache_control"] == MARK


async def test_the_outcome_and_the_reply_say_that_marks_were_set(tmp_path: Path) -> None:
    async with house(Provider(), tmp_path) as opened:
        notebook = noting(opened)
        answer = await ask(opened, agent(0))

        assert "cache_marks:auto" in transforms(answer)
        assert "cache_marks:auto" in (await notebook.next()).transforms


@pytest.mark.parametrize(
    "place", ["top", "null", "system", "tools", "message", "block", "part of a result"]
)
async def test_the_marks_of_a_client_are_never_touched(place: str, tmp_path: Path) -> None:
    mark = {AUTO: MARK}
    asked = agent(1)
    if place == "top":
        asked |= mark
    elif place == "null":
        asked["cache_control"] = None
    elif place == "system":
        asked["system"] = [{"type": "text", "text": SYSTEM, **mark}]
    elif place == "tools":
        asked["tools"] = [{**TOOL, **mark}]
    elif place == "message":
        asked["messages"][0] |= mark
    elif place == "block":
        asked["messages"][2]["content"][0] |= mark
    else:
        part = {"type": "text", "text": "fine", **mark}
        asked["messages"][2]["content"][0]["content"] = [part]
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        answer = await ask(opened, asked)

    before = json.dumps(asked).count("cache_control")
    assert provider.received[0].body.count(b"cache_control") == before
    assert not any(name.startswith("cache_marks") for name in transforms(answer))


async def test_ours_go_when_a_client_begins_to_set_its_own(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(1))
        own = agent(2)
        own["messages"][-1]["content"][-1]["cache_control"] = MARK
        paid, _, read = usage(await ask(opened, own))

    assert all_marks(provider)[1] == ["messages.4.content.0"]
    assert paid == 0
    assert read > 0


@pytest.mark.parametrize(
    ("headers", "set_"),
    [
        ([b"x-api-key: sk-ant-api03-made-up"], True),
        ([b"x-api-key: key-of-a-gateway"], True),
        ([b"authorization: Bearer sk-of-a-gateway"], True),
        ([b"authorization: Bearer sk-ant-api03-made-up"], True),
        ([b"authorization: Bearer sk-ant-oat01-made-up"], False),
        ([b"authorization: Bearer eyJ", b"anthropic-beta: oauth-2025-04-20"], False),
        ([b"x-api-key: k", b"authorization: Bearer sk-ant-oat01-made-up"], False),
    ],
)
async def test_marks_are_set_where_tokens_are_paid_for(
    headers: list[bytes], set_: bool, tmp_path: Path
) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await opened.ask(post(b"/v1/messages", json.dumps(agent(0)).encode(), *headers))

    assert bool(marks(provider.received[0])) is set_


async def test_nothing_is_written_for_a_client_that_asks_once(tmp_path: Path) -> None:
    examples = chat(3)["messages"]
    extracting: Json = {"tool_choice": {"type": "tool", "name": "Bash"}}
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        for number in range(3):
            question: Json = {"role": "user", "content": f"What of {number}? " * 50}
            await ask(opened, body([question]))
            await ask(opened, body([*examples[:-1], question]))
            await ask(opened, agent(0, task=f"Task {number}", **extracting))

    assert all_marks(provider) == [[]] * 9


async def test_a_chat_without_tools_is_cached_from_its_second_request_on(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        told = [usage(await ask(opened, chat(turn))) for turn in range(4)]

    assert [bool(found) for found in all_marks(provider)] == [False, True, True, True]
    assert [read > 0 for _, _, read in told] == [False, False, True, True]
    assert [paid for paid, _, _ in told][1:] == [0, 0, 0]


async def test_what_is_too_short_to_be_cached_is_left_alone(tmp_path: Path) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(0, system="Be brief."))

    assert all_marks(provider) == [[]]


async def test_marks_go_on_after_a_restart_and_with_changed_settings(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        await ask(opened, chat(0))
        await ask(opened, chat(1))
    async with house(provider, tmp_path, auto_cache=False) as opened:
        _, _, read = usage(await ask(opened, chat(2)))
        await ask(opened, chat(0, question="Something else? "))
        await ask(opened, chat(1, question="Something else? "))

    assert read > 0
    assert [bool(found) for found in all_marks(provider)] == [False, True, True, False, False]


async def test_a_bypassed_request_goes_out_as_it_came_and_the_next_is_marked_again(
    tmp_path: Path,
) -> None:
    provider = Provider()
    bypassed = agent(1)
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(0))
        await ask(opened, bypassed, b"x-headroom-bypass: true")
        await ask(opened, agent(2))

    assert provider.received[1].body == json.dumps(bypassed).encode()
    assert AUTO in all_marks(provider)[2]


async def test_counting_and_threads_are_not_marked(tmp_path: Path) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(0))
        counted = json.dumps(agent(1)).encode()
        await opened.ask(post(b"/v1/messages/count_tokens", counted, KEY))
        await ask(opened, agent(0, thread={"type": "create"}))

    assert all_marks(provider)[1:] == [[], []]


async def test_parallel_calls_do_not_lose_what_was_cached_before_them(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        told = [usage(await ask(opened, agent(turn, calls=15))) for turn in range(4)]

    # Before the second request stands a task that is a string, and bears no mark.
    assert [read for _, _, read in told[2:]] == [
        sum(told[1][1:]),
        sum(told[2][1:]),
    ]


async def test_conversations_with_the_same_tools_and_system_share_them(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    system = [{"type": "text", "text": SYSTEM}]
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(0, task="One.", system=system))
        _, _, read = usage(await ask(opened, agent(0, task="Another.", system=system)))

    assert read > 500


async def test_slow_conversations_do_not_pay_for_writing_again_and_again(tmp_path: Path) -> None:
    provider, clock = Provider(), Clock()
    async with house(provider, tmp_path) as opened:
        with_planning(opened, clock=clock)
        for turn in range(6):
            await ask(opened, chat(turn))
            clock.now += 20 * MINUTES
        clock.now -= 19 * MINUTES
        for turn in range(6, 9):
            await ask(opened, chat(turn))
            clock.now += 1 * MINUTES

    found = [bool(each) for each in all_marks(provider)]
    assert found == [False, True, False, False, False, False, False, True, True]


async def test_a_kind_of_conversation_that_never_goes_on_is_not_marked_any_more(
    tmp_path: Path,
) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        for number in range(20):
            await ask(opened, agent(0, task=f"Task {number}"))
            await done_beside(opened)

    assert [bool(found) for found in all_marks(provider)] == [True] * 16 + [False] * 4


async def test_kinds_of_conversations_that_go_on_are_marked_from_the_first_request_on(
    tmp_path: Path,
) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        for number in range(24):
            for turn in range(1 + (number % 2)):
                await ask(opened, agent(turn, task=f"Task {number}"))
                await done_beside(opened)

    assert all(all_marks(provider))


async def test_notes_that_are_gone_the_next_time_do_not_make_each_request_a_write(
    tmp_path: Path,
) -> None:
    provider = Provider(minimum_cached=512)
    told = []
    async with house(provider, tmp_path) as opened:
        for turn in range(6):
            asked = agent(turn)
            newest = asked["messages"][-1]
            if isinstance(newest["content"], str):
                newest["content"] = [{"type": "text", "text": newest["content"]}]
            newest["content"].append({"type": "text", "text": f"It is {turn} o'clock. " * 20})
            told.append(usage(await ask(opened, asked)))

    # The task is a string, on which no mark can stand; later ones stand on results.
    assert [read > 0 for _, _, read in told] == [False, False, False, True, True, True]
    assert all(read > written for _, written, read in told[3:])


async def test_where_nothing_is_ever_found_again_marks_end(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        for turn in range(7):
            asked = chat(turn, tools=[TOOL])
            asked["messages"][-1]["content"] += f"\nFound for this: {turn}"
            await ask(opened, asked)

    found = [bool(each) for each in all_marks(provider)]
    assert found[0]
    assert not any(found[4:])


async def test_an_answer_that_is_begun_is_not_what_is_marked(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512)
    told = []
    async with house(provider, tmp_path) as opened:
        for turn in range(4):
            asked = chat(turn)
            asked["messages"].append({"role": "assistant", "content": "Well,"})
            told.append(usage(await ask(opened, asked)))

    assert [AUTO in found for found in all_marks(provider)] == [False] * 4
    assert [read > 0 for _, _, read in told] == [False, False, True, True]


# Without a store.


async def test_without_a_store_the_same_request_gets_the_same_marks() -> None:
    asked = [agent(0), agent(2), chat(0), chat(2)]
    seen: list[list[bytes]] = []
    for _ in range(2):
        provider = Provider()
        async with house_before(provider) as opened:
            for each in asked:
                await ask(opened, each)
        seen.append([received.body for received in provider.received])

    assert seen[0] == seen[1]
    assert [b"ephemeral" in each for each in seen[0]] == [True, True, False, True]


async def test_without_a_store_strings_become_lists_as_they_would_have_with_one() -> None:
    provider = Provider(refuses="auto")
    async with house_before(provider) as opened:
        await ask(opened, agent(0, task="Something else."))
        whole = [chat(turn) for turn in range(4)]
        for each in whole:
            await ask(opened, each)
    async with house_before(provider) as opened:
        await ask(opened, agent(0, task="Something else."))
        await ask(opened, whole[3])

    assert provider.received[-1].body == provider.received[5].body


async def test_a_conversation_that_began_without_us_is_marked_and_then_not_rewritten(
    tmp_path: Path,
) -> None:
    provider = Provider(minimum_cached=512)
    async with house(provider, tmp_path) as opened:
        first = usage(await ask(opened, agent(3)))
        second = usage(await ask(opened, agent(4)))

    assert second[2] == first[1]
