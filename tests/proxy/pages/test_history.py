"""`GET /stats-history`."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.proxy.house import Answer, House, get
from tests.proxy.pages.test_stats import talk, told
from tests.proxy.talks import house_before
from tests.upstream import Provider

ROLLUP = (
    "timestamp,tokens_saved,compression_savings_usd_delta,total_tokens_saved,"
    "compression_savings_usd,total_input_tokens_delta,total_input_tokens,"
    "total_input_cost_usd_delta,total_input_cost_usd"
)
POINTS = (
    "timestamp,total_tokens_saved,compression_savings_usd,total_input_tokens,total_input_cost_usd"
)


async def asked(house: House, query: str = "") -> Answer:
    return await house.ask(get(b"/stats-history" + query.encode()))


async def read(house: House, query: str = "") -> dict[str, Any]:
    answer = await asked(house, query)
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def test_it_tells_the_same_totals_as_the_statistics() -> None:
    async with house_before(Provider()) as house:
        await talk(house)
        history, stats = await read(house), await told(house)

    assert list(history) == [
        *("schema_version", "generated_at", "storage_path", "lifetime", "older_histories"),
        *("display_session", "display_session_policy", "history", "history_summary", "series"),
        *("exports", "retention"),
    ]
    assert history["lifetime"] == stats["persistent_savings"]["lifetime"]
    assert history["display_session"] == stats["display_session"]
    totals = history["lifetime"]
    for series in history["series"].values():
        assert series[-1]["total_tokens_saved"] == totals["tokens_saved"]
        assert series[-1]["total_input_cost_usd"] == totals["total_input_cost_usd"]
        assert series[-1]["net"]["saved_usd"] == stats["net"]["saved_usd"]
    assert history["history"][-1]["total_tokens_saved"] == totals["tokens_saved"]


@pytest.mark.parametrize("mode", ["compact", "full", "none"])
async def test_so_much_of_the_history_is_told_as_was_asked_for(mode: str) -> None:
    async with house_before(Provider()) as house:
        await talk(house)
        history = await read(house, f"?history_mode={mode}")

    summary = history["history_summary"]
    assert list(summary) == ["mode", "stored_points", "returned_points", "compacted"]
    assert (summary["mode"], summary["stored_points"]) == (mode, 3)
    assert len(history["history"]) == summary["returned_points"]
    assert summary["compacted"] == (mode == "compact" and len(history["history"]) < 3)
    if mode != "compact":
        assert len(history["history"]) == (3 if mode == "full" else 0)


@pytest.mark.parametrize("series", ["hourly", "daily", "weekly", "monthly"])
async def test_a_series_is_exported_with_the_columns_of_the_original(series: str) -> None:
    async with house_before(Provider()) as house:
        await talk(house)
        answer = await asked(house, f"?format=csv&series={series}")
        told_so = (await read(house))["series"][series]

    assert answer.values(b"content-type") == [b"text/csv; charset=utf-8"]
    name = f'attachment; filename="headroom-stats-history-{series}.csv"'
    assert answer.values(b"content-disposition") == [name.encode()]
    lines = answer.body.decode().split("\r\n")
    assert (lines[0], lines[-1]) == (ROLLUP, "")
    (row,) = csv.DictReader(io.StringIO(answer.body.decode()))
    assert {name: str(told_so[0][name]) for name in row} == row


async def test_the_history_is_exported_where_no_series_is_said() -> None:
    async with house_before(Provider()) as house:
        await talk(house)
        full = await asked(house, "?format=csv&history_mode=full")
        none = await asked(house, "?format=csv&history_mode=none&series=history")

    assert full.body.decode().split("\r\n")[0] == POINTS
    assert full.body.count(b"\r\n") == 4
    assert none.body.decode() == POINTS + "\r\n"


@pytest.mark.parametrize(
    ("query", "name", "choices"),
    [
        ("?format=xml", "format", "'json' or 'csv'"),
        ("?series=yearly", "series", "'history', 'hourly', 'daily', 'weekly' or 'monthly'"),
        ("?history_mode=", "history_mode", "'compact', 'full' or 'none'"),
        ("?format=csv&format=%22%0a", "format", "'json' or 'csv'"),
    ],
)
async def test_what_is_no_choice_is_refused_with_the_choices(
    query: str, name: str, choices: str
) -> None:
    async with house_before(Provider()) as house:
        answer = await asked(house, query)

    assert answer.status == 422
    (detail,) = json.loads(answer.body)["detail"]
    assert (detail["type"], detail["loc"]) == ("literal_error", ["query", name])
    assert detail["msg"] == f"Input should be {choices}"


async def test_several_wrong_choices_are_told_at_once() -> None:
    async with house_before(Provider()) as house:
        answer = await asked(house, f"?format=x&series={'y' * 9_000}&other=z")

    details = json.loads(answer.body)["detail"]
    assert [one["loc"][1] for one in details] == ["format", "series"]
    assert len(answer.body) < 1_000
