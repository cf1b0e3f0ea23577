"""Finds a model that somebody named, in a folder or the cache of the Hugging Face hub; opens it.

Nothing is ever downloaded: a model is there, or it is said how to get it.  Needs the extra `ml`
(onnxruntime, tokenizers, huggingface-hub), imported here when a model is opened and not before.

A folder holds `tokenizer.json` and the model as ONNX (`model.onnx` or another name that begins
so, there or in `onnx/`), with inputs `input_ids` and `attention_mask`.  `config.json`, if there,
says how long a text may be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from headroom.errors import HeadroomError
from headroom.extras import install

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

LONGEST = 8_192
"""Tokens that ModernBERT reads at once (arxiv.org/abs/2412.13663)."""

# The smallest first: whole numbers are several times as fast as floats on a processor.
MODELS = (
    *("model.onnx", "onnx/model_quantized.onnx", "onnx/model_int8.onnx", "onnx/model.onnx"),
    *("onnx/model_uint8.onnx", "onnx/model_fp16.onnx"),
)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_ON_HUB = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")


class ModelMissing(HeadroomError):
    """There is no such model here, or not what it needs; the text says what to do."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of a model are, and what its configuration says."""

    folder: Path
    model: Path
    tokenizer: Path
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def longest(self) -> int:
        """How many tokens it reads at once."""
        tokens = self.said.get("max_position_embeddings")
        return tokens if isinstance(tokens, int) and tokens > 2 else LONGEST


def find_model(named: str) -> ModelFiles:
    """Where the files of a model are: of a folder, or of a name that is in the hub's cache.

    Raises ModelMissing.
    """
    try:
        return _found(named)
    except (OSError, RuntimeError) as error:
        # Such as a name that is too long, a folder that is not ours, a ~ that is nobody's.
        raise ModelMissing(f"{named} cannot be looked into: {error}") from error


def _found(named: str) -> ModelFiles:
    folder = Path(named).expanduser()
    if not folder.is_dir():
        folder = _cached(named)
    tokenizer = folder / "tokenizer.json"
    usual = (folder / each for each in MODELS)
    others = (*sorted(folder.glob("model*.onnx")), *sorted(folder.glob("onnx/model*.onnx")))
    models = [path for path in (*usual, *others) if path.is_file()]
    if not models or not tokenizer.is_file():
        raise ModelMissing(f"{named} has no model.onnx, or no tokenizer.json: {folder}")
    return ModelFiles(folder, models[0], tokenizer, configuration(folder / "config.json"))


def open_model(files: ModelFiles, *, outputs: Sequence[str]) -> LocalModel:
    """The model, ready to be asked; it answers by the first of *outputs* that it has.

    Raises ModelMissing.
    """
    try:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415  (it brings no types)
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ImportError as error:
        raise _not_installed(error) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        tokenizer = Tokenizer.from_file(str(files.tokenizer))
        session = onnxruntime.InferenceSession(
            str(files.model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # Both raise bare exceptions, with the reason in the text.
        raise ModelMissing(f"{files.model} cannot be opened: {error}") from error
    strange = [one.name for one in session.get_inputs() if one.name not in INPUTS]
    if strange:
        raise ModelMissing(f"{files.model} asks for {', '.join(strange)}, which no text gives")
    return LocalModel(session, tokenizer, longest=files.longest, outputs=outputs)


def configuration(path: Path) -> Mapping[str, Any]:
    """The object that this file holds; an empty one where it holds none."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _not_installed(error: ImportError) -> ModelMissing:
    return ModelMissing(f"{error.name} is not installed: {install('ml')}")


def _cached(named: str) -> Path:
    if not _ON_HUB.fullmatch(named):
        raise ModelMissing(f"{named} is no folder, and no name of a model (owner/name)")
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415  (an extra)
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415
    except ImportError as error:
        raise _not_installed(error) from error
    try:
        return Path(snapshot_download(named, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelMissing(
            f"{named} is not here: get it once with `hf download {named}`"
        ) from error


class _Argument(Protocol):
    @property
    def name(self) -> str: ...


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Argument]: ...
    def get_outputs(self) -> Sequence[_Argument]: ...
    def run(
        self, outputs: Sequence[str], feed: Mapping[str, NDArray[np.int64]]
    ) -> Sequence[NDArray[np.float32]]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of some windows: a row for each, filled up to the longest.

    *mask* is 1 where a row has a token, 0 where it is filled up.
    """

    values: NDArray[np.float32]
    mask: NDArray[np.int64]


class LocalModel:
    """A tokenizer, and a model that reads its tokens."""

    def __init__(
        self, session: _Session, tokenizer: Tokenizer, *, longest: int, outputs: Sequence[str]
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = [one.name for one in session.get_inputs()]
        has = [one.name for one in session.get_outputs()]
        self._output = next((name for name in outputs if name in has), has[0])
        # What the tokenizer puts around a text that says nothing: [CLS] and [SEP].
        around: list[int] = tokenizer.encode("").ids
        self._before, self._after = around[: len(around) // 2], around[len(around) // 2 :]
        self.window = max(longest - len(around), 1)
        """How many tokens of a text it reads at once."""
        padding = tokenizer.token_to_id("[PAD]")
        self._padding = padding if padding is not None else 0

    @property
    def before(self) -> int:
        """How many tokens stand before those of a text."""
        return len(self._before)

    def encoded(self, text: str) -> Encoding:
        """The tokens of *text*, and nothing around them."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def asked(self, windows: Sequence[Sequence[int]]) -> Answer:
        """What the model says of each of these windows of tokens, read together."""
        import numpy as np  # noqa: PLC0415  (it comes with onnxruntime)

        longest = max(max(map(len, windows)) + len(self._before) + len(self._after), 1)
        ids = np.full((len(windows), longest), self._padding, dtype=np.int64)
        mask = np.zeros((len(windows), longest), dtype=np.int64)
        for row, window in enumerate(windows):
            whole = [*self._before, *window, *self._after]
            ids[row, : len(whole)] = whole
            mask[row, : len(whole)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (values,) = self._session.run([self._output], {name: feed[name] for name in self._inputs})
        return Answer(values.astype(np.float32), mask)
