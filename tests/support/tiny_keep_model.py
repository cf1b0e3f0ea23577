"""A classifier as small as they come, in the shape of ModernBERT's: a folder as exports make it.

Each word of a small vocabulary has an embedding that says whether it is worth keeping; one layer
of attention mixes in a little of what stands around it, and minds the mask.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.onnx_file import (
    FLOAT,
    INT64,
    argument,
    floats,
    integer,
    integers,
    model_of,
    node,
    of_texts,
    tensor,
)
from tests.support.tiny_export import vocabulary_of, write_export

LOGITS = {"lamp": 4.0, "chatter": -4.0, "the": 0.5}
"""Words for a test: one that is worth keeping, one that is not, and one that may be."""
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
    words = vocabulary_of(logits)
    model = _model([logits.get(word, 0.0) for word in words], labels)
    return write_export(folder, model, words, name=name, config=config)


def _model(weights: Sequence[float], labels: int) -> bytes:
    embeddings = [value for weight in weights for value in (weight, 1.0)]
    # Two labels: the logit against it and for it; one: for it.
    classifier = [-0.5, 0.5, 0.0, 0.0] if labels == 2 else [1.0, 0.0]
    nodes = [
        node("Gather", ["embeddings", "input_ids"], "hidden"),
        node("Transpose", ["hidden"], "turned", integers("perm", [0, 2, 1])),
        node("MatMul", ["hidden", "turned"], "scores"),
        node("Cast", ["attention_mask"], "mask", integer("to", FLOAT)),
        node("Sub", ["mask", "one"], "masked"),
        node("Mul", ["masked", "far"], "bias"),
        node("Unsqueeze", ["bias", "axis"], "bias_of_each"),
        node("Add", ["scores", "bias_of_each"], "seen"),
        node("Softmax", ["seen"], "attention", integer("axis", -1)),
        node("MatMul", ["attention", "hidden"], "around"),
        node("Mul", ["around", "mixed"], "little"),
        node("Add", ["hidden", "little"], "both"),
        node("MatMul", ["both", "classifier"], "logits"),
    ]
    tensors = [
        floats("embeddings", [len(weights), 2], embeddings),
        floats("classifier", [2, labels], classifier),
        floats("one", [1], [1.0]),
        floats("far", [1], [MASKED]),
        floats("mixed", [1], [MIXED]),
        tensor("axis", [1], INT64, struct.pack("<q", 1)),
    ]
    outputs = [argument("logits", FLOAT, ["batch", "tokens", labels])]
    return model_of(nodes, tensors, inputs=of_texts(), outputs=outputs)
