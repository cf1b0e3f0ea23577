from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_sizes import Sizes
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Forest, Object
from headroom.compressors.record_fields import NOTHING, WHOLE, Field, Fields, Stays


def fields(records: list[Any], room: int, *wanted: str, may_leave: bool = True) -> dict[str, Field]:
    text = json.dumps(records)
    root = Forest().parse(text)
    assert isinstance(root, Array)
    sizes = Sizes(root)
    marks = Marks(Style(), text, sizes.names, wanted)
    found = [item for item in root.items if isinstance(item, Object)]
    return Fields(sizes, marks).of(found, room, may_leave=may_leave)


RECORDS = [
    {
        "id": n,
        "slug": f"boat-{n}",
        "text": f"{n} " + "a long text about boats. " * 40,
        "owner": {"name": f"owner {n}", "bio": f"{n} " + "many words. " * 20, "city": f"port {n}"},
        "tags": [f"tag {n} {k}" for k in range(30)],
        "spare": f"{n} pieces",
    }
    for n in range(8)
]


def test_where_there_is_room_all_stays() -> None:
    assert set(fields(RECORDS, 100_000).values()) == {WHOLE}


def test_short_fields_stay_long_texts_are_cut_and_what_is_nested_leaves() -> None:
    found = fields(RECORDS, 700)

    assert found['"id"'] is found['"slug"'] is WHOLE
    assert found['"text"'].stays is Stays.CUT
    assert found['"tags"'].stays is Stays.NOTE


def test_nested_records_have_fields_of_their_own() -> None:
    found = fields(RECORDS, 3_000)['"owner"']

    assert found.stays is Stays.INSIDE
    assert found.fields is not None
    assert found.fields['"name"'] is WHOLE


def test_where_nothing_may_leave_as_a_whole_it_is_cut() -> None:
    assert fields(RECORDS, 700, may_leave=False)['"tags"'].stays is Stays.CUT


WIDE = [{"id": n, **{f"field {k}": f"value {n} {k}" for k in range(60)}} for n in range(8)]


def test_of_very_many_short_fields_those_stay_that_say_what_a_record_is() -> None:
    found = fields(WIDE, 400)

    assert found['"id"'] is WHOLE
    assert found['"field 0"'] is WHOLE, "it tells the records apart"
    assert found['"field 59"'] is NOTHING


def test_a_field_that_the_task_names_stays() -> None:
    assert fields(WIDE, 400, "field 59")['"field 59"'] is WHOLE


def test_links_and_nothing_leave_before_other_fields() -> None:
    records = [
        {
            "a": f"a{n}",
            "b": f"b{n}",
            "events_url": f"https://x.example/{n}/events",
            "gone": None,
            **{f"f{k}": f"{n}{k}" for k in range(40)},
        }
        for n in range(8)
    ]

    found = fields(records, 700)

    assert found['"events_url"'] is NOTHING
    assert found['"f2"'] is WHOLE
