"""How well Headroom did in the last hours: from the store, or else from the proxy."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from headroom.cli.inquiry import inquire
from headroom.cli.performance import performance
from headroom.errors import HeadroomError
from headroom.settings import Settings
from tests.cli.pages import listening, page, send, settings_at
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running

REQUESTS = 5


def when_counted(settings: Settings) -> None:
    """Wait until the proxy tells of all that was asked."""
    deadline = time.monotonic() + 10
    while inquire(settings).sums["lifetime"]["requests"] < REQUESTS and time.monotonic() < deadline:
        pass


def test_M6_the_store_the_proxy_and_its_statistics_tell_the_same(tmp_path: Path) -> None:
    workspace, copy = tmp_path / "workspace", tmp_path / "copy"
    workspace.mkdir()
    with running(Provider()) as upstream, proxy_process(workspace, upstream) as url:
        settings = settings_at(url, workspace)
        send(url, times=REQUESTS)
        when_counted(settings)
        stats = inquire(settings).sums
        from_store = performance(settings, hours=24)
        from_proxy = performance(settings_at(url, copy), hours=24)
    afterwards = performance(settings, hours=24)

    assert (from_store["source"], from_proxy["source"]) == ("store", "proxy")
    assert from_store["window"]["of"] == "window"
    assert (from_proxy["window"]["of"], from_proxy["window"]["is_whole"]) == ("lifetime", False)
    assert "there is no state.db" in from_proxy["window"]["why"]
    assert from_store["totals"] == from_proxy["totals"] == stats["lifetime"]
    assert from_store["totals"]["tokens"]["saved"] > 0
    for name in ("by_model", "by_tool", "provider_cache", "distributions"):
        assert from_store[name] == from_proxy[name] == afterwards[name]
    assert from_store["by_tool"]["Bash"]["blocks"] == REQUESTS


def test_the_store_of_another_proxy_is_not_taken_for_its_own(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    with running(Provider()) as upstream:
        with proxy_process(mine, upstream) as url:
            send(url, times=REQUESTS)
            when_counted(settings_at(url, mine))
        shutil.copytree(mine, other)
        (other / "state.db").unlink()
        with proxy_process(other, upstream) as url:
            found = performance(settings_at(url, mine), hours=24)

    assert found["source"] == "proxy"
    assert found["totals"]["requests"] == 0
    assert "has another" in found["window"]["why"]


def test_where_there_is_neither_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HeadroomError, match="There is nothing to tell") as caught:
        performance(Settings(port=1, workspace_dir=tmp_path / "none"), hours=1)

    assert "--port" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_headroom_is_told(tmp_path: Path) -> None:
    with (
        listening({"/stats": page(other=1)}) as listener,
        pytest.raises(HeadroomError, match="is no Headroom"),
    ):
        performance(Settings(port=listener.port, workspace_dir=tmp_path), hours=1)
