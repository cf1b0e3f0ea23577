"""Opens the classifier for `kompress`.

A model as exports of token classifiers are (see `local_model`): output two logits for each token
(drop, keep), or one.  `config.json`, if there, says which of two labels means keep.  Where no
such model is, that is said once, and `kompress` does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headroom.compressors.kompress import KeepModel, Voted
from headroom.local_model import LocalModel, ModelMissing, find_model, open_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENS_AT_ONCE = 16_384
"""Tokens of one batch: attention takes memory with the square of a window's length."""


def opened(named: str, tell: Callable[[str], None]) -> KeepModel | None:
    """The model of that name, or None, and then *tell* is given the reason, once.

    *named* is a folder, or the name of a model on the hub that is in its cache.
    """
    try:
        return open_classifier(named)
    except ModelMissing as error:
        tell(f"{error}; kompress is off")
        return None


def open_classifier(named: str) -> OnnxClassifier:
    """The model of that name.  Raises ModelMissing."""
    files = find_model(named)
    return OnnxClassifier(
        open_model(files, outputs=("logits",)), keep_label=_keep_label(files.said)
    )


def _keep_label(said: Mapping[str, Any]) -> int:
    """Which of two labels means keep: the second, where the configuration names none."""
    labels = said.get("id2label")
    for number, label in labels.items() if isinstance(labels, dict) else ():
        if str(label).lower() in {"keep", "preserve", "important"} and str(number) in {"0", "1"}:
            return int(number)
    return 1


class OnnxClassifier:
    """A token classifier: reads a text in windows, and says of each token whether to keep it."""

    def __init__(self, model: LocalModel, *, keep_label: int = 1) -> None:
        self._model = model
        self._keep_label = keep_label

    def keep(self, text: str) -> Sequence[Voted]:
        """The tokens of *text*, and how likely each is worth keeping."""
        encoded = self._model.encoded(text)
        ids: list[int] = encoded.ids
        window = self._model.window
        windows = [ids[at : at + window] for at in range(0, len(ids), window)]
        at_once = max(TOKENS_AT_ONCE // window, 1)
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
        probabilities = self._probabilities(self._model.asked(windows).values)
        first = self._model.before
        for row, window in enumerate(windows):
            yield from probabilities[row, first : first + len(window)]

    def _probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of each token, from two logits by their difference, from one as it is."""
        import numpy as np  # noqa: PLC0415  (it comes with onnxruntime)

        if logits.ndim == 3 and logits.shape[2] == 2:
            kept = logits[:, :, self._keep_label] - logits[:, :, 1 - self._keep_label]
        else:
            kept = logits.reshape(logits.shape[:2])
        probabilities: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(kept, -30, 30)))
        return probabilities
