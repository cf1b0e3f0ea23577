"""What is a file of source, and what only looks at one."""

from __future__ import annotations

import pytest

from headroom.compressors.base import Ask, Origin
from headroom.compressors.source_files import shows_source, source_room

NUMBERED = "".join(f"{number:6d}\tx = {number}\n" for number in range(30))


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Read", path="src/app.py"),
        Origin(tool="Bash", command="cd app && cat src/App.tsx"),
        Origin(tool="shell", command="bash -lc 'sed -n 1,900p a.rs'"),
        Origin(command="open src/fields.py 1474"),
        Origin(command="Get-Content a.yml"),
    ],
)
def test_a_file_that_is_shown_is_source_by_its_name(origin: Origin) -> None:
    assert shows_source("x = 1\n", origin)


BLAMED = "".join(f"3f2a91c0 (Ada Cole 2026-01-0{n} 10:00:00 +0100 {n}) x\n" for n in range(1, 9))


COUNTED = "".join(f" src/part_{n}.py | {n} {'+' * n}\n" for n in range(1, 9))


@pytest.mark.parametrize(
    "text", [NUMBERED, BLAMED, COUNTED, f"Here it is:\n{NUMBERED}", "[File: /a/b (9 lines total)]"]
)
def test_numbered_lines_are_source_whatever_the_name(text: str) -> None:
    assert shows_source(text, Origin())


def test_numbered_lines_of_a_document_are_none() -> None:
    assert not shows_source(NUMBERED, Origin(tool="Read", path="docs/guide.md"))


@pytest.mark.parametrize(
    "origin",
    [
        Origin(),
        Origin(tool="Read", path="notes.md"),
        Origin(command="python solve.py"),
        Origin(command="grep -rn x src/a.py"),
        Origin(command="cat notes.txt"),
    ],
)
def test_other_output_is_not(origin: Origin) -> None:
    assert not shows_source("x = 1\n", origin)


def test_source_has_more_room_than_other_text_and_never_less() -> None:
    assert source_room(Ask(), 2_400) == 16_000
    assert source_room(Ask(source_room=5_000), 2_400) == 5_000
    assert source_room(Ask(source_room=5_000), 9_000) == 9_000
