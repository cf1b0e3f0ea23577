"""Originals through the endpoints, as the original's clients and LiteLLM's guardrail ask."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import find_markers, key_of
from tests.proxy.house import Answer, House, house_of, post
from tests.proxy.keyrings import WITH_KEYS, new_key
from tests.proxy.talks import planning_of

TABLE = json.dumps(
    [{"id": 5000 + n, "state": "ok", "text": f"request {n} was sérved"} for n in range(300)]
)
MESSAGES = [
    {"role": "user", "content": "What happened?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "list", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": TABLE},
]
KEY = key_of(TABLE)
MINE, THEIRS = b"x-api-key: mine", b"x-api-key: theirs"
Json = dict[str, Any]


def get(path: str, *headers: bytes) -> bytes:
    lines = [f"GET {path} HTTP/1.1".encode(), b"host: localhost", *headers, b"", b""]
    return b"\r\n".join(lines)


async def kept(house: House, *headers: bytes, config: Json | None = None) -> Json:
    body: Json = {"messages": MESSAGES, "model": "gpt-5", "config": config or {}}
    answer = await house.ask(post(b"/v1/compress", json.dumps(body).encode(), *headers))
    assert answer.status == 200
    told: Json = json.loads(answer.body)
    return told


async def asked(house: House, path: str, body: Any, *headers: bytes) -> tuple[int, Json]:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: Answer = await house.ask(post(path.encode(), packed, *headers))
    assert answer.values(b"content-type") == [b"application/json"]
    return answer.status, json.loads(answer.body)


async def test_D3_what_compress_left_out_comes_back_byte_for_byte(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        told = await kept(house, MINE)
        status, full = await asked(house, "/v1/retrieve", {"hash": KEY}, MINE)
        answer = await house.ask(get(f"/v1/retrieve/{KEY}", MINE))

    [marker] = find_markers(told["messages"][2]["content"])
    assert told["ccr_hashes"] == [marker.key] == [KEY]
    assert told["tokens_after"] < 0.2 * told["tokens_before"]
    assert status == answer.status == 200
    assert full == {
        "hash": KEY,
        "original_content": TABLE,
        "original_tokens": full["original_tokens"],
        "original_item_count": 300,
        "compressed_item_count": 35,
        "tool_name": "list",
        "retrieval_count": 1,
    }
    assert json.loads(answer.body)["retrieval_count"] == 2
    assert all(re.fullmatch("[a-f0-9]{12,24}", each) for each in told["ccr_hashes"])


async def test_G1_a_restart_loses_no_original(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
    async with house_of(workspace_dir=tmp_path) as house:
        status, full = await asked(house, "/v1/retrieve", {"hash": KEY}, MINE)

    assert (status, full["original_content"]) == (200, TABLE)


@pytest.mark.parametrize("headers", [(THEIRS,), (), (b"authorization: Bearer mine",)])
async def test_D3_another_key_or_none_gets_the_answer_of_what_never_was(
    headers: tuple[bytes, ...], tmp_path: Path
) -> None:
    never = "0" * 24
    call = {"id": "c", "name": "headroom_retrieve", "input": {"hash": KEY}}
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        answers = [
            await asked(house, "/v1/retrieve", {"hash": key, **more}, *headers)
            for key in (KEY, never)
            for more in ({}, {"query": "request"}, {"lines": "1-2"})
        ]
        by_path = [await house.ask(get(f"/v1/retrieve/{k}", *headers)) for k in (KEY, never)]
        _, tool = await asked(house, "/v1/retrieve/tool_call", {"tool_call": call}, *headers)

    told = {(status, json.dumps(body).replace(never, KEY)) for status, body in answers}
    assert len(told) == 1
    assert {status for status, _ in told} == {404}
    assert by_path[0].status == by_path[1].status == 404
    assert not tool["success"]
    assert "request 1" not in json.dumps([*told, tool])


async def test_G7_what_has_expired_is_told_from_what_was_never_kept(tmp_path: Path) -> None:
    call = {"id": "c", "name": "headroom_retrieve", "input": {"hash": KEY}}
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        store = planning_of(house).originals._store
        [name] = await store.list("original", b"", limit=9)
        await store.drop([("original", name)])
        status, mine = await asked(house, "/v1/retrieve", {"hash": KEY}, MINE)
        by_path = await house.ask(get(f"/v1/retrieve/{KEY}", MINE))
        _, tool = await asked(house, "/v1/retrieve/tool_call", {"tool_call": call}, MINE)
        other_status, other = await asked(house, "/v1/retrieve", {"hash": KEY}, THEIRS)

    assert (status, by_path.status, other_status) == (404, 404, 404)
    assert "has expired" in mine["detail"]
    assert "--store-days" in mine["detail"]
    assert json.loads(by_path.body) == mine
    assert not tool["success"]
    assert tool["data"] == {"error": mine["detail"]}
    assert "is unknown" in other["detail"]
    assert "expired" not in other["detail"]


async def test_who_brings_no_key_finds_what_was_kept_without_one(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house)
        status, _ = await asked(house, "/v1/retrieve", {"hash": KEY})

    assert status == 200


async def test_a_query_gives_the_rows_that_match_with_their_positions(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        status, told = await asked(house, "/v1/retrieve", {"hash": KEY, "query": "5123"}, MINE)
        answer = await house.ask(get(f"/v1/retrieve/{KEY}?query=zebra", MINE))

    assert status == 200
    assert (told["count"], told["total_items"]) == (1, 300)
    assert told["results"][0]["position"] == 124
    assert "request 123 was s" in told["original_content"]
    nothing = json.loads(answer.body)
    assert nothing["count"] == 0
    assert "no match" in nothing["original_content"]


async def test_lines_give_a_range(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        status, told = await asked(house, "/v1/retrieve", {"hash": KEY, "lines": "1-2"}, MINE)
        wrong, detail = await asked(house, "/v1/retrieve", {"hash": KEY, "lines": "x"}, MINE)

    assert status == 200
    assert told["results"][0] == {"position": 1, "text": TABLE}
    assert wrong == 400
    assert "120-180" in detail["detail"]


@pytest.mark.parametrize(
    ("call", "provider", "result"),
    [
        (
            {"id": "c9", "name": "headroom_retrieve", "input": {"hash": KEY}},
            "anthropic",
            {"type": "tool_result", "tool_use_id": "c9"},
        ),
        (
            {"id": "c9", "function": {"name": "x", "arguments": json.dumps({"hash": KEY})}},
            "openai",
            {"role": "tool", "tool_call_id": "c9"},
        ),
    ],
)
async def test_a_models_call_is_answered_in_its_providers_shape(
    call: Json, provider: str, result: Json, tmp_path: Path
) -> None:
    body = {"tool_call": call, "provider": provider}
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        status, told = await asked(house, "/v1/retrieve/tool_call", body, MINE)

    assert status == 200
    assert told["success"]
    content = told["tool_result"].pop("content")
    assert told["tool_result"] == result
    assert json.loads(content) == told["data"]
    assert told["data"]["original_content"] == TABLE


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 5000, {}, {"hash": None}, {"hash": 5},
        {"hash": "A" * 24}, {"hash": KEY[:23]}, {"hash": KEY, "query": 5}, {"hash": [KEY]},
        {"hash": f"../{KEY}"},
    ],
)  # fmt: skip
async def test_a6_what_is_malformed_is_400_with_a_sentence(body: Any, tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        status, told = await asked(house, "/v1/retrieve", body, MINE)
        tool_status, tool = await asked(house, "/v1/retrieve/tool_call", body, MINE)
        odd = {"tool_call": {"input": body if isinstance(body, dict) else str(body)}}
        odd_status, _ = await asked(house, "/v1/retrieve/tool_call", odd, MINE)
        answer = await house.ask(get("/v1/retrieve/not-a-key", MINE))

    assert (status, tool_status, odd_status, answer.status) == (400, 400, 400, 400)
    assert told["detail"]
    assert tool["detail"]


async def test_statistics_tell_a_caller_of_its_own_questions_only(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        await asked(house, "/v1/retrieve", {"hash": KEY, "query": "5123"}, MINE)
        mine = json.loads((await house.ask(get("/v1/retrieve/stats", MINE))).body)
        theirs = json.loads((await house.ask(get("/v1/retrieve/stats", THEIRS))).body)

    assert mine["recent_retrievals"] == [
        {
            "hash": KEY, "query": "5123", "items_retrieved": 1, "total_items": 300,
            "tool_name": "list", "retrieval_type": "search",
        }
    ]  # fmt: skip
    assert theirs["recent_retrievals"] == []
    assert mine["store"]["entry_count"] == 1
    assert mine["store"]["total_retrievals"] == 1
    assert mine["store"]["backend"]["backend_type"] == "sqlite"
    assert mine["store"]["total_original_tokens"] > mine["store"]["total_compressed_tokens"] > 0


async def test_law_3_nothing_is_left_out_where_nothing_would_last_or_nobody_wants_it(
    tmp_path: Path,
) -> None:
    async with house_of(stateless=True) as house:
        passing = await kept(house, MINE)
    async with house_of(workspace_dir=tmp_path) as house:
        unwanted = await kept(house, MINE, config={"mode": "lossless"})

    for told in (passing, unwanted):
        assert told["ccr_hashes"] == []
        assert not find_markers(told["messages"][2]["content"])


async def test_G6_where_the_original_cannot_be_kept_nothing_is_left_out(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        proxy = house.app.proxy
        assert proxy is not None
        await proxy.planning.originals._store.close()  # type: ignore[attr-defined]  # the disk is gone
        told = await kept(house, MINE)
        status, detail = await asked(house, "/v1/retrieve", {"hash": KEY}, MINE)

    assert told["ccr_hashes"] == []
    assert not find_markers(told["messages"][2]["content"])
    assert status == 503
    assert "cannot be read" in detail["detail"]


async def test_D3_no_token_is_a_master_key_and_the_operators_opens_what_keys_kept(
    tmp_path: Path,
) -> None:
    tokens: Json = {"api_key": "CALLERS", "admin_key": "OPERATORS"}
    callers, operators = b"x-headroom-api-key: CALLERS", b"x-headroom-api-key: OPERATORS"
    async with house_of(workspace_dir=tmp_path, **tokens, **WITH_KEYS) as house:
        key, named = await new_key(house)
        bearer = b"authorization: Bearer " + key
        await kept(house, bearer)
        path, of_key = f"/v1/retrieve/{KEY}", f"/v1/retrieve/{KEY}?key_id={named.id}"
        own = await house.ask(get(path, bearer))
        closed = [
            await house.ask(get(path, callers)),
            await house.ask(get(of_key, callers)),
            await house.ask(get(path, operators)),
            await house.ask(get(f"/v1/retrieve/{KEY}?key_id={'0' * 12}", operators)),
            await house.ask(get(f"/v1/retrieve/{'0' * 24}?key_id={named.id}", operators)),
        ]
        opened = await house.ask(get(of_key, operators))
        part = await house.ask(get(of_key + "&query=5123", operators))
        call = {"name": "headroom_retrieve", "input": {"hash": KEY, "key_id": named.id}}
        _, by_model = await asked(house, "/v1/retrieve/tool_call", {"tool_call": call}, operators)
        again = await house.ask(get(path, bearer))

    assert [answer.status for answer in closed] == [404] * 5
    assert (own.status, opened.status, part.status) == (200, 200, 200)
    assert json.loads(opened.body)["original_content"] == TABLE
    assert "5123" in json.loads(part.body)["original_content"]
    assert not by_model["success"]
    assert json.loads(again.body)["retrieval_count"] == 2


async def test_D3_what_a_token_kept_is_the_tokens_and_what_nobody_kept_is_nobodys(
    tmp_path: Path,
) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        token = b"x-headroom-api-key: " + (tmp_path / "token").read_bytes().strip()
        await kept(house, token)
        path = f"/v1/retrieve/{KEY}"
        ways = [(), (MINE,), (token, MINE), (b"x-headroom-api-key: other",), (token,)]
        answers = [await house.ask(get(path, *way)) for way in ways]
        await kept(house)
        nobodys = await house.ask(get(path))

    assert [answer.status for answer in answers] == [404, 404, 404, 404, 200]
    assert nobodys.status == 200
