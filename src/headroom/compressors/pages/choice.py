"""What stays of a page: its content as Markdown; of a very long one what tells most.

The content is what the page was fetched for, so it stays beyond the room, up to a few times as
much.  Of a page that is longer still stay the headings, the beginnings of sections, and what
holds words of the task that few texts of the page hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice

from headroom.compressors.base import Ask, Reduced
from headroom.compressors.lines import quoted_ends
from headroom.compressors.names import chosen_names, names_in
from headroom.compressors.pages.blocks import Block, Wanted, Written, joined
from headroom.compressors.pages.leaving import FAILURE
from headroom.compressors.pages.markdown import written
from headroom.compressors.pages.tree import Element, read_page
from headroom.compressors.relevance import rare_words
from headroom.compressors.units import Unit, chosen, gaps
from headroom.compressors.words import words_of

CONTENT_SHARE = 4
"""Times the room that the content of a page may have."""
NAMES_SHARE = 0.2
"""Of the room, for the names in what leaves: see docs/decisions/0012."""
SHORTEST_WORD = 3
SHORT_PAGE = 200
"""Characters below which a page says next to nothing without its scripts: they are named."""
MOST_SCRIPTS = 12
MOST_TOLD = 4

_PICTURES = frozenset({"image", "images", "img", "picture", "pictures", "photo", "photos", "logo"})
_ASKED, _HEADING, _FAILED, _BEGINNING, _CODE, _USUAL, _LINKS = 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.5


def reduced_page(html: str, ask: Ask, room: int) -> Reduced | None:
    """The page as Markdown, or None where it cannot be read."""
    page = read_page(html)
    if page is None:
        return None
    words = _rare_words(page, ask.words)
    done = written(page, Wanted(words, pictures=not _PICTURES.isdisjoint(ask.words)))
    blocks = [*done.blocks, *_scripts_of_short_page(page, done)]
    if not blocks:
        return None
    of = sum(1 for _ in page.elements()) - 1
    text, left_out = _within(blocks, words, CONTENT_SHARE * room)
    return Reduced(
        before=text,
        gone=sum(done.gone.values()),
        of=of,
        unit="elements",
        told=_told(done, left_out),
    )


def _rare_words(page: Element, asked: Collection[str]) -> frozenset[str]:
    """The words that were asked for and that few texts of the page hold."""
    wanted = {word for word in asked if len(word) >= SHORTEST_WORD}
    if not wanted:
        return frozenset()
    return rare_words(wanted.intersection(words_of(text)) for text in page.texts())


def _scripts_of_short_page(page: Element, done: Written) -> Iterator[Block]:
    """What a page that says next to nothing is made of: what it loads, and where it puts it."""
    if sum(len(block.text) for block in done.blocks) >= SHORT_PAGE:
        return
    sources = (one.attributes.get("src", "") for one in page.elements() if one.tag == "script")
    for source in islice(filter(None, sources), MOST_SCRIPTS):
        yield Block(f'<script src="{source[:SHORT_PAGE]}">', "item")


def _within(blocks: Sequence[Block], rare: frozenset[str], most: int) -> tuple[str, int]:
    """The blocks that have room, with the gaps named; and how many characters left."""
    if sum(len(block.text) + 2 for block in blocks) <= most:
        return joined(blocks), 0
    units = [Unit(block.text, number) for number, block in enumerate(blocks)]
    kept = chosen(units, {0}, list(_worth(blocks, rare)), int(most * (1 - NAMES_SHARE)))
    holes = gaps(len(blocks), kept)
    names = names_in(block.text for block in blocks)
    named = chosen_names(
        [chain.from_iterable(names[first : last + 1]) for first, last in holes],
        {name for index in kept for name in names[index]},
        int(most * NAMES_SHARE),
    )
    shown: list[Block] = []
    left = at = 0
    for (first, last), said in zip(holes, named, strict=True):
        gone = blocks[first : last + 1]
        shown += (*blocks[at:first], _gap(gone, said))
        left += sum(len(block.text) for block in gone)
        at = last + 1
    return joined([*shown, *blocks[at:]]), left


def _gap(gone: Sequence[Block], names: Sequence[str]) -> Block:
    length = sum(len(block.text) for block in gone)
    ends = quoted_ends([line for block in gone for line in block.text.split("\n")])
    said = f"; named there: {', '.join(names)}" if names else ""
    return Block(f"[… left out: {length:,} characters, {ends}{said}]", "gap")


def _worth(blocks: Sequence[Block], rare: frozenset[str]) -> Iterator[float]:
    since_heading = 0
    for block in blocks:
        since_heading = 0 if block.kind == "heading" else since_heading + 1
        if rare and not rare.isdisjoint(words_of(block.text)):
            yield _ASKED
        elif block.kind in {"heading", "gap"}:
            yield _HEADING
        elif FAILURE.search(block.text):
            yield _FAILED
        elif since_heading == 1:
            yield _BEGINNING
        elif block.kind == "code":
            yield _CODE
        else:
            is_link = block.text.lstrip("- ").startswith("[") and block.text.endswith(")")
            yield _LINKS if is_link else _USUAL


def _told(done: Written, left_out: int) -> str:
    """` (script 12, navigation 3) and 3,456 characters of the content; the rest is Markdown`."""
    most = sorted(done.gone.items(), key=lambda one: (-one[1], one[0]))
    more = sum(count for _, count in most[MOST_TOLD:])
    said = [f"{what} {count}" for what, count in most[:MOST_TOLD]]
    said += [f"others {more}"] if more else []
    kinds = f" ({', '.join(said)})" if said else ""
    content = f" and {left_out:,} characters of the content" if left_out else ""
    return f"{kinds}{content}; the rest is shown as Markdown"
