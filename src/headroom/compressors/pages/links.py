"""Where a page's links lead, as far as that tells something."""

from __future__ import annotations

from headroom.compressors.pages.tree import Element

LONGEST_ADDRESS = 300
SHOWN_OF_ADDRESS = 80

_PERMALINKS = frozenset({"¶", "#", "§", "🔗", "Permalink", "permalink", "Link to this heading"})
_NOWHERE = ("#", "javascript:")


def address_of(element: Element, *attributes: str) -> str:
    """The first of these attributes that leads somewhere, as one word; empty for nowhere."""
    for name in attributes:
        address = "".join(element.attributes.get(name, "").split())
        if address and not address.lower().startswith(_NOWHERE):
            return _short(address)
    return ""


def is_permalink(element: Element, text: str) -> bool:
    """Whether this is the sign beside a heading that leads to the heading itself."""
    return text in _PERMALINKS and element.attributes.get("href", "")[:1] == "#"


def _short(address: str) -> str:
    if len(address) <= LONGEST_ADDRESS:
        return address
    left = len(address) - SHOWN_OF_ADDRESS
    return f"{address[:SHOWN_OF_ADDRESS]}[… {left:,} characters left out]"
