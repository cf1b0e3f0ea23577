"""A folder with a model in it, as exports make them, for a vocabulary of some words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, processors

EXTRA = ("onnxruntime", "tokenizers", "huggingface_hub", "numpy")
"""What must be installed for models, and is not imported before one is opened."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WINDOW = 64
"""Tokens that the models read at once, the two around a window among them."""


def vocabulary_of(words: Iterable[str]) -> list[str]:
    """These words, and those that each tokenizer has."""
    return [*SPECIAL, *(word for word in words if word not in SPECIAL)]


def write_export(
    folder: Path,
    model: bytes,
    vocabulary: Sequence[str],
    *,
    name: str = "model.onnx",
    config: Mapping[str, object] | None = None,
) -> Path:
    """The folder, with the model, its tokenizer and its configuration."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(model)
    _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    said = {"max_position_embeddings": WINDOW} if config is None else config
    (folder / "config.json").write_text(json.dumps(said))
    return folder


def _tokenizer(words: Sequence[str]) -> Tokenizer:
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(one, vocabulary[one]) for one in ("[CLS]", "[SEP]")],
    )
    # As exports come: cut at a length, which whoever loads them has to undo.
    tokenizer.enable_truncation(16)
    return tokenizer
