"""Pages answer in JSON whatever goes wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from random import Random

import pytest

from headroom.proxy.aside import LARGE_BODY_BYTES
from tests.proxy.house import house_of, post
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


@pytest.mark.parametrize("spaces", [0, LARGE_BODY_BYTES])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{}", "hash required"),
        (b"[]", "the body must be a JSON object"),
        (b"{", "the body is not JSON that can be read"),
        (b"[" * 10_000, "the body is not JSON that can be read"),
    ],
)
async def test_a_body_is_read_alike_whether_packed_or_not_and_however_large(
    body: bytes, detail: str, is_packed: bool, spaces: int, tmp_path: Path
) -> None:
    # Not always the same, as what can be packed too well is refused.
    sent = bytes(Random(1).choices(b" \t\r\n", k=spaces)) + body
    headers = [b"content-encoding: gzip"] if is_packed else []
    async with house_of(workspace_dir=tmp_path) as house:
        answer = await house.ask(
            post(b"/v1/retrieve", gzip.compress(sent) if is_packed else sent, *headers)
        )

    assert answer.status == 400
    # Clients of the original read the one, those of everything else the other.
    error = {"type": "validation_error", "message": detail}
    assert json.loads(answer.body) == {"detail": detail, "error": error}
