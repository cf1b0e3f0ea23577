from __future__ import annotations

from headroom.compressors.words import words_of


def test_names_paths_and_numbers_are_words_without_what_surrounds_them() -> None:
    said = "Why does /bin/Dmesg, pid 42, fail at db-3.local:5432?"

    assert list(words_of(said)) == [
        "why", "does", "bin/dmesg", "pid", "42", "fail", "at", "db-3.local:5432",
    ]  # fmt: skip


def test_single_signs_are_no_words() -> None:
    assert not list(words_of("a - / ! . b"))
