"""How Headroom stands, as one value."""

from __future__ import annotations

import pytest

from headroom.cli.asking import Trouble
from headroom.cli.standing import Standing
from tests.cli.running import ROOT

RUNTIME = {"pid": 7, "workers": 2, "mode": "cache"}
HEALTH = {"version": "9", "uptime_seconds": 5.0, "config": {}, "runtime": RUNTIME}


@pytest.mark.parametrize(
    ("trouble", "problems", "is_up", "code"),
    [
        ("", (), True, 0),
        ("", ("store: full",), True, 1),
        ("token", (), True, 1),
        ("broken", (), True, 1),
        ("stranger", (), False, 1),
        ("late", (), False, 1),
        ("nobody", (), False, 3),
    ],
)
def test_how_it_ends_says_whether_it_runs_and_is_well(
    trouble: Trouble, problems: tuple[str, ...], *, is_up: bool, code: int
) -> None:
    standing = Standing("http://127.0.0.1:1", trouble, problems=problems)

    assert (standing.is_up, standing.exit_code) == (is_up, code)


def test_as_json_it_has_the_same_members_whatever_is_known() -> None:
    down = Standing("http://127.0.0.1:1", "nobody").as_json()
    sums = {"today": {"requests": 1}, "since": "2026-11-26T00:00:00Z"}
    up = Standing("http://127.0.0.1:1", health=HEALTH, source="proxy", sums=sums).as_json()

    assert list(down) == list(up)
    assert (down["running"], down["source"], down["today"]) == (False, None, None)
    assert (up["pid"], up["workers"], up["mode"], up["today"]) == (7, 2, "cache", {"requests": 1})
    assert up["schema_version"] == 1


def test_the_page_names_every_member() -> None:
    page = (ROOT / "docs" / "status.md").read_text("utf-8")
    paragraph = page[page.index("`--json` prints one object") : page.index("## `headroom perf`")]

    members = set(Standing("http://127.0.0.1:1").as_json()) - {"schema_version", "exit_code"}

    assert {name for name in members if f"`{name}`" not in paragraph} == set()
