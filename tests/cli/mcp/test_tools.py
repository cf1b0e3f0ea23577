"""What the tools answer, over a desk that runs without a proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom.cli.mcp import tools
from headroom.cli.mcp.desk import Desk
from headroom.cli.mcp.tools import TOOLS, Done, call
from headroom.cli.mcp.trouble import ToolTrouble
from headroom.compressors import excerpt
from headroom.marker import key_of
from headroom.settings import Settings
from headroom.tokens import Counter
from tests.cli.mcp.talking import LOG

ROWS = json.dumps(
    [{"id": i, "status": "ok", "region": "eu-west-1", "note": f"n{i}"} for i in range(3_000)]
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    settings = Settings(workspace_dir=tmp_path, config_dir=tmp_path)
    return Desk(settings, direct=True)


async def test_a_text_is_shortened_and_named(desk: Desk) -> None:
    done = Done()

    text, told = await call(desk, done, "headroom_compress", {"content": ROWS})

    assert len(text) < len(ROWS) / 4
    assert f"hash={key_of(ROWS)}" in text
    assert f"hash={key_of(ROWS)}" in told
    assert done.texts == 1
    assert done.tokens_after < done.tokens_before


async def test_what_the_task_names_stays(desk: Desk) -> None:
    content = {"content": ROWS, "task": "Why is the row with note n1717 wrong?"}

    text, _ = await call(desk, Done(), "headroom_compress", content)

    assert "n1717" in text


@pytest.mark.parametrize("content", ["short", "ü" * 3, "a\x00b", "\ud800"])
async def test_what_cannot_be_shorter_comes_back_as_it_was(desk: Desk, content: str) -> None:
    text, told = await call(desk, Done(), "headroom_compress", {"content": content})

    assert text == content
    assert "as it was" in told


@pytest.mark.parametrize(
    ("content", "said"), [(LOG, "go on with lines"), (ROWS, "ask by query for the rows that match")]
)
async def test_a_long_original_comes_in_parts_that_say_how_to_go_on(
    desk: Desk, content: str, said: str
) -> None:
    await call(desk, Done(), "headroom_compress", {"content": content})
    done = Done()

    (text,) = await call(desk, done, "headroom_retrieve", {"hash": key_of(content)})

    assert len(content) > len(text)
    assert said in text[-200:]
    assert done.retrievals == 1


async def test_parts_are_asked_for_by_words_and_by_lines(desk: Desk) -> None:
    await call(desk, Done(), "headroom_compress", {"content": LOG})
    key = key_of(LOG)

    by_words = await call(desk, Done(), "headroom_retrieve", {"hash": key, "query": "request 17 "})
    by_lines = await call(desk, Done(), "headroom_retrieve", {"hash": key, "lines": 4})

    assert "request 17 " in by_words[0]
    assert by_lines[0].startswith("4: ")


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("nothing", {}, "no tool 'nothing'"),
        ("headroom_compress", {"content": ""}, "needs content"),
        ("headroom_compress", {"content": ["a"]}, "content of headroom_compress must be a text"),
        ("headroom_retrieve", {"query": "x"}, "needs hash"),
        ("headroom_retrieve", {"hash": "f" * 24}, "never kept for who asks here"),
        ("headroom_retrieve", {"hash": "xyz"}, "hash"),
    ],
)
async def test_what_cannot_be_done_is_said(
    desk: Desk, tool: str, arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(ToolTrouble, match=said):
        await call(desk, Done(), tool, arguments)


async def test_sums_are_told(desk: Desk) -> None:
    done = Done()
    await call(desk, done, "headroom_compress", {"content": ROWS})

    (text,) = await call(desk, done, "headroom_stats", {})

    told = json.loads(text)
    saved = done.tokens_before - done.tokens_after
    assert told["answered_by"] == "this process (--direct)"
    assert told["here"]["tokens_saved"] == told["lifetime"]["tokens_saved_by_that"] == saved


def test_what_models_read_of_all_three_is_short() -> None:
    said = [json.dumps([tool.name, tool.description, tool.schema]) for tool in TOOLS]

    assert sum(map(Counter.load().count, said)) < 320


def test_as_much_is_shown_as_in_a_reply() -> None:
    assert tools.LONGEST_CHARACTERS == excerpt.LONGEST_CHARACTERS
