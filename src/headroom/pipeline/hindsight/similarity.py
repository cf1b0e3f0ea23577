"""How near turns are to the task by what they mean, as a model of sentences sees it.

It takes the place of BM25 in telling importance where there is such a model: two texts can be
about the same without sharing a word.  The model is opened elsewhere (`headroom.embedding_model`)
and passed in; it reads the ends of texts, as much in all as a processor can in a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from headroom.embedding import Embedder, EmbeddingFailed, cosine
from headroom.pipeline.hindsight.importance import RECENT_TURNS
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.turns import Turn

MOST_TURNS = 100
"""Of more the largest are read: what leaves is chosen to make room."""
MOST_CHARACTERS = 4_000
"""Of all turns together, 1,500 to 2,000 tokens.  A model of 22 million parameters reads them in
half a second on one core; with six times as many no more of what was used stayed."""
LONGEST_TURN, SHORTEST_TURN = 600, 60
TASK_CHARACTERS, SAID_CHARACTERS = 600, 200
SHORTEST_PIECE = 20
"""Characters of a text that say something; of more texts than have room the first are read."""
HEAD_SHARE = 2 / 3
LEAST_SPREAD = 0.1
"""Cosines that lie nearer to each other tell little: they are not drawn apart as far."""
UNKNOWN = 0.5


def by_meaning(
    embedder: Embedder | None, scene: Scene, turns: Sequence[Turn]
) -> Mapping[int, float]:
    """By number, how near each of these turns is to the task: 0 the farthest, 1 the nearest.

    Nothing where nobody can tell.
    """
    task = _task(scene)
    waiting = [turn for turn in turns if not _has_left(scene, turn)]
    if embedder is None or len(waiting) < 2 or not task:
        return {}
    chosen = sorted(waiting, key=lambda turn: -_length(scene, turn))[:MOST_TURNS]
    room = max(min(MOST_CHARACTERS // len(chosen), LONGEST_TURN), SHORTEST_TURN)
    gists = {turn.number: _gist(_texts(scene, turn.blocks), room) for turn in chosen}
    telling = [number for number, gist in gists.items() if gist]
    try:
        vectors = embedder.vectors([task, *(gists[number] for number in telling)])
    except EmbeddingFailed:
        return {}
    near = _cosines(vectors)
    if len(near) != len(telling) or not all(map(math.isfinite, near)):
        return {}
    unknown = {turn.number: UNKNOWN for turn in turns}
    return unknown | dict(zip(telling, _drawn_apart(near), strict=True))


def _task(scene: Scene) -> str:
    """What is being done now: the last task, and what was said lately."""
    asked = next(
        (b.text for b in reversed(scene.blocks) if b.role == "user" and not b.editable), ""
    )
    recent = chain.from_iterable(turn.blocks for turn in scene.turns[-RECENT_TURNS:])
    said = _texts(scene, (index for index in recent if scene.blocks[index].role == "assistant"))
    lately = "\n".join(_ends(text, SAID_CHARACTERS) for text in said)
    return f"{_ends(asked, TASK_CHARACTERS)}\n{lately[-RECENT_TURNS * SAID_CHARACTERS :]}".strip()


def _has_left(scene: Scene, turn: Turn) -> bool:
    return any(scene.form(index).told_by >= 0 for index in turn.blocks)


def _length(scene: Scene, turn: Turn) -> int:
    return sum(len(scene.blocks[index].text) for index in turn.blocks)


def _texts(scene: Scene, indexes: Iterable[int]) -> list[str]:
    """What these blocks say, without what only its provider can read; of calls no ids."""
    blocks = (scene.blocks[index] for index in indexes)
    said = (
        f"{block.call.name} {block.call.arguments}"
        if block.kind == "tool_call" and block.call is not None
        else block.text
        for block in blocks
        if block.kind != "opaque"
    )
    return [text for text in said if not text.isspace() and text]


def _gist(texts: Sequence[str], room: int) -> str:
    """The ends of each text, so much of them as has room; what one leaves is for the others."""
    return "\n".join(_pieces(texts[: room // SHORTEST_PIECE], room))


def _pieces(texts: Sequence[str], room: int) -> Iterator[str]:
    for at, text in enumerate(texts):
        piece = _ends(text, room // (len(texts) - at))
        room -= len(piece)
        yield piece


def _ends(text: str, room: int) -> str:
    """The text without needless space, if it is longer its beginning and its end."""
    if len(text) > 4 * room:
        text = f"{text[: 2 * room]} {text[-2 * room :]}"
    text = " ".join(text.split())
    if len(text) <= room:
        return text
    head = int(HEAD_SHARE * room)
    return f"{text[:head]} {text[-(room - head) :]}"


def _cosines(vectors: Sequence[Sequence[float]]) -> list[float]:
    """Of the first vector with each of the others; none where they are not of one length."""
    if not vectors or any(len(one) != len(vectors[0]) for one in vectors):
        return []
    task, *others = vectors
    return [cosine(task, one) for one in others]


def _drawn_apart(near: Sequence[float]) -> list[float]:
    """The same from 0 to 1: for some models all texts lie near each other, for others none."""
    low, high = min(near), max(near)
    spread = max(high - low, LEAST_SPREAD)
    # Three digits are the same on every processor.
    return [round(UNKNOWN + (each - (low + high) / 2) / spread, 3) for each in near]
