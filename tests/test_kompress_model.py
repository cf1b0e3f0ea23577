from __future__ import annotations

import math
from pathlib import Path

import pytest

from headroom.compressors.base import Ask
from headroom.compressors.kompress import Kompress
from headroom.kompress_model import OnnxClassifier, open_classifier, opened
from tests.support.tiny_export import WINDOW
from tests.support.tiny_keep_model import LOGITS, write_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), LOGITS)


@pytest.fixture(scope="module")
def model(folder: Path) -> OnnxClassifier:
    return open_classifier(str(folder))


def words(model: OnnxClassifier, text: str) -> list[tuple[str, float]]:
    return [(text[one.start : one.end], one.probability) for one in model.keep(text)]


def test_each_token_has_its_place_and_how_likely_it_is_worth_keeping(model: OnnxClassifier) -> None:
    found = words(model, "the lamp,\n  chatter 42")

    assert [word for word, _ in found] == ["the", "lamp", ",", "chatter", "42"]
    by_word = dict(found)
    assert by_word["lamp"] > 0.97
    assert by_word["chatter"] < 0.03
    assert 0.4 < by_word["42"] < by_word["the"] < 0.7


def test_a_text_that_is_longer_than_a_window_is_read_in_windows(model: OnnxClassifier) -> None:
    text = "lamp chatter " * 500

    found = words(model, text)

    assert len(found) == 1_000 > 10 * WINDOW
    assert all(probability > 0.9 for word, probability in found if word == "lamp")
    assert all(probability < 0.1 for word, probability in found if word == "chatter")


def test_what_a_window_is_filled_up_with_changes_nothing(model: OnnxClassifier) -> None:
    window = "lamp the " * ((WINDOW - 2) // 2)

    short = words(model, window + "the lamp")[-2:]
    alone = words(model, "the lamp")

    assert [word for word, _ in short] == [word for word, _ in alone]
    for (_, one), (_, other) in zip(short, alone, strict=True):
        assert math.isclose(one, other, abs_tol=1e-5)


@pytest.mark.parametrize("text", ["", " \n", "\ud7ff\u00a0", "🙂 lamp"])
def test_any_text_can_be_read(model: OnnxClassifier, text: str) -> None:
    assert all(0 <= one.probability <= 1 for one in model.keep(text))


def test_the_same_text_gives_the_same(model: OnnxClassifier) -> None:
    assert model.keep("the lamp " * 99) == model.keep("the lamp " * 99)


def test_a_model_with_one_label_is_read_as_well(tmp_path: Path) -> None:
    model = open_classifier(str(write_model(tmp_path, LOGITS, labels=1)))

    assert dict(words(model, "lamp chatter"))["lamp"] > 0.97


def test_which_label_means_keep_is_what_the_configuration_says(tmp_path: Path) -> None:
    config = {"id2label": {"0": "KEEP", "1": "DROP"}}

    model = open_classifier(str(write_model(tmp_path, LOGITS, config=config)))

    assert dict(words(model, "lamp chatter"))["lamp"] < 0.03


def test_a_real_model_makes_kompress_keep_what_tells_something(folder: Path) -> None:
    model = opened(str(folder), pytest.fail)
    assert model is not None
    dull = "The chatter of the guests went on, chatter and more chatter. "
    text = f"{dull * 40}The lamp is lit with oil. {dull * 40}"

    reduced = Kompress(model).reduce(text, Ask(room=1_000))

    assert reduced is not None
    assert "The lamp is lit with oil. " in reduced.before


def test_a_model_that_is_not_there_is_told_once_and_kompress_does_nothing(tmp_path: Path) -> None:
    told: list[str] = []

    assert opened(str(tmp_path), told.append) is None

    assert len(told) == 1
    assert told[0].endswith("; kompress is off")
