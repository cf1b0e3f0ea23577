"""What an agent can see again by its own means, and how a marker says so."""

from __future__ import annotations

import pytest

from headroom.compressors.base import Origin
from headroom.pipeline.again import only_shows, way_back


@pytest.mark.parametrize(
    "tool", ["Read", "read_file", "view", "ReadFile", "mcp__fs__read_text_file"]
)
def test_a_file_that_was_read_is_read_again_at_the_lines_that_are_gone(tool: str) -> None:
    origin = Origin(tool=tool, path="src/data.json")

    assert way_back(origin, ((12, 301), (340, 340))) == (
        "to see them, read lines 12-301, 340-340 of src/data.json"
    )


def test_many_ranges_are_told_as_one() -> None:
    ranges = tuple((10 * n, 10 * n + 5) for n in range(1, 20))

    told = way_back(Origin(tool="Read", path="a.json"), ranges)

    assert told == "to see them, read a.json again, in parts, within lines 10-195"


def test_a_file_on_one_line_is_searched() -> None:
    told = way_back(Origin(tool="Read", path="a.json"), ())

    assert told == "to see them, search a.json for what you need"


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Write", path="a.json"),
        Origin(tool="Bash", command="python build.py"),
        Origin(tool="create_issue"),
        Origin(),
        Origin(tool="Read", path="x" * 500),
    ],
)
def test_where_it_is_not_sure_there_is_no_way(origin: Origin) -> None:
    assert way_back(origin, ((1, 2),)) == ""


def test_a_path_does_not_end_the_marker() -> None:
    told = way_back(Origin(tool="Read", path="a]b[c\n.json"), ())

    assert not set("[]\n") & set(told)


@pytest.mark.parametrize(
    "command",
    [
        "cat data.json",
        "cat data.json | jq '.items[] | select(.a > 1)'",
        "/usr/bin/head -c 4000 x",
        "git log --format='%H > %s'",
        "kubectl get pods -o json",
        'grep -rn "a;b" src | sort | uniq -c',
        "sed -n '1,200p' x.json",
    ],
)
def test_commands_that_only_show_are_run_again_for_less(command: str) -> None:
    assert only_shows(command)
    assert "run it again for less" in way_back(Origin(tool="Bash", command=command), ())


@pytest.mark.parametrize(
    "command",
    [
        "",
        "   ",
        "cat a > b",
        "cat a; rm a",
        "cat a && make",
        "cat `ls`",
        'cat "$(rm x)"',
        "sed -i 's/a/b/' x",
        "sed -i.bak 's/a/b/' x",
        "find . -delete",
        "find . -exec rm {} +",
        "git push",
        "git",
        "cat a | tee b",
        "curl -X POST http://127.0.0.1",
        "cat a |",
        "cat a\nrm a",
        "cat 'a' <(rm x)",
    ],
)
def test_other_commands_are_not_run_again(command: str) -> None:
    assert not only_shows(command)
