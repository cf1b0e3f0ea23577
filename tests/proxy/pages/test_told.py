"""Pages answer in JSON whatever goes wrong."""

from __future__ import annotations

from pathlib import Path

from tests.proxy.house import house_of
from tests.proxy.pages.taught import asked
from tests.proxy.talks import planning_of
from tests.support.outage import Down

PATHS = (
    *("/v1/toin/stats", "/v1/toin/patterns", "/v1/toin/pattern/ab", "/v1/feedback"),
    *("/v1/feedback/list", "/v1/telemetry", "/v1/telemetry/export", "/v1/telemetry/tools"),
    "/v1/telemetry/tools/ab",
)


async def test_while_the_store_does_not_answer_they_say_so(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        patterns = planning_of(house).patterns
        patterns._store = patterns._table._store = Down()
        told = [await asked(house, path) for path in PATHS]

    assert [status for status, _ in told] == [503] * len(PATHS)
    assert all("cannot be read just now" in said["detail"] for _, said in told)
