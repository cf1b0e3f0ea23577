"""A page of HTML as a tree of our own, with what the extractor says of its boilerplate.

Read by resiliparse (extra `html`, imported when first used): its parser takes any text as a
browser would, and its main content extraction is asked about each part that looks like
boilerplate to us.  Why this one: docs/decisions/0011-pages-by-two-witnesses.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headroom.compressors.pages.parts import kind_of_part

if TYPE_CHECKING:
    from resiliparse.parse.html import ElementNode, HTMLTree, Node

DEEPEST = 100
"""Elements deeper than this stand beside one another: no page that is read looks deeper."""
DEEPEST_READ = 512
"""The extractor takes time with depth; what is deeper is no page that a person wrote."""
MOST_ATTRIBUTES = 500
LONG_TAG = 4_000

UNSEEN = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed"),
        *("video", "audio", "map", "link", "meta", "base", "head", "frameset"),
    }
)
"""Elements of which a reader sees no text."""

_ATTRIBUTES = (
    *("class", "id", "role", "style", "hidden", "aria-hidden", "href", "src", "alt", "name"),
    *("type", "value", "placeholder", "action", "method", "checked", "selected", "start"),
    *("colspan", "data-src", "aria-label", "title"),
)
_QUESTION = "⟦{}⟧"
_ANSWER = re.compile(r"⟦([0-9]{1,6})⟧")
_TAG = re.compile(r"<[a-zA-Z]")

# The four characters that HTML itself has to spell (html.spec.whatwg.org, "escaping a string"),
# kept as the page spells them while it is parsed, by characters that no page has.
SPELLED = ("&amp;", "&lt;", "&gt;", "&nbsp;")
_KEPT = ("\U0010fff0", "\U0010fff1", "\U0010fff2", "\U0010fff3")
_AS_SPELLED = str.maketrans(dict(zip(_KEPT, SPELLED, strict=True)))
_AS_MEANT = str.maketrans(dict(zip(_KEPT, "&<>\u00a0", strict=True)))


@dataclass(slots=True)
class Element:
    """An element of the page; *part* says what sort of boilerplate it is, if it may leave."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    part: str = ""

    def elements(self) -> Iterator[Element]:
        """This element and those inside it, in the order of the page."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += (one for one in reversed(element.children) if isinstance(one, Element))

    def texts(self) -> Iterator[str]:
        """The texts inside that a reader sees, in the order of the page."""
        waiting: list[Element | str] = [self]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                yield one
            elif one.tag not in UNSEEN:
                waiting += reversed(one.children)


def is_readable(html: str) -> bool:
    """Whether *html* can be read in time linear in its length: no tag with endless attributes."""
    for piece in html.split(">"):
        if len(piece) > LONG_TAG:
            tag = _TAG.search(piece)
            if tag is not None and len(piece[tag.start() :].split(None, MOST_ATTRIBUTES)) > (
                MOST_ATTRIBUTES
            ):
                return False
    return True


def read_page(html: str) -> Element | None:
    """The tree of a page; None where the extra is not installed or the page cannot be read."""
    try:
        from resiliparse.parse.html import HTMLParserException, HTMLTree  # noqa: PLC0415
    except ImportError:
        return None
    if not is_readable(html):
        return None
    try:
        page = HTMLTree.parse(_with_spelling_kept(html))
    except (HTMLParserException, UnicodeEncodeError):
        # The latter: half of a surrogate pair stands in the text.
        return None
    return _Reading(page).tree()


def as_spelled(text: str) -> str:
    """Text of the tree with `&amp;`, `&lt;`, `&gt;`, `&nbsp;` where the page has them."""
    return text.translate(_AS_SPELLED)


def as_meant(text: str) -> str:
    """Text of the tree with the characters that these stand for: in code and addresses."""
    return text.translate(_AS_MEANT)


def _with_spelling_kept(html: str) -> str:
    if any(mark in html for mark in _KEPT):
        return html
    for spelled, mark in zip(SPELLED, _KEPT, strict=True):
        html = html.replace(spelled, mark)
    return html


class _Reading:
    """One walk over the parser's tree, and the questions to the extractor."""

    def __init__(self, page: HTMLTree) -> None:
        self._page = page
        self._asked: list[tuple[ElementNode, Element, str]] = []
        self._is_too_deep = False

    def tree(self) -> Element | None:
        root = self._page.document.document_element if self._page.document else None
        if root is None:
            return None
        tree = self._walked(root)
        if self._is_too_deep:
            return None
        self._settle()
        return tree

    def _walked(self, root: ElementNode) -> Element:
        from resiliparse.parse.html import TEXT, ElementNode  # noqa: PLC0415  (as above)

        top = Element("")
        waiting: list[tuple[Node, Element, int]] = [(root, top, 0)]
        while waiting:
            node, parent, depth = waiting.pop()
            if node.type == TEXT:
                parent.children.append(node.value or "")
            elif isinstance(node, ElementNode):
                element = self._element(node)
                parent.children.append(element)
                inside = element if depth < DEEPEST else parent
                self._is_too_deep |= depth > DEEPEST_READ
                child = node.last_child
                while child is not None:
                    waiting.append((child, inside, depth + 1))
                    child = child.prev
        return top

    def _element(self, node: ElementNode) -> Element:
        element = Element(node.tag or "")
        for name in node.attrs:
            if name in _ATTRIBUTES:
                element.attributes[name] = as_meant(node.getattr(name) or "")
        part = kind_of_part(element.tag, element.attributes)
        if part:
            self._asked.append((node, element, part))
        return element

    def _settle(self) -> None:
        """Ask which of the parts that look like boilerplate are main content after all."""
        from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415  (as above)

        for number, (node, _, _) in enumerate(self._asked):
            question = self._page.create_text_node(_QUESTION.format(number))
            if question is not None:
                node.insert_before(question, node.first_child)
        text = extract_plain_text(self._page, main_content=True, alt_texts=False)
        kept = {int(found) for found in _ANSWER.findall(text)}
        for number, (_, element, part) in enumerate(self._asked):
            if number not in kept:
                element.part = part
