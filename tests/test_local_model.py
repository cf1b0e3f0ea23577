from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from headroom.local_model import LocalModel, ModelMissing, find_model, open_model
from tests.cli.running import loaded_by
from tests.support.onnx_file import FLOAT, argument, model_of, node
from tests.support.tiny_export import EXTRA, WINDOW, vocabulary_of, write_export
from tests.support.tiny_keep_model import LOGITS, write_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), LOGITS)


def opened(folder: Path) -> LocalModel:
    return open_model(find_model(str(folder)), outputs=("embeddings", "logits"))


def test_windows_are_read_together_each_as_if_it_were_alone(folder: Path) -> None:
    model = opened(folder)
    short, long = (model.encoded(text).ids for text in ("lamp", "the chatter of the lamp"))

    together, alone = model.asked([short, long]), model.asked([short])

    assert model.window == WINDOW - 2
    assert together.mask.tolist() == [[1, 1, 1, 0, 0, 0, 0], [1] * 7]
    assert np.allclose(together.values[0, :3], alone.values[0], atol=1e-5)


@pytest.mark.parametrize(
    "name",
    ["model_optimized.onnx", "onnx/model.onnx", "onnx/model_int8.onnx", "onnx/model_q4.onnx"],
)
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
def test_what_is_not_there_is_told_and_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, said: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", _unreachable)

    with pytest.raises(ModelMissing) as told:
        find_model(named)

    assert str(told.value).startswith(said)


def _unreachable(*_: object) -> None:
    raise AssertionError("reached for the network")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_damaged_is_told(tmp_path: Path, name: str) -> None:
    write_model(tmp_path, LOGITS)
    (tmp_path / name).write_bytes(b"{damaged")

    with pytest.raises(ModelMissing, match=r"model\.onnx cannot be opened: "):
        opened(tmp_path)


def test_a_model_that_asks_for_what_no_text_gives_is_told(tmp_path: Path) -> None:
    pictures = argument("pixels", FLOAT, ["batch", 3])
    write_export(
        tmp_path,
        model_of(
            [node("Relu", ["pixels"], "out")],
            [],
            inputs=[pictures],
            outputs=[argument("out", FLOAT, ["batch", 3])],
        ),
        vocabulary_of([]),
    )

    with pytest.raises(ModelMissing, match="asks for pixels, which no text gives"):
        opened(tmp_path)


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers"])
def test_where_the_extra_is_not_installed_this_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(ModelMissing, match=rf"^{missing} is not installed: pip install .headroom"):
        opened(folder)


def test_without_the_hub_library_its_cache_is_not_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(ModelMissing, match="huggingface_hub is not installed"):
        find_model("shop/keeper")


def test_importing_it_imports_nothing_of_the_extra() -> None:
    assert loaded_by("headroom.kompress_model", EXTRA) == []
