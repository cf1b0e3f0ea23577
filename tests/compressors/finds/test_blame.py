from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.finds.blame import HEADER, decode, encode

COMMITS = {
    "61ce6c59c": ("Ada Byron", "2011-11-10"),
    "^f3a11b2c": ("田欧", "2017-07-11"),
    "eaf3318dd": ("Tove (T) Lind", "2015-02-18 09:12:44 +0100"),
}


def blamed(commits: list[str], *, author: int = 14, first: int = 1, texts: str = " x") -> str:
    width = len(str(first + len(commits) - 1))
    return "\n".join(
        f"{commit} ({name}{' ' * (author - len(name) - (2 if name == '田欧' else 0))} {date}"
        f" {number:>{width}}){texts}"
        for number, commit in enumerate(commits, first)
        for name, date in [COMMITS[commit]]
    )


def test_each_commit_is_told_once() -> None:
    text = blamed(
        ["61ce6c59c", "61ce6c59c", "eaf3318dd", "61ce6c59c", "^f3a11b2c", "^f3a11b2c"] * 2
    )

    encoded = encode(text)

    assert encoded is not None
    assert decode(encoded) == text
    assert encoded.split("\n")[:5] == [
        f"{HEADER}; padded to 14 and 2]",
        "61ce6c59c (Ada Byron 2011-11-10) 1) x",
        "2) x",
        "eaf3318dd (Tove (T) Lind 2015-02-18 09:12:44 +0100) 3) x",
        "61ce6c59c 4) x",
    ]


LINES = st.lists(st.sampled_from(sorted(COMMITS)), min_size=6, max_size=40)
TEXTS = st.sampled_from(["", " ", " def a():", " 7) x", " 61ce6c59c 7) x", "\r"])
OTHERS = st.lists(
    st.sampled_from(["", "\\", "7) x", "61ce6c59c 8) y", "\\9) z", "$ git"]), max_size=3
)


@given(LINES, TEXTS, st.integers(14, 40), st.integers(1, 9_999), OTHERS, OTHERS)
def test_lines_come_back_byte_for_byte(
    commits: list[str], text: str, author: int, first: int, before: list[str], after: list[str]
) -> None:
    lines = [*before, blamed(commits, author=author, first=first, texts=text), *after]

    encoded = encode("\n".join(lines))

    assert encoded is None or decode(encoded) == "\n".join(lines)


@given(st.text())
def test_any_text_comes_back_or_is_left_alone(text: str) -> None:
    encoded = encode(text)

    assert encoded is None or decode(encoded) == text


@pytest.mark.parametrize(
    "text", ["", "1) x", f"{HEADER}]", f"{HEADER}]\n1) x", f"{HEADER}; padded]\n61ce6c59c 1) x"]
)
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"blame|stand above"):
        decode(text)
