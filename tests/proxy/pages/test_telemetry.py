"""`/v1/telemetry…`: counts to look at, to take along and to bring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headroom.proxy.pages.telemetry import LARGEST_IMPORT_BYTES
from tests.proxy.house import NOWHERE, House, house_of, post
from tests.proxy.pages.taught import MINE, SHAPE, SIGNATURE, THEIRS, asked, teach, tenant
from tests.proxy.talks import planning_of


async def bring(house: House, body: Any, *headers: bytes) -> tuple[int, Any]:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await house.ask(post(b"/v1/telemetry/import", packed, *headers))
    return answer.status, json.loads(answer.body)


async def test_the_summary_counts_what_was_saved(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=4, whole=1)
        status, told = await asked(house, "/v1/telemetry", MINE)

    assert status == 200
    assert told == {
        "enabled": True,
        "endpoint_set": False,
        "sent": False,
        "total_compressions": 4,
        "total_retrievals": 1,
        "global_retrieval_rate": 0.25,
        "total_tokens_saved": 3000,
        "tool_signatures_tracked": 1,
        "events_in_memory": 0,
        "avg_compression_ratio": 0.25,
        "avg_token_reduction": 0.75,
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"telemetry": False}, (False, False, False)),
        ({"telemetry_endpoint": NOWHERE}, (True, True, True)),
        ({"telemetry_endpoint": NOWHERE, "telemetry": False}, (False, True, False)),
    ],
)
async def test_P4_the_summary_says_what_the_switch_says(
    settings: dict[str, Any], said: tuple[bool, ...]
) -> None:
    async with house_of(**settings) as house:
        _, told = await asked(house, "/v1/telemetry", MINE)

    assert (told["enabled"], told["endpoint_set"], told["sent"]) == said


async def test_each_tool_by_its_signature(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=4)
        told = (await asked(house, "/v1/telemetry/tools", MINE))[1]
        one = (await asked(house, f"/v1/telemetry/tools/{SIGNATURE}", MINE))[1]
        unknown = await asked(house, f"/v1/telemetry/tools/{'0' * 24}", MINE)

    assert told == {"tool_count": 1, "tools": {SIGNATURE: one}}
    assert one["signature"]["structure_hash"] == SIGNATURE
    assert (one["signature"]["field_count"], one["signature"]["has_numbers"]) == (2, True)
    assert (one["total_items_seen"], one["avg_items_kept"]) == (160, 10.0)
    assert one["strategy_counts"] == {"plain": 4, "eased": 0, "left_alone": 0}
    assert unknown[0] == 404
    assert "signature" in unknown[1]["detail"]


async def test_what_one_installation_learned_another_can_take_over(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path / "a") as house:
        await teach(house, MINE, outputs=12, whole=9, named=3)
        exported = (await asked(house, "/v1/telemetry/export", MINE))[1]
    async with house_of(workspace_dir=tmp_path / "b") as house:
        status, told = await bring(house, exported, MINE)
        hints = await planning_of(house).patterns.hints(tenant(house, MINE), [SHAPE])
        others = await planning_of(house).patterns.hints(tenant(house, THEIRS), [SHAPE])

    assert exported["version"] == "1.0"
    assert set(exported) >= {"export_timestamp", "summary", "tool_stats", "recommendations"}
    assert (status, told["status"]) == (200, "imported")
    assert told["current_stats"]["total_compressions"] == 12
    assert (hints[SIGNATURE].regret, hints[SIGNATURE].fields) == (0.75, ("salary",))
    assert others[SIGNATURE].regret == 0.0


def export(**stats: Any) -> Any:
    return {"version": "1.0", "tool_stats": {SIGNATURE: stats}}


async def test_rates_are_not_believed_and_counts_added(tmp_path: Path) -> None:
    lying = {"reduced": 3, "regretted": 90_000, "asked": 0}
    brought = export(retrieval_rate=200.0, evidence={"plain": lying}, counts={"compressions": 3})
    async with house_of(workspace_dir=tmp_path) as house:
        await bring(house, brought, MINE)
        await bring(house, brought, MINE)
        one = (await asked(house, f"/v1/toin/pattern/{SIGNATURE}", MINE))[1]

    assert (one["compressions"], one["retrieval_rate"]) == (6, 0.0)
    assert one["evidence"]["plain"] == {"reduced": 6.0, "regretted": 6.0, "asked": 0.0}
    assert one["skip_recommended"] is False


NO_EXPORTS: tuple[Any, ...] = (
    *(b"", b"{", b"[]", b'"x"', b"[" * 100_000),
    {"tool_stats": {}},
    {"version": "2.0", "tool_stats": {}},
    {"version": "1.0", "tool_stats": []},
    {"version": "1.0", "tool_stats": {"../../x": {}}},
    {"version": "1.0", "tool_stats": {f"{n:024x}": {} for n in range(257)}},
    export(counts={"compressions": -1}),
    export(counts={"compressions": 10**18}),
    export(counts={"compressions": 1.5}),
    export(counts={"compressions": "9"}),
    export(evidence={"plain": {"reduced": 1e300}}),
    export(evidence={"fields": {"x" * 65: 1}}),
    export(evidence={"fields": {f"f{n}": 1 for n in range(97)}}),
    export(signature={"kind": "poem"}),
    export(signature={"tool_name": "x" * 257}),
)


async def test_what_is_no_export_is_refused_and_nothing_of_it_counted(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        told = [await bring(house, body, MINE) for body in NO_EXPORTS]
        stats = (await asked(house, "/v1/toin/stats", MINE))[1]

    assert [status for status, _ in told] == [400] * len(NO_EXPORTS)
    assert all(said["detail"] for _, said in told)
    assert stats["patterns_tracked"] == 0


async def test_an_export_that_is_too_large_is_refused(tmp_path: Path) -> None:
    length = b"content-length: %d" % (LARGEST_IMPORT_BYTES + 1)
    kind = b"content-type: application/json"
    lines = (b"POST /v1/telemetry/import HTTP/1.1", b"host: localhost", kind, length, b"", b"")
    async with house_of(workspace_dir=tmp_path) as house:
        answer = await house.ask(b"\r\n".join(lines))

    assert answer.status == 413


async def test_a_page_in_a_browser_cannot_bring_anything(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        answer = await house.ask(
            post(b"/v1/telemetry/import", b"{}", b"origin: https://elsewhere.example")
        )

    assert answer.status == 403
