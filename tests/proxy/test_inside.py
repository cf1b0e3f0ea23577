"""The pages of a proxy, asked without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headroom.proxy.inside import ask
from headroom.proxy.proxy import open_proxy
from headroom.settings import Settings
from headroom.state.workspace import Lead

LOG = "\n".join(f"INFO worker {i % 7} request {i} done" for i in range(2_000))


def settings(workspace: Path, **changes: Any) -> Settings:
    return Settings(workspace_dir=workspace, config_dir=workspace, **changes)


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


ASKED = body(model="m", messages=[{"role": "tool", "tool_call_id": "c", "content": LOG}])


async def test_a_page_answers_as_it_does_on_a_port(tmp_path: Path) -> None:
    status, said = await ask(settings(tmp_path), "/v1/compress", ASKED)
    told = json.loads(said)

    assert status == 200
    assert told["tokens_after"] < told["tokens_before"] / 10
    (key,) = told["ccr_hashes"]
    status, said = await ask(settings(tmp_path), "/v1/retrieve", body(hash=key))
    assert (status, json.loads(said)["original_content"]) == (200, LOG)
    status, said = await ask(settings(tmp_path), "/stats")
    assert json.loads(said)["lifetime"]["compress_endpoint"]["calls"] == 1


async def test_who_waits_for_one_text_waits_as_long_as_it_takes(tmp_path: Path) -> None:
    status, _ = await ask(settings(tmp_path, plan_deadline_seconds=0.001), "/v1/compress", ASKED)

    assert status == 200


async def test_A6_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    status, said = await ask(settings(tmp_path), "/v1/compress", b"{")

    assert status == 400
    assert json.loads(said)["error"]["type"] == "invalid_request"


@pytest.mark.parametrize("key", ["", "a-token"])
async def test_D1_who_asks_is_whoever_brings_the_callers_token(tmp_path: Path, key: str) -> None:
    _, said = await ask(settings(tmp_path, api_key=key), "/v1/compress", ASKED)
    (name,) = json.loads(said)["ccr_hashes"]

    mine, _ = await ask(settings(tmp_path, api_key=key), "/v1/retrieve", body(hash=name))
    others, _ = await ask(settings(tmp_path, api_key="other"), "/v1/retrieve", body(hash=name))

    assert (mine, others) == (200, 404)


async def test_nothing_is_left_out_where_nothing_can_be_kept(tmp_path: Path) -> None:
    _, said = await ask(settings(tmp_path, stateless=True), "/v1/compress", ASKED)

    assert json.loads(said)["ccr_hashes"] == []
    assert not (tmp_path / "state.db").exists()


async def test_what_one_process_does_for_all_is_left_to_a_proxy(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    wanted = settings(tmp_path, log_file=log)

    async with open_proxy(wanted, (), {}, beside=True) as beside:
        assert not beside.chronicle.leads
        assert not beside.chronicle.is_leading
        assert beside.savings is None
        assert Lead(tmp_path / "observing.lock").take()

    assert not log.exists()
