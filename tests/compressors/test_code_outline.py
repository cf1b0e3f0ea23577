from __future__ import annotations

from itertools import pairwise

import pytest

from headroom.compressors.code_outline import outline
from headroom.compressors.code_parts import Part
from headroom.compressors.code_signs import by_path
from headroom.compressors.code_tree import parsed
from tests.compressors.code_samples import LANGUAGES, Language


def parts_of(path: str, code: str, longest: int = 2_400) -> tuple[Part, ...]:
    tree = parsed(code, by_path(path))
    assert tree is not None
    return outline(tree, code.split("\n"), longest=longest)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.ending)
@pytest.mark.parametrize("longest", [450, 900, 2_400])
def test_parts_stand_in_their_order_and_do_not_overlap(language: Language, longest: int) -> None:
    code = language.file([tuple(range(8)) * 4] * 3)

    parts = parts_of(f"a.{language.ending}", code, longest)

    assert len(parts) >= 3
    assert all(above.last < below.first for above, below in pairwise(parts))


def test_what_is_hardly_longer_than_its_name_is_no_part() -> None:
    assert parts_of("a.py", "def a():\n    one()\n    two()\n    three()\n") == ()
