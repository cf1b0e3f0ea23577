from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from headroom.embedding import EmbeddingFailed
from headroom.embedding_model import OnnxEmbedder, PatientEmbedder, open_embedder
from headroom.local_model import ModelMissing, find_model
from tests.cli.running import loaded_by
from tests.support.tiny_embedding_model import write_embedding_model
from tests.support.tiny_export import EXTRA

VECTORS = {"lamp": (1.0, 0.0, 0.0), "lantern": (0.8, 0.6, 0.0), "boat": (0.0, 0.0, 2.0)}
AMPLE_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_embedding_model(tmp_path_factory.mktemp("model"), VECTORS)


@pytest.fixture(scope="module")
def model(folder: Path) -> OnnxEmbedder:
    return opened(folder)


def opened(folder: Path) -> OnnxEmbedder:
    return open_embedder(find_model(str(folder)))


def rounded(vectors: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(each, 4) for each in vector] for vector in vectors]


def test_a_text_has_the_mean_of_its_words_as_a_vector_of_length_one(model: OnnxEmbedder) -> None:
    found = rounded(model.vectors(["lamp", "a boat, boat", "lamp lantern boat"]))

    assert found[:2] == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert found[2] == [0.6529, 0.2176, 0.7255]


def test_each_text_is_read_as_if_it_were_alone(model: OnnxEmbedder) -> None:
    texts = ["lamp " * number + "boat" for number in range(20, 0, -1)]

    together = rounded(model.vectors(texts))

    assert together == [rounded(model.vectors([text]))[0] for text in texts]


def test_of_a_text_that_is_too_long_the_ends_are_read(model: OnnxEmbedder) -> None:
    [found] = rounded(model.vectors(["lamp " * 20 + "boat " * 5_000 + "lamp " * 20]))

    assert found[0] > 0.5
    assert found[2] > 0.0


@pytest.mark.parametrize("text", ["", " \n", "\ud800 lamp", "\x00", "🙂" * 50])
def test_any_text_can_be_read(model: OnnxEmbedder, text: str) -> None:
    [found, lamp] = model.vectors([text, "lamp"])

    assert len(found) == 3
    assert rounded([lamp]) == [[1.0, 0.0, 0.0]]


def test_a_text_of_no_tokens_is_near_to_nothing(tmp_path: Path) -> None:
    folder = write_embedding_model(tmp_path, VECTORS)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**tokenizer, "post_processor": None}))
    model = opened(folder)

    assert rounded(model.vectors(["", "lamp"])) == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    assert model.vectors([""]) == [[0.0, 0.0, 0.0]]


def test_no_text_has_no_vector(model: OnnxEmbedder) -> None:
    assert model.vectors([]) == []


def test_a_model_that_gives_whole_texts_a_vector_is_taken_by_its_word(tmp_path: Path) -> None:
    model = opened(write_embedding_model(tmp_path, VECTORS, pooled=True))

    assert rounded(model.vectors(["lamp"])) == [[-1.0, 0.0, 0.0]]


def test_the_first_token_speaks_for_the_text_where_the_model_says_so(tmp_path: Path) -> None:
    write_embedding_model(tmp_path, {**VECTORS, "[CLS]": (0.0, 1.0, 0.0)})
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')

    assert rounded(opened(tmp_path).vectors(["lamp boat"])) == [[0.0, 1.0, 0.0]]


def test_a_window_as_short_as_the_configuration_says_is_kept_to(tmp_path: Path) -> None:
    config = {"max_position_embeddings": 4}
    model = opened(write_embedding_model(tmp_path, VECTORS, config=config))

    assert rounded(model.vectors(["lamp boat boat boat lamp"])) == [[1.0, 0.0, 0.0]]


def test_what_is_no_model_of_sentences_is_told_when_it_is_opened(tmp_path: Path) -> None:
    folder = write_embedding_model(tmp_path, VECTORS)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    # A number that the model has no vector for, as when two exports were mixed up.
    tokenizer["model"]["vocab"]["[UNK]"] = 99
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))

    with pytest.raises(ModelMissing, match="gives texts no vectors: it failed with "):
        opened(folder)


def test_what_nobody_waits_for_is_not_read_to_its_end(model: OnnxEmbedder) -> None:
    asked = iter([False, False, True])

    with pytest.raises(EmbeddingFailed, match="nobody waits"):
        model.vectors(["lamp"] * 100, lambda: next(asked))


def test_a_model_is_opened_when_it_is_first_asked(folder: Path) -> None:
    patient = PatientEmbedder(str(folder), pytest.fail)

    for _ in range(2):
        found = patient.within(AMPLE_S).vectors(["lamp", "boat"])
        assert rounded(found) == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_whoever_waits_does_not_wait_longer_than_there_is_time(folder: Path) -> None:
    told: list[str] = []
    patient = PatientEmbedder(str(folder), told.append)
    gate = threading.Event()
    patient._thread.submit(gate.wait)

    for _ in range(2):
        with pytest.raises(EmbeddingFailed, match="gave no answer in time"):
            patient.within(0.0).vectors(["lamp"])
    gate.set()

    assert told == [f"{folder} gave no answer in time; similarity goes by BM25"]
    assert rounded(patient.within(AMPLE_S).vectors(["lamp"])) == [[1.0, 0.0, 0.0]]


def test_a_model_that_is_not_there_is_told_at_once_and_once(tmp_path: Path) -> None:
    told: list[str] = []

    patient = PatientEmbedder(str(tmp_path), told.append)
    patient._thread.submit(int).result()

    assert told == [
        f"{tmp_path} has no model.onnx, or no tokenizer.json: {tmp_path}; similarity goes by BM25"
    ]
    for _ in range(2):
        with pytest.raises(EmbeddingFailed, match="has no model"):
            patient.within(AMPLE_S).vectors(["lamp"])
    assert len(told) == 1


@pytest.mark.parametrize("named", ["x" * 5_000, "~nobody-of-this-name/model", "a\0b", "/"])
def test_whatever_was_named_is_a_model_or_a_sentence(named: str) -> None:
    told: list[str] = []

    with pytest.raises(EmbeddingFailed):
        PatientEmbedder(named, told.append).within(AMPLE_S).vectors(["lamp"])

    assert len(told) == 1


def test_what_a_model_has_read_is_in_no_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = opened(folder)
    monkeypatch.setattr(model._model, "asked", _telling)

    with pytest.raises(EmbeddingFailed) as failed:
        model.vectors(["a secret"])

    assert "secret" not in str(failed.value)


def _telling(_: object) -> None:
    raise ValueError("a secret")


def test_importing_it_imports_nothing_of_the_extra() -> None:
    assert loaded_by("headroom.embedding_model", EXTRA) == []
