"""Portkey's Headroom guardrail by its requests, as far as they are documented.

Its gateway cannot be had from an index.  It sends the request's messages to `POST /v1/compress` of
a proxy on another machine, with the proxy's token, and puts those that come back in their place
(portkey.ai/docs/integrations/guardrails/headroom, 2026-11).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.house import House, get, house_of, post
from tests.proxy.talks import ROUTES, body_of, messages_of, results

TOKEN = "token-of-callers-0123456789"
STRANGER = b"x-forwarded-for: 203.0.113.7"
BEARER = f"authorization: Bearer {TOKEN}".encode()
TABLE = json.dumps(
    [{"id": n, "level": "INFO", "text": f"request {n} was served"} for n in range(200)]
)


async def asked(house: House, body: Any, *headers: bytes) -> tuple[int, Any]:
    packed = json.dumps(body).encode()
    answer = await house.ask(post(b"/v1/compress", packed, STRANGER, *headers))
    return answer.status, json.loads(answer.body)


async def test_health_is_told_to_who_brings_the_token(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path, api_key=TOKEN) as house:
        answer = await house.ask(get(b"/health", STRANGER, BEARER))

    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "healthy"


@pytest.mark.parametrize("route", ROUTES[:2])
async def test_messages_come_back_in_their_number_and_order(tmp_path: Path, route: str) -> None:
    said = messages_of(body_of(route, [TABLE, *results(4)]))
    async with house_of(workspace_dir=tmp_path, api_key=TOKEN) as house:
        status, told = await asked(house, {"messages": said, "model": "gpt-6"}, BEARER)

    assert status == 200
    assert [one["role"] for one in told["messages"]] == [one["role"] for one in said]
    assert told["tokens_saved"] == told["tokens_before"] - told["tokens_after"] > 0
    assert all(re.fullmatch("[a-f0-9]{12,24}", key) for key in told["ccr_hashes"])


async def test_law_3_what_was_left_out_is_given_to_the_same_token_alone(tmp_path: Path) -> None:
    said = messages_of(body_of(ROUTES[1], [TABLE]))
    async with house_of(workspace_dir=tmp_path, api_key=TOKEN) as house:
        _, told = await asked(house, {"messages": said, "model": "gpt-6"}, BEARER)
        [key] = told["ccr_hashes"]
        path = f"/v1/retrieve/{key}".encode()
        mine = await house.ask(get(path, STRANGER, BEARER))
        nobody = await house.ask(get(path, STRANGER))

    assert json.loads(mine.body)["original_content"] == TABLE
    assert nobody.status == 401


async def test_E5_without_the_token_nothing_is_compressed(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path, api_key=TOKEN) as house:
        status, _ = await asked(house, {"messages": [], "model": "gpt-6"})
        wrong, _ = await asked(
            house, {"messages": [], "model": "gpt-6"}, b"authorization: Bearer another"
        )

    assert (status, wrong) == (401, 401)
