"""An index of the lines that a conversation has sent so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# A run shorter than this costs more as a reference than as text.
SHORTEST_RUN_CHARACTERS = 200
# Lines shorter than this ("}", "---", blanks) stand everywhere; they never begin a run.
SHORTEST_KEY_CHARACTERS = 8
PLACES_PER_LINE = 4
LINE_BITS = 24
LINES_PER_STEP = 2_000
SMALL_LAYER_LINES = 1_000


@dataclass(slots=True)
class _Layer:
    """Lines by hash.  Numbers only: a list for each line would keep the collector busy."""

    places: dict[int, int] = field(default_factory=dict)
    further: dict[int, tuple[int, ...]] = field(default_factory=dict)
    whole: dict[int, int] = field(default_factory=dict)

    def add(self, key: int, place: int) -> None:
        if self.places.setdefault(key, place) == place:
            return
        further = self.further.get(key, ())
        if len(further) < PLACES_PER_LINE - 1:
            self.further[key] = (*further, place)

    def all_places(self, key: int) -> tuple[int, ...]:
        first = self.places.get(key)
        return () if first is None else (first, *self.further.get(key, ()))

    def take_in(self, earlier: _Layer) -> None:
        """Hold also what an earlier layer holds, whose places come first."""
        further = {**earlier.further, **self.further}
        for key in self.places.keys() & earlier.places.keys():
            both = (*earlier.all_places(key), *self.all_places(key))
            further[key] = both[1:PLACES_PER_LINE]
        self.further = further
        self.places = {**self.places, **earlier.places}
        self.whole = {**self.whole, **earlier.whole}


class Seen:
    """An index of lines by hash, with the number of the text and the line where each stands.

    One belongs to one conversation up to one block.  A longer one grows from it in a layer of
    its own, so that several conversations can go on from the same beginning.  *texts* is how
    many texts it covers.
    """

    __slots__ = ("_layers", "_new", "texts")

    def __init__(self, earlier: Sequence[_Layer] = (), *, texts: int = 0) -> None:
        self._new = _Layer()
        self._layers = list(earlier)
        # Small layers become one, as in a log-structured tree: few layers, few copies.
        while self._layers and len(self._layers[0].places) <= len(self) + SMALL_LAYER_LINES:
            self._new.take_in(self._layers.pop(0))
        self.texts = texts

    def __len__(self) -> int:
        """How many lines its own layer holds."""
        return len(self._new.places)

    def grown(self) -> Seen:
        """An index of the same texts that can be added to without changing this one."""
        return Seen([self._new, *self._layers], texts=self.texts)

    def add(self, *, text: str, sent: str) -> None:
        """Take in the next text: *text* as the client sent it, *sent* as it goes out."""
        for _ in self.adding(text=text, sent=sent):
            pass

    def adding(self, *, text: str, sent: str) -> Iterator[None]:
        """The same in short steps, for those who must not work long at a time."""
        number = self.texts
        if len(text) >= SHORTEST_RUN_CHARACTERS:
            self._new.whole.setdefault(hash(text), number)
        for position, line in enumerate(sent.split("\n")):
            if position % LINES_PER_STEP == LINES_PER_STEP - 1:
                yield
            if len(line) >= SHORTEST_KEY_CHARACTERS:
                self._new.add(hash(line), number << LINE_BITS | position)
        self.texts += 1

    def whole(self, text: str) -> int | None:
        """The number of the first earlier text that may be this whole text."""
        key = hash(text)
        found = (
            layer.whole[key] for layer in (*reversed(self._layers), self._new) if key in layer.whole
        )
        return next(found, None)

    def places(self, line: str) -> Sequence[int]:
        """Where this line may stand, earliest first; see `unpacked`."""
        if len(line) < SHORTEST_KEY_CHARACTERS:
            return ()
        key = hash(line)
        places = self._new.all_places(key)
        for layer in self._layers:
            places = (*layer.all_places(key), *places)
        return places[:PLACES_PER_LINE]


def unpacked(place: int) -> tuple[int, int]:
    """The number of the text and of the line, both counted from 0."""
    return place >> LINE_BITS, place & ((1 << LINE_BITS) - 1)
