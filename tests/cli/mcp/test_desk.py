"""Who is asked: a proxy that was named, the one that runs, or nobody."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from headroom.cli.asking import Address
from headroom.cli.mcp.desk import Desk
from headroom.cli.mcp.trouble import NotKept, ToolTrouble
from headroom.marker import key_of
from headroom.settings import Settings
from tests.cli.mcp.talking import LOG
from tests.cli.pages import Answers, listening, page
from tests.support.proxy_process import proxy_process

OURS = page(service="headroom-proxy")


def desk(workspace: Path, port: int, *, named: bool = False, direct: bool = False) -> Desk:
    settings = Settings(port=port, workspace_dir=workspace, config_dir=workspace)
    return Desk(settings, Address("127.0.0.1", port) if named else None, direct)


async def test_a_headroom_that_says_so_is_asked(tmp_path: Path) -> None:
    with listening({"/health": OURS}) as listener:
        address = await desk(tmp_path, listener.port).proxy()

    assert address is not None
    assert address.port == listener.port


@pytest.mark.parametrize("answers", [{}, {"/health": page(service="other")}])
async def test_E_what_is_no_headroom_is_told_nothing(tmp_path: Path, answers: Answers) -> None:
    with listening(answers) as listener:
        assert await desk(tmp_path, listener.port).proxy() is None
        with pytest.raises(ToolTrouble, match="no Headroom"):
            await desk(tmp_path, listener.port, named=True).ask("/v1/compress", {"secret": 1})

    assert {path for path, _ in listener.asked} == {"/health"}


async def test_without_a_proxy_none_is_looked_for(tmp_path: Path) -> None:
    with listening({"/health": OURS}) as listener:
        assert await desk(tmp_path, listener.port, direct=True).proxy() is None

    assert listener.asked == []


async def test_one_that_wants_a_token_is_left_alone_unless_it_was_named(tmp_path: Path) -> None:
    with listening({"/readyz": OURS}, token="secret") as listener:
        assert await desk(tmp_path, listener.port).proxy() is None
        with pytest.raises(ToolTrouble, match="HEADROOM_API_KEY"):
            await desk(tmp_path, listener.port, named=True).proxy()


async def test_what_a_page_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    asked = desk(tmp_path, 9, direct=True)

    with pytest.raises(ToolTrouble, match=r"^Headroom says: messages must be a list"):
        await asked.ask("/v1/compress", {"model": "m"})


async def test_what_a_proxy_does_not_have_is_looked_for_in_the_own_store(tmp_path: Path) -> None:
    key, other = key_of(LOG), tmp_path / "other"
    other.mkdir()
    message = {"role": "tool", "tool_call_id": "c", "content": LOG}
    asked = {"model": "m", "messages": [message]}
    await desk(tmp_path, 9, direct=True).ask("/v1/compress", asked)

    # What listens at the first knows nothing of originals, and takes no POST.
    with (
        listening({"/health": OURS}) as listener,
        proxy_process(other, "http://127.0.0.1:9") as url,
    ):
        port = urlsplit(url).port or 0
        for at in (listener.port, port):
            told = await desk(tmp_path, at).ask("/v1/retrieve", {"hash": key, "lines": "1"})
            assert LOG.startswith(told["results"][0]["text"])
        with pytest.raises(NotKept):
            await desk(tmp_path, port, named=True).ask("/v1/retrieve", {"hash": key})


async def test_a_proxy_that_has_no_time_for_it_is_done_without_unless_it_was_named(
    tmp_path: Path,
) -> None:
    asked = {"model": "m", "messages": [{"role": "tool", "tool_call_id": "c", "content": LOG}]}
    hurry = {"HEADROOM_PLAN_DEADLINE_SECONDS": "0.001"}
    with proxy_process(tmp_path, "http://127.0.0.1:9", variables=hurry) as url:
        port = urlsplit(url).port or 0
        told = await desk(tmp_path, port).ask("/v1/compress", asked)
        with pytest.raises(ToolTrouble, match="no plan within"):
            await desk(tmp_path, port, named=True).ask("/v1/compress", asked)

    assert told["ccr_hashes"] == [key_of(LOG)]


async def test_what_is_not_kept_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotKept, match="unknown"):
        await desk(tmp_path, 9, direct=True).ask("/v1/retrieve", {"hash": "0" * 24})


async def test_without_the_proxys_libraries_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for name in [one for one in sys.modules if one.startswith("headroom.proxy")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(ToolTrouble, match=r"aiohttp, .*headroom-ai\[mcp,proxy\]"):
        await desk(tmp_path, 9, direct=True).ask("/v1/retrieve", {})
