"""What an agent can see again by its own means, and how a marker says so."""

from __future__ import annotations

import pytest

from headroom.compressors.base import Origin
from headroom.pipeline.again import way_back


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

    assert told == "to see them, read a.json again at the lines you need"


def test_a_file_on_one_line_is_searched() -> None:
    told = way_back(Origin(tool="Read", path="a.json"), ())

    assert told == "to see them, search a.json for what you need"


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Write", path="a.json"),
        Origin(tool="Bash", command="./deploy.sh"),
        Origin(tool="create_issue"),
        Origin(tool="click"),
        Origin(tool="write_stdin"),
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
    ("command", "told"),
    [
        ("cat data.json | head", "to see them, run it again for less (grep, head, sed -n, jq)"),
        (
            "cd app && npm test 2>&1",
            "to see them, run it into a file, if it may be run again, and search that",
        ),
    ],
)
def test_a_command_is_run_again_for_less_or_into_a_file(command: str, told: str) -> None:
    assert way_back(Origin(tool="Bash", command=command), ()) == told


@pytest.mark.parametrize(
    "tool", ["mcp__figma__get_node_tree", "open_url", "WebSearch", "read_page", "listFiles"]
)
def test_a_tool_that_looks_at_something_is_called_again(tool: str) -> None:
    assert way_back(Origin(tool=tool), ()) == f"to see them, call {tool} again for less"


def test_an_editing_tool_that_was_told_to_view_a_file_has_read_it() -> None:
    origin = Origin(tool="str_replace_editor", command="view", path="a.py")

    assert way_back(origin, ((3, 9),)) == "to see them, read lines 3-9 of a.py"
