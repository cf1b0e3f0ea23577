"""`/v1/feedback…` in the shapes of the original."""

from __future__ import annotations

from pathlib import Path

from headroom.proxy.retrievals import Retrieval
from tests.proxy.house import house_of
from tests.proxy.pages.taught import MINE, asked, teach, tenant
from tests.proxy.talks import planning_of


async def test_the_overview_has_each_tool_of_the_caller(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=12, whole=6, named=3)
        told = (await asked(house, "/v1/feedback", MINE))[1]
        everyone = (await asked(house, "/v1/feedback"))[1]

    feedback = told["feedback"]
    assert (feedback["total_compressions"], feedback["global_retrieval_rate"]) == (12, 0.75)
    assert (feedback["tools_tracked"], list(feedback["tool_patterns"])) == (1, ["list"])
    assert told["hints_example"]["preserve_fields"] == ["salary"]
    assert everyone["feedback"]["total_compressions"] == 12
    assert everyone["feedback"]["tool_patterns"] == everyone["hints_example"] == {}


async def test_of_one_tool_all_that_the_original_told(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=12, whole=6, named=3)
        one = Retrieval("0" * 24, "salary of Ann", "list", 1, 40)
        planning_of(house).retrievals.note(tenant(house, MINE), one)
        status, told = await asked(house, "/v1/feedback/list", MINE)

    assert status == 200
    assert told["tool_name"] == "list"
    assert told["hints"] == {
        "max_items": 15,
        "min_items": 3,
        "suggested_items": 20,
        "aggressiveness": 0.35,
        "skip_compression": True,
        "preserve_fields": ["salary"],
        "reason": told["hints"]["reason"],
    }
    assert "50% of such outputs" in told["hints"]["reason"]
    assert told["pattern"] == {
        "total_compressions": 12,
        "total_retrievals": 9,
        "retrieval_rate": 0.75,
        "full_retrieval_rate": 0.5,
        "search_rate": 0.25,
        "common_queries": ["salary of Ann"],
        "queried_fields": ["salary"],
    }


async def test_of_a_tool_that_nobody_used_there_is_no_pattern(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        status, told = await asked(house, "/v1/feedback/never%2Fseen", MINE)

    assert status == 200
    assert told["tool_name"] == "never/seen"
    assert told["pattern"] is None
    assert told["hints"]["reason"] == "nothing is known of this tool"
