"""Writes small models as ONNX files: the protobuf that they are (onnx.proto).

The `onnx` package would be the largest of all that the tests need.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

FLOAT, INT64 = 1, 7


def model_of(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    *,
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
) -> bytes:
    """The file of a model: steps, numbers that are built in, what goes in, what comes out."""
    graph = b"".join(
        [
            *(_bytes(1, node) for node in nodes),
            _text(2, "tiny"),
            *(_bytes(5, tensor) for tensor in tensors),
            *(_bytes(11, one) for one in inputs),
            *(_bytes(12, one) for one in outputs),
        ]
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    """One step."""
    names = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)
    return names + (_bytes(5, attribute) if attribute else b"")


def integer(name: str, value: int) -> bytes:
    """An attribute of a step."""
    return _text(1, name) + _number(3, value) + _number(20, 2)


def integers(name: str, values: Sequence[int]) -> bytes:
    """The same with several numbers."""
    return _text(1, name) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def floats(name: str, dimensions: Sequence[int], values: Sequence[float]) -> bytes:
    """Numbers that are built in."""
    return tensor(name, dimensions, FLOAT, struct.pack(f"<{len(values)}f", *values))


def tensor(name: str, dimensions: Sequence[int], kind: int, raw: bytes) -> bytes:
    """The same of any kind, as bytes."""
    sizes = b"".join(_number(1, size) for size in dimensions)
    return sizes + _number(2, kind) + _text(8, name) + _bytes(9, raw)


def argument(name: str, kind: int, dimensions: Sequence[str | int]) -> bytes:
    """What goes in, or comes out; a size that has a name may be any."""
    sizes = b"".join(
        _bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size))
        for size in dimensions
    )
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def of_texts() -> list[bytes]:
    """What goes into a model of texts."""
    return [argument(one, INT64, ["batch", "tokens"]) for one in ("input_ids", "attention_mask")]


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
