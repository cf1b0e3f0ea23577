from __future__ import annotations

import base64

import pytest

from headroom.compressors.long_text import blob_note, shortened

NONE: frozenset[str] = frozenset()
PROSE = " ".join(f"Sentence {n} says something that few will need." for n in range(40))


def is_telling(text: str) -> bool:
    return "failed" in text


def letters(beginning: bytes, count: int = 600) -> str:
    return base64.b64encode(beginning + bytes(n * 37 % 251 for n in range(count))).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (letters(b"\x89PNG\r\n\x1a\n"), "[… PNG as base64, 812 characters left out]"),
        (letters(b"%PDF-1.7"), "[… PDF as base64, 812 characters left out]"),
        (letters(b"anything"), "[… base64, 812 characters left out]"),
        ("9f2c41d0" * 50, "[… hexadecimal, 400 characters left out]"),
        (
            "data:image/jpeg;base64," + letters(b"\xff\xd8\xff\xe0"),
            "data:image/jpeg;base64,[… JPEG as base64, 808 characters left out]",
        ),
    ],
)
def test_bytes_in_letters_are_named_by_kind_and_length(text: str, said: str) -> None:
    assert blob_note(text) == said


def test_lines_of_base64_are_one_blob() -> None:
    text = letters(b"anything", 2_000)
    lines = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))

    assert blob_note(lines).startswith("[… base64, ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        letters(b"short", 60),
        PROSE,
        "src/headroom/compressors/" * 40,
        "z" * 1_000,
        "one two three four " * 50,
        "ABC def 123 " * 60,
    ],
)
def test_texts_paths_and_short_keys_are_no_blobs(text: str) -> None:
    assert blob_note(text) == ""


def test_a_text_keeps_its_first_sentences_and_names_the_gap() -> None:
    cut = shortened(PROSE, 400, NONE, is_telling)

    assert cut.startswith("Sentence 0 says something that few will need. Sentence 1")
    assert cut.endswith(" characters left out]")
    assert len(cut) < 500


def test_sentences_with_words_of_the_task_and_of_failure_stay() -> None:
    text = PROSE.replace("Sentence 21 says", "The harbour says").replace("30 says", "30 failed")

    cut = shortened(text, 300, frozenset({"harbour"}), is_telling)

    assert "The harbour says something that few will need." in cut
    assert "Sentence 30 failed something that few will need." in cut


def test_a_text_of_many_lines_loses_lines() -> None:
    text = "\n".join(f"line {n} of the file" for n in range(100))

    cut = shortened(text, 300, NONE, is_telling)

    assert "\n[… lines " in cut
    assert set(cut.split("\n")) - set(text.split("\n")) == {
        line for line in cut.split("\n") if line.startswith("[… ")
    }


def test_a_list_without_sentences_loses_items() -> None:
    text = ",".join(f"COMMAND{n}" for n in range(200))

    cut = shortened(text, 300, NONE, is_telling)

    assert cut.startswith("COMMAND0,COMMAND1,")
    assert len(cut) < 400


def test_what_has_room_and_what_has_no_joint_stays_whole() -> None:
    assert shortened(PROSE, 9_000, NONE, is_telling) == PROSE
    assert shortened("x" * 2_000, 100, NONE, is_telling) == "x" * 2_000
