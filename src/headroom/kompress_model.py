"""Loads the classifier for `kompress` from a folder or from the cache of the Hugging Face hub.

Nothing is ever downloaded: a model is there, or it is said once how to get it, and `kompress`
does nothing.  Needs the extra `ml` (onnxruntime, tokenizers, huggingface-hub), imported here
when a model is opened and not before.

A folder holds `tokenizer.json` and the model as ONNX (`model.onnx`, or one in `onnx/`), as
exports of token classifiers do: inputs `input_ids` and `attention_mask`; output two logits for
each token (drop, keep), or one.  `config.json`, if there, says how long a text may be and which
of two labels means keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from headroom.compressors.kompress import KeepModel, Voted
from headroom.errors import HeadroomError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

LONGEST = 8_192
"""Tokens that ModernBERT reads at once (arxiv.org/abs/2412.13663)."""
TOKENS_AT_ONCE = 16_384
"""Tokens of one batch: attention takes memory with the square of a window's length."""

# The smallest first: whole numbers are several times as fast as floats on a processor.
MODELS = (
    *("model.onnx", "onnx/model_quantized.onnx", "onnx/model_int8.onnx", "onnx/model.onnx"),
    *("onnx/model_uint8.onnx", "onnx/model_fp16.onnx"),
)
_ON_HUB = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")


class ModelMissing(HeadroomError):
    """There is no such model here, or not what it needs; the text says what to do."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of a model are, and what its configuration says."""

    model: Path
    tokenizer: Path
    longest: int = LONGEST
    keep_label: int = 1


def opened(named: str, tell: Callable[[str], None]) -> KeepModel | None:
    """The model of that name, or None, and then *tell* is given the reason, once.

    *named* is a folder, or the name of a model on the hub that is in its cache.
    """
    try:
        return open_model(find_model(named))
    except ModelMissing as error:
        tell(f"{error}; kompress is off")
        return None


def find_model(named: str) -> ModelFiles:
    """Where the model's files are.  Raises ModelMissing."""
    folder = Path(named).expanduser()
    if not folder.is_dir():
        folder = _cached(named)
    tokenizer = folder / "tokenizer.json"
    others = sorted(folder.glob("onnx/model*.onnx"))
    models = [path for path in (*(folder / each for each in MODELS), *others) if path.is_file()]
    if not models or not tokenizer.is_file():
        raise ModelMissing(f"{named} has no model.onnx, or no tokenizer.json: {folder}")
    said = _configuration(folder / "config.json")
    return ModelFiles(models[0], tokenizer, _longest(said), _keep_label(said))


def open_model(files: ModelFiles) -> OnnxModel:
    """The model, ready to be asked.  Raises ModelMissing."""
    try:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415  (it brings no types)
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ImportError as error:
        raise ModelMissing(
            f"{error.name} is not installed: pip install 'headroom-ai[ml]'"
        ) from error
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
    return OnnxModel(session, tokenizer, files)


def _cached(named: str) -> Path:
    if not _ON_HUB.fullmatch(named):
        raise ModelMissing(f"{named} is no folder, and no name of a model (owner/name)")
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415  (an extra)
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415
    except ImportError as error:
        raise ModelMissing(
            f"{error.name} is not installed: pip install 'headroom-ai[ml]'"
        ) from error
    try:
        return Path(snapshot_download(named, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelMissing(
            f"{named} is not here: get it once with `hf download {named}`"
        ) from error


def _configuration(path: Path) -> Mapping[str, Any]:
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _longest(said: Mapping[str, Any]) -> int:
    tokens = said.get("max_position_embeddings")
    return tokens if isinstance(tokens, int) and tokens > 2 else LONGEST


def _keep_label(said: Mapping[str, Any]) -> int:
    """Which of two labels means keep: the second, where the configuration names none."""
    labels = said.get("id2label")
    for number, label in labels.items() if isinstance(labels, dict) else ():
        if str(label).lower() in {"keep", "preserve", "important"} and str(number) in {"0", "1"}:
            return int(number)
    return 1


class _Argument(Protocol):
    @property
    def name(self) -> str: ...


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Argument]: ...
    def get_outputs(self) -> Sequence[_Argument]: ...
    def run(
        self, outputs: Sequence[str], feed: Mapping[str, NDArray[np.int64]]
    ) -> Sequence[NDArray[np.float32]]: ...


class OnnxModel:
    """A token classifier: reads a text in windows, and says of each token whether to keep it."""

    def __init__(self, session: _Session, tokenizer: Tokenizer, files: ModelFiles) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._session = session
        self._tokenizer = tokenizer
        self._keep_label = files.keep_label
        self._inputs = [one.name for one in session.get_inputs()]
        outputs = [one.name for one in session.get_outputs()]
        self._output = "logits" if "logits" in outputs else outputs[0]
        # What the tokenizer puts around a text that says nothing: [CLS] and [SEP].
        around: list[int] = tokenizer.encode("").ids
        self._before, self._after = around[: len(around) // 2], around[len(around) // 2 :]
        self._window = max(files.longest - len(around), 1)
        padding = tokenizer.token_to_id("[PAD]")
        self._padding = padding if padding is not None else 0

    def keep(self, text: str) -> Sequence[Voted]:
        """The tokens of *text*, and how likely each is worth keeping."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        ids: list[int] = encoded.ids
        windows = [ids[at : at + self._window] for at in range(0, len(ids), self._window)]
        at_once = max(TOKENS_AT_ONCE // self._window, 1)
        probabilities = [
            float(each)
            for at in range(0, len(windows), at_once)
            for each in self._asked(windows[at : at + at_once])
        ]
        return tuple(
            Voted(start, end, probability)
            for (start, end), probability in zip(encoded.offsets, probabilities, strict=True)
        )

    def _asked(self, windows: Sequence[Sequence[int]]) -> Iterator[np.float32]:
        import numpy as np  # noqa: PLC0415  (it comes with onnxruntime)

        longest = max(map(len, windows)) + len(self._before) + len(self._after)
        ids = np.full((len(windows), longest), self._padding, dtype=np.int64)
        mask = np.zeros((len(windows), longest), dtype=np.int64)
        for row, window in enumerate(windows):
            whole = [*self._before, *window, *self._after]
            ids[row, : len(whole)] = whole
            mask[row, : len(whole)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (logits,) = self._session.run([self._output], {name: feed[name] for name in self._inputs})
        probabilities = self._probabilities(logits.astype(np.float32))
        for row, window in enumerate(windows):
            first = len(self._before)
            yield from probabilities[row, first : first + len(window)]

    def _probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of each token, from two logits by their difference, from one as it is."""
        import numpy as np  # noqa: PLC0415  (as above)

        if logits.ndim == 3 and logits.shape[2] == 2:
            kept = logits[:, :, self._keep_label] - logits[:, :, 1 - self._keep_label]
        else:
            kept = logits.reshape(logits.shape[:2])
        probabilities: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(kept, -30, 30)))
        return probabilities
