"""A model of sentence embeddings as small as they come: a folder as exports make it.

Each word of a small vocabulary has its vector, any other has none (zeros), and so have `[CLS]`
and `[SEP]`.  What a text is filled up with gets vectors that would spoil a mean.
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

SPOILING = 1e3


def write_embedding_model(
    folder: Path,
    vectors: Mapping[str, Sequence[float]],
    *,
    pooled: bool = False,
    config: Mapping[str, object] | None = None,
) -> Path:
    """A folder with a model in which these words have such vectors, all of one length.

    *pooled*: it also has an output for the whole text, the negative of the mean.
    """
    words = vocabulary_of(vectors)
    size = len(next(iter(vectors.values())))
    rows = [vectors.get(word, [0.0] * size) for word in words]
    return write_export(folder, _model(rows, pooled=pooled), words, config=config)


def _model(rows: Sequence[Sequence[float]], *, pooled: bool) -> bytes:
    size = len(rows[0])
    of_tokens = "token_embeddings" if pooled else "last_hidden_state"
    nodes = [
        node("Gather", ["embeddings", "input_ids"], "words"),
        node("Cast", ["attention_mask"], "mask", integer("to", FLOAT)),
        node("Sub", ["one", "mask"], "masked"),
        node("Mul", ["masked", "spoiling"], "spoilt"),
        node("Unsqueeze", ["spoilt", "axis"], "spoilt_of_each"),
        node("Add", ["words", "spoilt_of_each"], of_tokens),
    ]
    outputs = [argument(of_tokens, FLOAT, ["batch", "tokens", size])]
    if pooled:
        nodes += [
            node("Neg", ["words"], "negative"),
            node("ReduceMean", ["negative"], "mean", integers("axes", [1])),
            node("Squeeze", ["mean", "axis_of_tokens"], "sentence_embedding"),
        ]
        outputs.append(argument("sentence_embedding", FLOAT, ["batch", size]))
    tensors = [
        floats("embeddings", [len(rows), size], [each for row in rows for each in row]),
        floats("one", [1], [1.0]),
        floats("spoiling", [1], [SPOILING]),
        tensor("axis", [1], INT64, struct.pack("<q", 2)),
        tensor("axis_of_tokens", [1], INT64, struct.pack("<q", 1)),
    ]
    return model_of(nodes, tensors, inputs=of_texts(), outputs=outputs)
