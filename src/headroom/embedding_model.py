"""Opens a model of sentence embeddings, and waits for it no longer than there is time.

A model as exports of sentence-transformers are (see `local_model`): output `sentence_embedding`,
or one vector for each token, of which the mean is taken, or the first where
`1_Pooling/config.json` says so.

It works in a thread of its own: to open a model and to read with it can take seconds, and whoever
asks goes on without an answer that is not there in time.  The next one finds the model open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from headroom.embedding import Embedder, EmbeddingFailed
from headroom.errors import HeadroomError
from headroom.local_model import (
    Answer,
    LocalModel,
    ModelFiles,
    ModelMissing,
    configuration,
    find_model,
    open_model,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_TEXT = 256
"""Tokens of a text that are read, half of them at its end: what such models are trained on."""
TEXTS_AT_ONCE = 8

_OUTPUTS = ("sentence_embedding", "last_hidden_state", "token_embeddings")
_TRIED = ("", "a text", "another text, which is a little longer")


def open_embedder(files: ModelFiles) -> OnnxEmbedder:
    """The model, ready to be asked, and tried once.  Raises ModelMissing."""
    pooling = configuration(files.folder / "1_Pooling" / "config.json")
    first = pooling.get("pooling_mode_cls_token") is True
    embedder = OnnxEmbedder(open_model(files, outputs=_OUTPUTS), by_first_token=first)
    try:
        embedder.vectors(_TRIED)
    except EmbeddingFailed as error:
        raise ModelMissing(f"{files.model} gives texts no vectors: {error}") from error
    return embedder


class OnnxEmbedder:
    """A model of sentence embeddings that is open."""

    def __init__(self, model: LocalModel, *, by_first_token: bool = False) -> None:
        self._model = model
        self._by_first_token = by_first_token

    def vectors(
        self, texts: Sequence[str], is_late: Callable[[], bool] = lambda: False
    ) -> Sequence[Sequence[float]]:
        """A vector of length 1 for each text; not all are read once it *is_late*.

        Raises EmbeddingFailed.
        """
        try:
            return self._read(texts, is_late)
        except EmbeddingFailed:
            raise
        except Exception as error:
            # The run time raises bare exceptions; their text may hold what was read.
            raise EmbeddingFailed(f"it failed with {type(error).__name__}") from error

    def _read(self, texts: Sequence[str], is_late: Callable[[], bool]) -> list[list[float]]:
        windows = [self._window(text) for text in texts]
        # Texts of like length are read together, or the short ones would be filled up.
        order = sorted(range(len(windows)), key=lambda at: len(windows[at]))
        found: dict[int, list[float]] = {}
        for start in range(0, len(order), TEXTS_AT_ONCE):
            if is_late():
                raise EmbeddingFailed("nobody waits for it any more")
            some = order[start : start + TEXTS_AT_ONCE]
            found.update(zip(some, self._asked([windows[at] for at in some]), strict=True))
        return [found[at] for at in range(len(windows))]

    def _window(self, text: str) -> list[int]:
        """The tokens of the text, of a long one those at its ends."""
        # Half a character (a lone surrogate) is none that a tokenizer takes.
        whole = text.encode("utf-8", "replace").decode()
        ids: list[int] = self._model.encoded(whole).ids
        room = min(self._model.window, LONGEST_TEXT)
        return ids if len(ids) <= room else ids[: room - room // 2] + ids[len(ids) - room // 2 :]

    def _asked(self, windows: Sequence[Sequence[int]]) -> Iterator[list[float]]:
        import numpy as np  # noqa: PLC0415  (it comes with onnxruntime)

        vectors = self._pooled(self._model.asked(windows))
        if vectors.ndim != 2 or len(vectors) != len(windows):
            raise EmbeddingFailed(f"its answer has the shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        for vector in vectors / np.maximum(lengths, 1e-12):
            yield [float(each) for each in vector]

    def _pooled(self, answer: Answer) -> NDArray[np.float32]:
        """One vector for each row, of an answer that has one for each token their mean."""
        import numpy as np  # noqa: PLC0415  (as above)

        values = answer.values
        if values.ndim != 3:
            return values
        if self._by_first_token:
            first: NDArray[np.float32] = values[:, 0]
            return first
        weights = answer.mask[:, :, None].astype(values.dtype)
        mean: NDArray[np.float32] = (values * weights).sum(axis=1) / np.maximum(
            weights.sum(axis=1), 1
        )
        return mean


class PatientEmbedder:
    """A model that is found at once, opened when it may be asked, and asked in its own thread."""

    def __init__(
        self,
        named: str,
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*named*: a folder, or the name of a model on the hub that is in its cache.

        Where there is none, or it fails, *tell* is given each reason once.
        """
        self._named = named
        self._tell = tell
        self._clock = clock
        self._told: set[str] = set()
        self._thread = ThreadPoolExecutor(1, "embeddings")
        self._files = self._thread.submit(find_model, named)
        self._files.add_done_callback(self._missed)
        self._opening: Future[OnnxEmbedder] | None = None

    def within(self, seconds: float) -> Embedder:
        """The same for one caller, who waits no longer than so many seconds from now."""
        return _Within(self, self._clock() + seconds)

    def open_soon(self) -> Future[OnnxEmbedder]:
        """Begin to open the model, if that has not begun; waits for nothing."""
        if self._opening is None:
            self._opening = self._thread.submit(self._open)
        return self._opening

    def vectors(self, texts: Sequence[str], *, until: float) -> Sequence[Sequence[float]]:
        """A vector for each text, if they are there by then.  Raises EmbeddingFailed."""
        late = Event()
        reading = self._thread.submit(self._read, self.open_soon(), texts, late)
        try:
            return reading.result(max(until - self._clock(), 0.0))
        except TimeoutError:
            late.set()
            reason = f"{self._named} gave no answer in time"
        except HeadroomError as error:
            reason = str(error)
        self._tell_once(reason)
        raise EmbeddingFailed(reason)

    def _open(self) -> OnnxEmbedder:
        return open_embedder(self._files.result())

    @staticmethod
    def _read(
        opening: Future[OnnxEmbedder], texts: Sequence[str], late: Event
    ) -> Sequence[Sequence[float]]:
        # Opened before in this very thread.
        return opening.result().vectors(texts, late.is_set)

    def _missed(self, finding: Future[ModelFiles]) -> None:
        error = finding.exception()
        if error is not None:
            self._tell_once(str(error))

    def _tell_once(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            self._tell(f"{reason}; similarity goes by BM25")


@dataclass(frozen=True, slots=True)
class _Within:
    """A model, and until when one caller waits for it."""

    embedder: PatientEmbedder
    until: float

    def vectors(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text.  Raises EmbeddingFailed."""
        return self.embedder.vectors(texts, until=self.until)
