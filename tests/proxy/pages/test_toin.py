"""`/v1/toin/…` in the shapes of the original."""

from __future__ import annotations

from pathlib import Path

from tests.proxy.house import get, house_of
from tests.proxy.pages.taught import MINE, SIGNATURE, THEIRS, asked, teach


async def test_before_anything_was_learned_all_is_empty(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        status, told = await asked(house, "/v1/toin/stats", MINE)

        assert status == 200
        assert told == {
            "enabled": True,
            "patterns_tracked": 0,
            "total_compressions": 0,
            "total_retrievals": 0,
            "global_retrieval_rate": 0.0,
            "patterns_with_recommendations": 0,
        }
        assert await asked(house, "/v1/toin/patterns") == (200, [])
        assert (await asked(house, "/v1/toin/pattern/ab"))[0] == 404


async def test_a_caller_sees_its_own_tenant_and_one_without_credential_all(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=12, whole=9)
        own = (await asked(house, "/v1/toin/stats", MINE))[1]
        theirs = (await asked(house, "/v1/toin/stats", THEIRS))[1]
        everyone = (await asked(house, "/v1/toin/stats"))[1]

    assert (own["total_compressions"], own["total_retrievals"]) == (12, 9)
    assert own["patterns_with_recommendations"] == own["patterns_tracked"] == 1
    assert theirs["total_compressions"] == theirs["patterns_tracked"] == 0
    assert everyone == own


async def test_11_17_a_rate_is_never_more_than_all_and_two_samples_advise_nothing(
    tmp_path: Path,
) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=2, whole=4)
        (shown,) = (await asked(house, "/v1/toin/patterns", MINE))[1]

    assert shown == {
        "hash": SIGNATURE[:12],
        "compressions": 2,
        "retrievals": 4,
        "retrieval_rate": "100.0%",
        "confidence": 0.2,
        "skip_recommended": False,
        "optimal_max_items": 10,
    }


async def test_one_pattern_by_how_its_hash_begins(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await teach(house, MINE, outputs=12, whole=9, named=3)
        own = (await asked(house, f"/v1/toin/pattern/{SIGNATURE[:12]}", MINE))[1]
        everyone = (await asked(house, f"/v1/toin/pattern/{SIGNATURE[:3]}"))[1]
        others = await asked(house, f"/v1/toin/pattern/{SIGNATURE}", THEIRS)
        odd = await asked(house, "/v1/toin/pattern/zz", MINE)

    assert (own["tool_name"], own["fields"]) == ("list", {"id": "number", "salary": "number"})
    assert (own["preserve_fields"], own["skip_recommended"]) == (["salary"], True)
    assert "asked for again whole" in own["recommendation"]
    assert (everyone["tool_name"], everyone["fields"]) == ("", {})
    assert everyone["compressions"] == 12
    assert others[0] == odd[0] == 404


async def test_a_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    limits = ("", "0", "-1", "x", "1e3", "9999999999999999999", "%C2%B2")
    async with house_of(workspace_dir=tmp_path) as house:
        told = [await asked(house, f"/v1/toin/patterns?limit={limit}") for limit in limits]

    assert [status for status, _ in told] == [400] * len(limits)
    assert all("limit" in said["detail"] for _, said in told)


async def test_callers_from_elsewhere_are_refused(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        answer = await house.ask(get(b"/v1/toin/stats", b"x-forwarded-for: 203.0.113.7"))

    assert answer.status == 401
