"""`POST /v1/compress`, as the original's clients and LiteLLM's guardrail call it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom.marker import find_markers
from tests.proxy.house import Answer, House, get, house_of, post
from tests.proxy.processes import children_of
from tests.proxy.talks import ROUTES, conversation, log, results, rows

PATH = b"/v1/compress"
FIELDS = {
    "messages",
    "tokens_before",
    "tokens_after",
    "tokens_saved",
    "compression_ratio",
    "transforms_applied",
    "transforms_summary",
    "ccr_hashes",
}

Json = dict[str, Any]


def said(route: str, texts: list[str]) -> list[Json]:
    body = conversation(route, texts)
    messages: list[Json] = body["input" if route == "/v1/responses" else "messages"]
    return messages


async def asked(house: House, body: Any, *headers: bytes) -> tuple[int, Json]:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: Answer = await house.ask(post(PATH, packed, *headers))
    assert answer.values(b"content-type") == [b"application/json"]
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("route", ROUTES)
async def test_messages_of_each_shape_come_back_shorter_in_the_same_number_and_order(
    route: str,
) -> None:
    messages = said(route, results(4))

    async with house_of() as house:
        status, told = await asked(house, {"messages": messages, "model": "gpt-4o"})

    assert status == 200
    assert set(told) == FIELDS
    assert len(told["messages"]) == len(messages)
    for before, after in zip(messages, told["messages"], strict=True):
        assert list(after) == list(before)
        assert after.get("role") == before.get("role")
    assert told["tokens_before"] - told["tokens_after"] == told["tokens_saved"] > 100
    assert told["compression_ratio"] == round(told["tokens_after"] / told["tokens_before"], 4)
    assert told["ccr_hashes"] == []
    assert house.upstream.seen == []


async def test_a_json_array_of_a_tool_is_told_as_the_originals_strategy() -> None:
    async with house_of() as house:
        body = {"messages": said(ROUTES[1], [rows(1), rows(2)]), "model": "gpt-4o"}
        _, told = await asked(house, body)

    assert len(told["transforms_applied"]) == 2
    for name in told["transforms_applied"]:
        prefix, strategy, ratio = name.split(":")
        assert (prefix, strategy) == ("router", "smart_crusher")
        assert 0 < float(ratio) < 1
    assert sum(told["transforms_summary"].values()) == 2
    assert set(told["transforms_summary"]) == set(told["transforms_applied"])


async def test_the_same_messages_always_become_the_same() -> None:
    body = {"messages": said(ROUTES[0], results(6)), "model": "claude", "config": {"mode": "ccr"}}

    async with house_of() as house:
        first = await asked(house, body)
        await house.ask(post(b"/v1/messages", json.dumps(body).encode()))
        assert await asked(house, body) == first


async def test_users_and_assistants_words_are_never_changed() -> None:
    spoken = [
        {"role": "user", "content": rows(1)},
        {"role": "assistant", "content": log(2)},
        {"role": "user", "content": rows(3)},
        {"role": "user", "content": [{"type": "text", "text": rows(1)}]},
    ]

    async with house_of() as house:
        status, told = await asked(house, {"messages": spoken, "model": "gpt-4o"})

    assert status == 200
    assert told["messages"] == spoken
    assert told["tokens_saved"] == 0
    assert told["transforms_applied"] == []


@pytest.mark.parametrize("header", [b"x-headroom-bypass: true", b"x-headroom-mode: passthrough"])
async def test_a_bypassed_call_gets_its_messages_back_with_zeros(header: bytes) -> None:
    messages = said(ROUTES[1], results(4))

    async with house_of() as house:
        status, told = await asked(house, {"messages": messages, "model": "gpt-4o"}, header)

    assert status == 200
    assert told == {
        "messages": messages,
        "tokens_before": 0,
        "tokens_after": 0,
        "tokens_saved": 0,
        "compression_ratio": 1.0,
        "transforms_applied": [],
        "ccr_hashes": [],
    }


async def test_an_empty_list_comes_back_empty() -> None:
    async with house_of() as house:
        status, told = await asked(house, {"messages": [], "model": "gpt-4o"})

    assert (status, told["messages"], told["compression_ratio"]) == (200, [], 1.0)
    assert "transforms_summary" not in told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"5",
        b"null",
        b'{"messages": [}',
        b"[" * 100_000,
        {},
        {"model": "gpt-4o"},
        {"messages": []},
        {"messages": "hi", "model": "gpt-4o"},
        {"messages": 5, "model": "gpt-4o"},
        {"messages": {"role": "user"}, "model": "gpt-4o"},
        {"messages": None, "model": "gpt-4o"},
        {"messages": ["a"], "model": "gpt-4o"},
        {"messages": [{"role": "user", "content": "x"}, None], "model": "gpt-4o"},
        {"messages": [], "model": 5},
        {"messages": [], "model": ""},
        {"messages": [], "model": None},
        {"messages": [], "model": "gpt-4o", "token_budget": "many"},
        b'{"messages": [], "messages": [], "model": "gpt-4o"}',
    ],
    ids=lambda body: str(body)[:40],
)
@pytest.mark.parametrize("headers", [(), (b"x-headroom-bypass: true",)])
async def test_A6_a_body_that_is_not_what_is_taken_is_400_with_the_reason(
    body: Any, headers: tuple[bytes, ...]
) -> None:
    async with house_of() as house:
        status, told = await asked(house, body, *headers)

    assert status == 400
    assert set(told) == {"error"}
    assert told["error"]["type"] == "invalid_request"
    assert len(told["error"]["message"]) > 10


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "tool_calls", "output", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(JSON, min_size=12, max_size=12))
def test_A6_no_json_in_any_place_is_an_error_of_ours(bodies: list[Any]) -> None:
    async def ask_all() -> list[int]:
        async with house_of() as house:
            asks = [asked(house, {"messages": [one], "model": "gpt-4o"}) for one in bodies]
            return [(await ask)[0] for ask in asks]

    assert set(asyncio.run(ask_all())) <= {200, 400}


async def test_A4_a_text_that_stands_there_twice_is_left_alone() -> None:
    text = json.dumps(rows(1))
    odd = f'{{"role": "tool", "tool_call_id": "c", "content": {text}, "content": {text}}}'
    body = f'{{"model": "gpt-4o", "messages": [{odd}]}}'.encode()

    async with house_of() as house:
        answer = await house.ask(post(PATH, body))

    assert answer.status == 200
    assert odd.encode() in answer.body


async def test_what_cannot_be_sent_as_json_comes_back_as_it_came() -> None:
    odd = b'{"role": "tool", "content": "\\ud800", "x": NaN, "y": 12345678901234567890123}'
    body = b'{"model": "gpt-4o", "messages": [' + odd + b"]}"

    async with house_of() as house:
        answer = await house.ask(post(PATH, body))

    assert answer.status == 200
    assert odd in answer.body


async def test_a_late_plan_is_503() -> None:
    body = {"messages": said(ROUTES[1], [log(1, 800)]), "model": "gpt-4o"}

    async with house_of(plan_deadline_seconds=0.001) as house:
        status, told = await asked(house, body)

    assert status == 503
    assert told == {"error": {"type": "compression_error", "message": "no plan within 0.001 s"}}


async def test_a_planner_that_dies_is_503_and_the_next_call_is_answered() -> None:
    body = {"messages": said(ROUTES[1], [log(1, 800)]), "model": "gpt-4o"}

    before = set(children_of(os.getpid()))
    async with house_of(zygote=None, plan_deadline_seconds=30.0) as house:
        assert (await asked(house, body))[0] == 200
        [zygote] = set(children_of(os.getpid())) - before
        for worker in children_of(zygote):
            os.kill(worker, signal.SIGKILL)
        status, told = await asked(house, body)
        again, _ = await asked(house, body)

    assert (status, told["error"]["type"]) == (503, "compression_error")
    assert again == 200


@pytest.mark.parametrize("forwarded", [b"x-forwarded-for: 10.0.0.1", b"via: 1.1 gateway"])
async def test_E5_a_caller_from_elsewhere_is_refused(forwarded: bytes) -> None:
    async with house_of() as house:
        status, told = await asked(house, {"messages": [], "model": "m"}, forwarded)

    assert (status, told["error"]["code"]) == (401, "invalid_api_key")
    assert "needs a token" in told["error"]["message"]


async def test_other_methods_are_405() -> None:
    async with house_of() as house:
        answer = await house.ask(b"GET /v1/compress HTTP/1.1\r\nhost: localhost\r\n\r\n")

    assert answer.status == 405
    assert answer.values(b"allow") == [b"POST"]


@pytest.mark.parametrize("route", ROUTES)
async def test_a_token_budget_lets_whole_turns_leave_that_can_be_had_again(
    route: str, tmp_path: Path
) -> None:
    texts = [
        "\n".join(f"Note {number}.{line} is about part {line * 31}." for line in range(40))
        for number in range(20)
    ]
    messages = said(route, texts)

    async with house_of(workspace_dir=tmp_path, plan_deadline_seconds=30.0) as house:
        body = {"messages": messages, "model": "gpt-4o", "token_budget": 4_000}
        status, told = await asked(house, body)
        markers = find_markers(json.dumps(told["messages"], ensure_ascii=False))
        [left] = [marker for marker in markers if marker.unit == "turns"]
        found = await house.ask(get(f"/v1/retrieve/{left.key}?query=2.11".encode()))

    assert status == 200
    assert told["token_budget_met"] is True
    assert told["tokens_after"] <= 4_000 < told["tokens_before"]
    assert len(told["messages"]) < len(messages)
    assert told["messages"][0] == messages[0]
    assert told["messages"][-1] == messages[-1]
    assert {marker.key for marker in markers} == set(told["ccr_hashes"])
    assert f"intelligent_cap:{left.gone}" in told["transforms_applied"]
    assert any("Note 2.11" in str(row) for row in json.loads(found.body)["results"])


async def test_a_token_budget_that_cannot_be_met_is_said_to_be_so() -> None:
    messages = said(ROUTES[1], ["short"] * 3)

    async with house_of() as house:
        status, told = await asked(
            house, {"messages": messages, "model": "gpt-4o", "token_budget": 10}
        )

    assert status == 200
    assert told["messages"] == messages
    assert told["token_budget_met"] is False


def held_back(*more: Json) -> list[Json]:
    """What gateways send: results without the calls that they answer, after these."""
    return [
        *more,
        *({"role": "tool", "tool_call_id": f"c{n}", "content": table(n)} for n in range(3)),
    ]


def table(number: int) -> str:
    """A table that many words could be about."""
    return json.dumps(
        [{"id": n * number, "level": "INFO", "text": f"request {n} was served"} for n in range(300)]
    )


async def test_law_2_results_without_their_calls_keep_their_form_when_the_user_goes_on(
    tmp_path: Path,
) -> None:
    task = {"role": "user", "content": "Why was request 77 served so late, and request 250?"}
    async with house_of(workspace_dir=tmp_path) as house:
        _, before = await asked(house, {"messages": held_back(), "model": "gpt-4o"})
        _, after = await asked(house, {"messages": held_back(task), "model": "gpt-4o"})

    assert len(before["ccr_hashes"]) == 3
    assert after["messages"] == [task, *before["messages"]]


async def test_law_3_a_gateway_that_gives_the_model_no_tool_gets_everything(
    tmp_path: Path,
) -> None:
    agent = b"user-agent: litellm/1.110.2"
    asking = {"messages": held_back(), "model": "gpt-4o"}
    async with house_of(workspace_dir=tmp_path) as house:
        _, whole = await asked(house, asking, agent)
        _, less = await asked(house, {**asking, "config": {"mode": "ccr"}}, agent)

    assert whole["ccr_hashes"] == []
    assert whole["tokens_saved"] > 0
    assert len(less["ccr_hashes"]) == 3


async def test_what_it_came_to_is_told_apart_from_calls_of_providers() -> None:
    async with house_of() as house:
        _, told = await asked(
            house, {"messages": said("/v1/messages", results(4)), "model": "gpt-4o"}
        )
        proxy = house.app.proxy
        assert proxy is not None
        sums = (await proxy.chronicle.read()).lifetime.sums

    assert (sums.of("requests"), sums.of("compress_calls")) == (0, 1)
    assert sums.of("compress_before") == told["tokens_before"] > 0
    assert sums.of("compress_after") == told["tokens_after"]


SIMULATE = {"default_mode": "simulate", "generate_diff_artifact": True}


async def test_a_simulation_tells_more_and_is_counted_nowhere(tmp_path: Path) -> None:
    messages = said("/v1/chat/completions", results(4))

    async with house_of(workspace_dir=tmp_path) as house:
        asking = {"messages": messages, "model": "gpt-4o", "config": SIMULATE}
        _, told = await asked(house, asking)
        stats = json.loads((await house.ask(get(b"/stats"))).body)
        kept = json.loads((await house.ask(get(b"/v1/retrieve/stats"))).body)["store"]

    assert told["tokens_saved"] > 0
    assert told["messages_optimized"] == told["messages"]
    assert told["diff_artifact"]["total_tokens_saved"] == told["tokens_saved"]
    assert sum(told["block_breakdown"].values()) == told["tokens_before"]
    assert stats["recent_requests"] == []
    assert stats["lifetime"]["compress_endpoint"]["calls"] == 0
    assert kept["total_original_tokens"] == 0


async def test_a_simulation_gives_no_marker_that_does_not_hold(tmp_path: Path) -> None:
    plain = json.dumps([{"id": n, "level": "INFO", "text": f"request {n}"} for n in range(300)])
    messages = said("/v1/chat/completions", [plain])

    async with house_of(workspace_dir=tmp_path) as house:
        asking = {"messages": messages, "model": "gpt-4o", "config": SIMULATE}
        _, told = await asked(house, asking)
        found = [
            (await house.ask(get(f"/v1/retrieve/{one}".encode()))).status
            for one in told["ccr_hashes"]
        ]

    assert found == [200]


@pytest.mark.parametrize("config", [5, "lossless", [], True])
async def test_a_config_that_is_no_object_is_refused(config: Any) -> None:
    async with house_of() as house:
        asking = {"messages": [], "model": "gpt-4o", "config": config}
        status, told = await asked(house, asking)

    assert (status, told["error"]["message"]) == (400, "config must be a JSON object")


async def test_a_whole_number_may_have_a_point() -> None:
    messages = said("/v1/chat/completions", results(1))

    async with house_of() as house:
        asking = {"messages": messages, "model": "gpt-4o", "token_budget": 90_000.0}
        status, told = await asked(house, asking)

    assert (status, told["token_budget_met"]) == (200, True)
