"""`headroom perf`, from the outside."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path

import pytest

from tests.cli.pages import send
from tests.cli.running import run
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running


def test_it_tells_in_words_or_as_one_object(tmp_path: Path) -> None:
    with running(Provider()) as upstream, proxy_process(tmp_path, upstream) as url:
        send(url, times=2)
        port = urllib.parse.urlsplit(url).port
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path), "HEADROOM_PORT": str(port)}

    words = run("perf", variables=variables)
    raw = run("perf", "--hours", "2", "--raw", variables=variables)
    same = run("perf", "--hours", "2", "--json", variables=variables)

    assert (words.returncode, words.stderr) == (0, "")
    assert words.stdout.startswith("The last 168 hours, since ")
    assert "2: 2 made shorter" in words.stdout
    found = json.loads(raw.stdout)
    assert (found["schema_version"], found["window"]["hours"]) == (1, 2)
    assert found["totals"] == json.loads(same.stdout)["totals"]


@pytest.mark.parametrize("hours", ["0", "-1", "x", "999999"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    assert run("perf", "--hours", hours).returncode == 2


def test_where_there_is_nothing_it_is_one_sentence(tmp_path: Path) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path / "none"), "HEADROOM_PORT": "1"}

    result = run("perf", variables=variables)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("headroom: There is nothing to tell:")
    assert result.stderr.count("\n") == 1
