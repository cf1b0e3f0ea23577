from __future__ import annotations

import json
from typing import Any

from headroom.compressors.jsontree.marks import Marks, says, words_in
from headroom.compressors.jsontree.sizes import Sizes
from headroom.compressors.jsontree.style import Style
from headroom.compressors.jsontree.text import Array, Forest, Node, Object


def marked(document: Any, *wanted: str) -> tuple[Marks, Node]:
    text = json.dumps(document)
    root = Forest().parse(text)
    assert root is not None
    return Marks(Style(), text, Sizes(root).names, wanted), root


def test_a_word_that_stands_in_few_places_points_at_them() -> None:
    marks, root = marked([{"name": f"boat {n}"} for n in range(40)], "boat", "31")
    assert isinstance(root, Array)

    assert [n for n, row in enumerate(root.items) if marks.asked(row)] == [31]


def test_everyday_words_point_at_nothing() -> None:
    marks, root = marked([{"text": "this is it"}], "this", "please", "is")

    assert not marks.rare
    assert not marks.asked(root)


def test_the_name_of_a_member_points_where_few_objects_have_it() -> None:
    marks, _ = marked({"info": {"keywords": "x"}, "rows": [{"title": n} for n in range(9)]},
                      "keywords", "title")  # fmt: skip

    assert marks.points_at('"keywords"')
    assert not marks.points_at('"title"')


def test_a_name_that_the_task_says_is_known_in_any_object() -> None:
    marks, root = marked([{"user": {"screen_name": n}} for n in range(9)], "user.screen_name")
    assert isinstance(root, Array)

    assert marks.is_named('"screen_name"')
    assert not marks.is_named('"user"')
    assert all(map(marks.names, root.items))


def test_short_verdicts_fail_and_long_texts_tell_of_failure() -> None:
    marks, root = marked([{"state": "Failed"}, {"state": "ok", "text": "it failed " * 9}])
    assert isinstance(root, Array)

    assert [marks.fails(row) for row in root.items] == [True, False]
    assert marks.tells_of_failure("it FAILED again")
    assert not marks.tells_of_failure("all went well")


def test_where_nothing_fails_nothing_is_looked_for() -> None:
    marks, root = marked([{"state": "ok"}] * 3)

    assert not marks.may_fail
    assert not marks.fails(root)


def test_words_are_found_whether_few_or_many_are_wanted() -> None:
    many = frozenset(f"word{n}" for n in range(99))

    assert words_in("Word7 and word8", many) == {"word7", "word8"}
    assert words_in("Word7 and word8", frozenset({"word7", "and"})) == {"word7", "and"}
    assert words_in("nothing of it", frozenset({"word7"})) == frozenset()


def test_a_field_is_said_by_its_name_by_its_path_and_by_all_words_of_its_name() -> None:
    wanted = frozenset({"user.lang", "status", "order", "priority", "emily"})

    assert says(wanted, "user.lang")
    assert says(wanted, "deep.Status")
    assert says(wanted, "Order Priority")
    assert says(wanted, "EMILY's")
    assert not says(wanted, "Order Date")
    assert not says(wanted, "%")


def test_what_is_to_stay_is_found_by_its_name_however_deep() -> None:
    text = json.dumps({"a": {"b": [{"Total": 1}]}, "c": [1]})
    root = Forest().parse(text)
    assert isinstance(root, Object)
    found = Marks(Style(), text, Sizes(root).names, (), ("total", "gone"))

    assert found.keeps('"Total"')
    assert not found.keeps('"gone"')
    assert [found.holds_kept(value) for value in root.values] == [True, False]
