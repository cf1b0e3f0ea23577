"""The page about what is left out shows a real marker, and names the fields that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from headroom.api import compress
from headroom.marker import find_markers
from tests.proxy.house import house_of
from tests.proxy.pages.test_retrieve import KEY, MINE, asked, kept

PAGE = (Path(__file__).parents[2] / "docs" / "retrieve.md").read_text()


def test_the_marker_on_the_page_is_real() -> None:
    rows = [{"id": n, "level": "INFO", "text": f"request {n} was served"} for n in range(200)]
    call = {"type": "function", "id": "c", "function": {"name": "list", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": json.dumps(rows)},
    ]

    result = compress(messages, keep_everything=False)

    [key] = result.ccr_hashes
    assert result.originals == {key: json.dumps(rows)}
    ours, clients = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert ours.replace("HASH", key) in result.messages[1]["content"]
    [marker] = find_markers(clients.replace("HASH", key))
    assert not marker.by_tool


async def test_the_fields_on_the_page_are_those_of_the_answers(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        await kept(house, MINE)
        _, full = await asked(house, "/v1/retrieve", {"hash": KEY}, MINE)
        _, part = await asked(house, "/v1/retrieve", {"hash": KEY, "query": "5123"}, MINE)

    assert all(f"`{name}`" in PAGE for name in (*full, *part))
