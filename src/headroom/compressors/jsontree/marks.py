"""Which parts of a JSON document the task touches, and which tell of a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from headroom.compressors.jsontree.style import Style
from headroom.compressors.jsontree.text import Array, Node, Object
from headroom.compressors.words import words_of

RARE_TIMES = 6
"""How often a word of the task may stand in a document and still point at something."""
FEW_WORDS = 16
LONG_NAME = 7
"""Letters from which any word may be the name of a member that is meant."""
FEW_TIMES = 2
"""The same for the name of a member."""
RARE_SHARE = 0.02
"""The same as a share of the document's values."""
LONGEST_VERDICT = 24
"""Characters of a value that says in a word or two how something went."""

_FAILURES = (
    *("error", "exception", "fail", "fatal", "critical", "panic", "traceback", "denied"),
    *("timed out", "timeout", "time out", "refused", "rejected", "unhealthy", "unreachable"),
    *("not found", "not-found", "not_found", "notfound", "aborted", "crash"),
)
NONE: frozenset[str] = frozenset()

# Words of any task, which point at nothing.
_EVERYDAY = frozenset(
    words_of(
        "about after all also an and any are as at be been before but by can could did do does "
        "each else find first for from get give got had has have here how if in into is it its "
        "just last let like list look make many may me more most my need new no not now of on one "
        "or other our out over please record records same see should show so some such tell than "
        "that the their them then there these they this those to two up us use used using want "
        "was we were what when where which while who why will with would you your json id name "
        "value values"
    )
)


class Marks:
    """The marks of one document."""

    def __init__(
        self,
        style: Style,
        text: str,
        names: Mapping[str, int],
        wanted: Collection[str],
        kept: Collection[str] = (),
    ) -> None:
        """*text* is that of the document, *names* say how often each of its keys stands in it.

        *wanted* are words in small letters, *kept* names of members that stay whole.
        """
        shown = style.show(text).lower()
        self.rare, self._pointing = _rare(shown, frozenset(wanted) - _EVERYDAY)
        """Words of the task that stand in the document, but not all over it."""
        self._style = style
        self._names = names
        self._wanted = frozenset(wanted)
        there = frozenset(key[1:-1].lower() for key in names)
        self._kept = there.intersection(kept)
        self._naming = there.intersection(_naming(wanted)) | self._kept
        self._failures = tuple(word for word in _FAILURES if word in shown)
        self.may_fail = bool(self._failures)
        """Whether words of failure stand in the document at all."""
        self._words: dict[Node, frozenset[str]] = {}
        self._keys: dict[tuple[str, ...], frozenset[str]] = {}
        self._verdicts: dict[str, bool] = {}
        self._failing: dict[Node, bool] = {}
        self._named: dict[Node, bool] = {}
        self._holding: dict[Node, bool] = {}

    def asked(self, node: Node) -> bool:
        """Whether the task points at *node*, by a word that stands hardly anywhere else."""
        return bool(self._pointing) and not self._pointing.isdisjoint(self.words(node))

    def points_at(self, key: str) -> bool:
        """Whether the task names the member of this key."""
        return not self._pointing.isdisjoint(self.in_name(key))

    def words(self, node: Node) -> frozenset[str]:
        """The rare words of the task in *node*: its unusual names and its values."""
        if not self.rare:
            return NONE
        known = self._words.get(node)
        if known is None:
            known = self._words[node] = self._find(node)
        return known

    def _find(self, node: Node) -> frozenset[str]:
        if isinstance(node, str):
            return self._in_text(node)
        if isinstance(node, Array):
            return NONE.union(*map(self.words, node.items))
        names = self._keys.get(node.keys)
        if names is None:
            names = self._keys[node.keys] = NONE.union(*map(self.in_name, node.keys))
        return names.union(*map(self.words, node.values))

    def in_name(self, key: str) -> frozenset[str]:
        """The rare words of the task in a key, unless many objects have it."""
        return self._in_text(key) if self._names.get(key, 0) <= FEW_TIMES else NONE

    def _in_text(self, spelled: str) -> frozenset[str]:
        if len(spelled) < 3:
            return NONE
        return words_in(self._style.show(spelled), self.rare)

    def is_said(self, key: str) -> bool:
        """Whether the name of this member is a word of the task."""
        return self.is_named(key) or says(self._wanted, key[1:-1])

    def is_named(self, key: str) -> bool:
        """Whether the task says the name of this member, however many objects have it."""
        return key[1:-1].lower() in self._naming

    def keeps(self, key: str) -> bool:
        """Whether the member of this name stays whole wherever it stands."""
        return bool(self._kept) and key[1:-1].lower() in self._kept

    def holds_kept(self, node: Node) -> bool:
        """Whether such a member stands in *node*."""
        if isinstance(node, str) or not self._kept:
            return False
        known = self._holding.get(node)
        if known is None:
            parts = node.items if isinstance(node, Array) else node.values
            known = isinstance(node, Object) and any(map(self.keeps, node.keys))
            known = self._holding[node] = known or any(map(self.holds_kept, parts))
        return known

    def names(self, node: Node) -> bool:
        """Whether the task says the name of a member in *node*."""
        if isinstance(node, str) or not self._naming:
            return False
        known = self._named.get(node)
        if known is None:
            parts = node.items if isinstance(node, Array) else node.values
            known = isinstance(node, Object) and any(map(self.is_named, node.keys))
            known = self._named[node] = known or any(map(self.names, parts))
        return known

    def fails(self, node: Node) -> bool:
        """Whether a value in *node* says in a word or two that something went wrong."""
        if isinstance(node, str):
            return self.is_failure(node)
        if not self.may_fail:
            return False
        known = self._failing.get(node)
        if known is None:
            parts = node.items if isinstance(node, Array) else node.values
            known = self._failing[node] = any(map(self.fails, parts))
        return known

    def is_failure(self, spelled: str) -> bool:
        """Whether this value is the verdict that something went wrong."""
        if not self._failures or len(spelled) > LONGEST_VERDICT or spelled[0] != '"':
            return False
        known = self._verdicts.get(spelled)
        if known is None:
            known = self._verdicts[spelled] = self.tells_of_failure(spelled)
        return known

    def tells_of_failure(self, text: str) -> bool:
        """Whether words of failure stand in this text of the document."""
        lower = text.lower()
        return any(word in lower for word in self._failures)


def says(wanted: frozenset[str], name: str) -> bool:
    """Whether these words hold the name of a field, its path or the last part of it."""
    path = name.lower()
    last = path.rpartition(".")[2]
    if path in wanted or last in wanted:
        return True
    if last.isidentifier():
        return False
    words = frozenset(words_of(last))
    return bool(words) and words <= wanted


def words_in(text: str, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the words *wanted* the text has."""
    lower = text.lower()
    # Looking for a few words is faster than taking a text apart that mostly has none of them.
    if len(wanted) <= FEW_WORDS and not any(word in lower for word in wanted):
        return NONE
    return wanted.intersection(words_of(lower))


def _rare(text: str, wanted: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these words are not all over the text, and which stand in few places."""
    counts = Counter(word for word in words_of(text) if word in wanted)
    most = max(RARE_TIMES, int(RARE_SHARE * text.count(",")))
    rare = frozenset(word for word, count in counts.items() if count <= most)
    return rare, frozenset(word for word in rare if counts[word] <= RARE_TIMES)


def _naming(wanted: Collection[str]) -> Iterator[str]:
    """Those of the words that can be nothing but the name of a member, or are long enough."""
    for word in wanted:
        last = word.rpartition(".")[2]
        if "_" in last or last != word or len(last) >= LONG_NAME:
            yield last
