"""A classifier as small as they come, in the shape of ModernBERT's: a folder as exports make it.

Each word of a small vocabulary has an embedding that says whether it is worth keeping; one layer
of attention mixes in a little of what stands around it, and minds the mask.  The file is written
as the protobuf that it is (onnx.proto), as the `onnx` package would be the largest of all that
the tests need.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, processors

FLOAT, INT64 = 1, 7
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WINDOW = 64
"""Tokens that it reads at once, the two around a window among them."""
MIXED = 0.1
MASKED = 1e4


def write_model(
    folder: Path,
    logits: Mapping[str, float],
    *,
    name: str = "model.onnx",
    labels: int = 2,
    config: Mapping[str, object] | None = None,
) -> Path:
    """A folder with a model that gives each of these words such a logit, and 0 to any other."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    words = [*SPECIAL, *logits]
    weights = [logits.get(word, 0.0) for word in words]
    (folder / name).write_bytes(_model(weights, labels))
    _tokenizer(words).save(str(folder / "tokenizer.json"))
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


def _model(weights: Sequence[float], labels: int) -> bytes:
    embeddings = [value for weight in weights for value in (weight, 1.0)]
    # Two labels: the logit against it and for it; one: for it.
    classifier = [-0.5, 0.5, 0.0, 0.0] if labels == 2 else [1.0, 0.0]
    nodes = [
        _node("Gather", ["embeddings", "input_ids"], "hidden"),
        _node("Transpose", ["hidden"], "turned", _integers("perm", [0, 2, 1])),
        _node("MatMul", ["hidden", "turned"], "scores"),
        _node("Cast", ["attention_mask"], "mask", _integer("to", FLOAT)),
        _node("Sub", ["mask", "one"], "masked"),
        _node("Mul", ["masked", "far"], "bias"),
        _node("Unsqueeze", ["bias", "axis"], "bias_of_each"),
        _node("Add", ["scores", "bias_of_each"], "seen"),
        _node("Softmax", ["seen"], "attention", _integer("axis", -1)),
        _node("MatMul", ["attention", "hidden"], "around"),
        _node("Mul", ["around", "mixed"], "little"),
        _node("Add", ["hidden", "little"], "both"),
        _node("MatMul", ["both", "classifier"], "logits"),
    ]
    tensors = [
        _floats("embeddings", [len(weights), 2], embeddings),
        _floats("classifier", [2, labels], classifier),
        _floats("one", [1], [1.0]),
        _floats("far", [1], [MASKED]),
        _floats("mixed", [1], [MIXED]),
        _tensor("axis", [1], INT64, struct.pack("<q", 1)),
    ]
    graph = b"".join(
        [
            *(_bytes(1, node) for node in nodes),
            _text(2, "tiny"),
            *(_bytes(5, tensor) for tensor in tensors),
            _bytes(11, _value("input_ids", INT64, ["batch", "tokens"])),
            _bytes(11, _value("attention_mask", INT64, ["batch", "tokens"])),
            _bytes(12, _value("logits", FLOAT, ["batch", "tokens", labels])),
        ]
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def _node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    names = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)
    return names + (_bytes(5, attribute) if attribute else b"")


def _integer(name: str, value: int) -> bytes:
    return _text(1, name) + _number(3, value) + _number(20, 2)


def _integers(name: str, values: Sequence[int]) -> bytes:
    return _text(1, name) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def _floats(name: str, dimensions: Sequence[int], values: Sequence[float]) -> bytes:
    return _tensor(name, dimensions, FLOAT, struct.pack(f"<{len(values)}f", *values))


def _tensor(name: str, dimensions: Sequence[int], kind: int, raw: bytes) -> bytes:
    sizes = b"".join(_number(1, size) for size in dimensions)
    return sizes + _number(2, kind) + _text(8, name) + _bytes(9, raw)


def _value(name: str, kind: int, dimensions: Sequence[str | int]) -> bytes:
    sizes = b"".join(
        _bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size))
        for size in dimensions
    )
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
