from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_cut import Cut, Tally
from headroom.compressors.json_marks import Marks
from headroom.compressors.json_sizes import Sizes
from headroom.compressors.json_style import guess_style, render
from headroom.compressors.json_text import Forest


def cut(document: Any, room: int, *wanted: str) -> tuple[Any, Tally]:
    text = json.dumps(document, ensure_ascii=False)
    style = guess_style(text)
    root = Forest().parse(text)
    assert root is not None
    sizes, words = Sizes(root), frozenset(wanted)
    marks = Marks(style, text, sizes.names, words)
    made = Cut(sizes, style, marks, words, size=sizes.of(root), room=room)
    return json.loads(render(made.fit(root, room), style)), made.tally


def test_what_has_room_stays_the_same() -> None:
    document = {"a": [1, 2, {"b": "c"}]}

    assert cut(document, 500) == (document, Tally())


def test_an_array_of_words_and_numbers_keeps_its_ends_and_what_is_odd() -> None:
    found, tally = cut([*["passed"] * 80, "failed: test_lock", *["passed"] * 80], 100)

    assert found[0] == found[-1] == "passed"
    assert "failed: test_lock" in found
    assert any(str(one).startswith("[… items 83-") for one in found)
    assert tally.gone["items"] > 100


def test_what_a_list_lost_is_told_in_its_largest_gap() -> None:
    found, tally = cut({"a": [n % 7 for n in range(300)], "b": [5] * 20}, 200)

    assert any("left out: values 0 to 6" in str(one) for one in found["a"])
    assert tally.told == ""


def test_a_map_with_many_members_loses_members_and_says_their_names() -> None:
    found, tally = cut({f"k{n:02d}": {"on": n} for n in range(60)}, 200)

    named = [key for key in found if key.startswith("… ")]
    assert found["k00"] == {"on": 0}
    assert found["k59"] == {"on": 59}
    assert "k30" in found[named[-1]] or " to " in found[named[-1]]
    assert tally.gone["members"] == 60 - len(found) + len(named)


def test_a_record_with_very_many_fields_keeps_what_says_what_it_is() -> None:
    record = {"id": 7, "name": "mole", **{f"f{n}": f"value {n}" for n in range(90)}, "x": {}}

    found, _ = cut({"record": record, "other": "y" * 50}, 200)

    assert found["record"]["id"] == 7
    assert found["record"]["name"] == "mole"
    assert found["record"]["…"].endswith("members left out]")


def test_deep_inside_what_is_nested_leaves_as_a_whole_alike_in_all_rows() -> None:
    rows = [
        {"id": n, "owner": {"a": f"a{n}" * 30, "b": f"b{n}" * 30}, "tags": [f"{n}"] * 9}
        for n in range(12)
    ]

    found, tally = cut({"rows": rows}, 300)

    owners = {row["owner"] for row in found["rows"] if isinstance(row, dict)}
    assert owners == {"[… 2 members left out]"}
    assert tally.parts > 5


def test_a_long_text_on_its_own_has_more_room_than_one_in_a_row() -> None:
    text = "One sentence about boats. " * 60
    alone, _ = cut({"text": text}, 400)
    rows, _ = cut([{"id": n, "text": f"{n} {text}"} for n in range(9)], 400)

    assert 1_000 < len(alone["text"]) < len(text)
    assert all(len(row["text"]) < 400 for row in rows if isinstance(row, dict))


def test_what_was_asked_for_deep_inside_stays_and_so_does_a_failure() -> None:
    rows = [
        {"id": n, "checks": [{"name": f"check {n} {k}", "state": "ok"} for k in range(9)]}
        for n in range(12)
    ]
    rows[4]["checks"][5]["state"] = "failed"  # type: ignore[index]  # of a made up row
    rows[7]["checks"][2]["name"] = "check of the mole"  # type: ignore[index]  # likewise

    found, _ = cut({"rows": rows}, 500, "mole")

    assert "check of the mole" in json.dumps(found)
    assert '"failed"' in json.dumps(found)


def test_rows_that_are_lists_keep_all_their_cells() -> None:
    found, tally = cut([[n, f"name {n}", "x", "y", "z", 1, 2, 3, 4] for n in range(80)], 300)

    assert all(len(row) == 9 for row in found if isinstance(row, list))
    assert tally.gone["lists"] > 50
