from __future__ import annotations

import pytest

from headroom.compressors.base import Origin
from headroom.compressors.tables.grid import Grid
from headroom.compressors.tables.grid_finder import grids, layout_named
from tests.compressors.tables.test_grid_columns import DISKS, PODS
from tests.compressors.tables.test_grid_frames import MYSQL, PSQL

NOWHERE = Origin()


def found(text: str, origin: Origin = NOWHERE) -> list[Grid]:
    return grids(text, text.split("\n"), origin)


def test_all_tables_of_a_text_are_found_in_their_order() -> None:
    text = f"$ kubectl get pods; df -h\n{PODS}\n{DISKS}\nshop=> select 1;\n{PSQL}{MYSQL}"

    lines = text.split("\n")

    places = [(grid.first, lines[grid.first + grid.height - 1]) for grid in found(text)]
    assert places == [
        (1, "job-77abc   0/1     Completed          3h"),
        (7, "/dev/sda1      511M  6.1M  505M   2% /boot/efi"),
        (14, "   9 | Mo i Rana |     0"),
        (21, "+-----+-----------+-------+"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "total 24\n" + "-rw-r--r-- 1 ada staff   812 Nov 21 02:43 area.py\n" * 12,
        "src/shop/cart.py:12:    return a, b, c\n" * 12,
        "".join(f"{n:6d}\ta\tb\n" for n in range(30)),
        "2024-05-01 12:00:01 INFO  server: listening on port 8080\n" * 12,
        "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n-a  b  c\n+a  b  d\n" * 4,
        "Title\n=====\n\nWords, and more words, and so on.\n\n-----\n" * 5,
        "Usage: tool\n\nOptions:\n  -h, --help     Show this\n  -v, --version  Show that\n" * 3,
        "export A=1\nexport B=2\nexport C=3\nexport D=4\nexport E=5\n",
    ],
)
def test_other_kinds_of_text_are_left_alone(text: str) -> None:
    assert found(text) == []
    assert found(text, Origin(command="cat notes.txt")) == []


def test_many_lines_that_look_like_heads_are_not_all_tried() -> None:
    text = "alpha   beta   gamma\n" * 200 + "\n" + PODS

    assert [grid.first for grid in found(text)] == [201]


def test_a_layout_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no layout"):
        layout_named("wooden borders", [])
