from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.compressors.base import Ask
from headroom.compressors.kompress import Kompress
from headroom.kompress_model import ModelMissing, OnnxModel, find_model, open_model, opened
from tests.support.tiny_keep_model import WINDOW, write_model

LOGITS = {"lamp": 4.0, "chatter": -4.0, "the": 0.5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), LOGITS)


@pytest.fixture(scope="module")
def model(folder: Path) -> OnnxModel:
    return open_model(find_model(str(folder)))


def words(model: OnnxModel, text: str) -> list[tuple[str, float]]:
    return [(text[one.start : one.end], one.probability) for one in model.keep(text)]


def test_each_token_has_its_place_and_how_likely_it_is_worth_keeping(model: OnnxModel) -> None:
    found = words(model, "the lamp,\n  chatter 42")

    assert [word for word, _ in found] == ["the", "lamp", ",", "chatter", "42"]
    by_word = dict(found)
    assert by_word["lamp"] > 0.97
    assert by_word["chatter"] < 0.03
    assert 0.4 < by_word["42"] < by_word["the"] < 0.7


def test_a_text_that_is_longer_than_a_window_is_read_in_windows(model: OnnxModel) -> None:
    text = "lamp chatter " * 500

    found = words(model, text)

    assert len(found) == 1_000 > 10 * WINDOW
    assert all(probability > 0.9 for word, probability in found if word == "lamp")
    assert all(probability < 0.1 for word, probability in found if word == "chatter")


def test_what_a_window_is_filled_up_with_changes_nothing(model: OnnxModel) -> None:
    window = "lamp the " * ((WINDOW - 2) // 2)

    short = words(model, window + "the lamp")[-2:]
    alone = words(model, "the lamp")

    assert [word for word, _ in short] == [word for word, _ in alone]
    for (_, one), (_, other) in zip(short, alone, strict=True):
        assert math.isclose(one, other, abs_tol=1e-5)


@pytest.mark.parametrize("text", ["", " \n", "\ud7ff\u00a0", "🙂 lamp"])
def test_any_text_can_be_read(model: OnnxModel, text: str) -> None:
    assert all(0 <= one.probability <= 1 for one in model.keep(text))


def test_the_same_text_gives_the_same(model: OnnxModel) -> None:
    assert model.keep("the lamp " * 99) == model.keep("the lamp " * 99)


def test_a_model_with_one_label_is_read_as_well(tmp_path: Path) -> None:
    model = open_model(find_model(str(write_model(tmp_path, LOGITS, labels=1))))

    assert dict(words(model, "lamp chatter"))["lamp"] > 0.97


def test_which_label_means_keep_is_what_the_configuration_says(tmp_path: Path) -> None:
    config = {"id2label": {"0": "KEEP", "1": "DROP"}}

    model = open_model(find_model(str(write_model(tmp_path, LOGITS, config=config))))

    assert dict(words(model, "lamp chatter"))["lamp"] < 0.03


@pytest.mark.parametrize("name", ["onnx/model.onnx", "onnx/model_int8.onnx", "onnx/model_q4.onnx"])
def test_models_are_found_where_exports_put_them(tmp_path: Path, name: str) -> None:
    files = find_model(str(write_model(tmp_path, LOGITS, name=name)))

    assert files.model == tmp_path / name
    assert files.longest == WINDOW


@pytest.mark.parametrize("config", ["", "[]", "{", '{"max_position_embeddings": "many"}'])
def test_a_configuration_that_says_nothing_is_none(tmp_path: Path, config: str) -> None:
    write_model(tmp_path, LOGITS)
    (tmp_path / "config.json").write_text(config)

    assert find_model(str(tmp_path)).longest == 8_192


def test_a_model_of_the_hub_is_taken_from_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "models--shop--keeper"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0a1b2c")
    write_model(kept / "snapshots" / "0a1b2c", LOGITS)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    assert find_model("shop/keeper").model == kept / "snapshots" / "0a1b2c" / "model.onnx"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("shop/keeper", "shop/keeper is not here: get it once with `hf download shop/keeper`"),
        ("/no/such/folder", "/no/such/folder is no folder, and no name of a model (owner/name)"),
        ("..", ".. has no model.onnx, or no tokenizer.json"),
        ("a--b/..", "a--b/.. is not here"),
    ],
)
def test_what_is_not_there_is_told_once_and_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, said: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", _unreachable)
    told: list[str] = []

    assert opened(named, told.append) is None

    assert len(told) == 1
    assert told[0].startswith(said)
    assert told[0].endswith("; kompress is off")


def _unreachable(*_: object) -> None:
    raise AssertionError("reached for the network")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_damaged_is_told(tmp_path: Path, name: str) -> None:
    write_model(tmp_path, LOGITS)
    (tmp_path / name).write_bytes(b"{damaged")
    told: list[str] = []

    assert opened(str(tmp_path), told.append) is None
    assert "model.onnx cannot be opened: " in told[0]


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers"])
def test_where_the_extra_is_not_installed_this_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    told: list[str] = []

    assert opened(str(folder), told.append) is None
    assert told == [f"{missing} is not installed: pip install 'headroom-ai[ml]'; kompress is off"]


def test_without_the_hub_library_its_cache_is_not_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(ModelMissing, match="huggingface_hub is not installed"):
        find_model("shop/keeper")


def test_a_real_model_makes_kompress_keep_what_tells_something(folder: Path) -> None:
    model = opened(str(folder), pytest.fail)
    assert model is not None
    dull = "The chatter of the guests went on, chatter and more chatter. "
    text = f"{dull * 40}The lamp is lit with oil. {dull * 40}"

    reduced = Kompress(model).reduce(text, Ask(room=1_000))

    assert reduced is not None
    assert "The lamp is lit with oil. " in reduced.before


def test_importing_it_imports_nothing_of_the_extra() -> None:
    code = (
        "import sys, headroom.kompress_model; print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    )
    heavy = ["onnxruntime", "tokenizers", "huggingface_hub", "numpy"]

    done = subprocess.run(
        [sys.executable, "-c", code, *heavy],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.strip() == "[]"
