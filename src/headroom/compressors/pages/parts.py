"""Parts of a page that look like boilerplate, by tag, role, class and id, and what they are.

Only a first look: such a part leaves where the extractor too says that it is not content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_BY_TAG: Mapping[str, str] = MappingProxyType(
    {"nav": "navigation", "menu": "menu", "footer": "footer", "aside": "sidebar"}
)
# Landmarks and widgets of WAI-ARIA 1.2 that do not hold the content of a page.
_BY_ROLE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("navigation", "menu", "menubar", "tablist", "directory"), "navigation"),
        **dict.fromkeys(("banner", "contentinfo"), "header or footer"),
        **dict.fromkeys(("dialog", "tooltip"), "pop-up"),
        "complementary": "sidebar",
        "search": "search form",
    }
)
_WORDS_OF: Mapping[str, str] = MappingProxyType(
    {
        "navigation": "nav navbar navigation menu submenu breadcrumb breadcrumbs topbar sitenav",
        "header": "header masthead banner",
        "footer": "footer colophon copyright",
        "sidebar": "sidebar rail widget widgets",
        "cookie notice": "cookie cookies consent gdpr",
        "advertisement": "ad ads advert advertisement adsense sponsor sponsored promo promotion",
        "sharing links": "share sharing social addthis sharethis follow",
        "related links": "related recommended recommendations trending outbrain taboola mostread",
        "sign-up": "newsletter subscribe signup",
        "search form": "search searchform searchbox",
        "pop-up": "modal popup overlay lightbox tooltip dropdown offcanvas",
        "hidden part": "hidden hide sr-only visually-hidden screen-reader-text skip",
    }
)
_BY_WORD: Mapping[str, str] = MappingProxyType(
    {word: part for part, words in _WORDS_OF.items() for word in words.split()}
)
_NEVER = frozenset({"html", "body", "main", "article", "h1", "pre", "code", "td", "tr", "tbody"})
_LONGEST_NAMES = 400

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_UNSHOWN = re.compile(r"(?:display|visibility)\s{0,4}:\s{0,4}(?:none|hidden)", re.IGNORECASE)


def kind_of_part(tag: str, attributes: Mapping[str, str]) -> str:
    """What sort of boilerplate an element looks like, in a word or two; empty for none."""
    if tag in _NEVER:
        return ""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return "hidden part"
    if _UNSHOWN.search(attributes.get("style", "")[:_LONGEST_NAMES]):
        return "hidden part"
    named = _by_name(attributes)
    return named or _BY_TAG.get(tag) or _BY_ROLE.get(attributes.get("role", ""), "")


def _by_name(attributes: Mapping[str, str]) -> str:
    named = f"{attributes.get('id', '')} {attributes.get('class', '')}"[:_LONGEST_NAMES]
    for name in named.split():
        if name in _BY_WORD:
            return _BY_WORD[name]
    for word in _WORD.findall(named):
        if word.lower() in _BY_WORD:
            return _BY_WORD[word.lower()]
    return ""
