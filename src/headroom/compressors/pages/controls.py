"""Controls of forms as HTML, which Markdown may hold: with what names and values they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom.compressors.pages.tree import Element, as_meant

CONTROLS = frozenset({"input", "select", "textarea", "button"})
MOST_OPTIONS = 12
FIRST_OPTIONS = 5
LONGEST_VALUE = 200

_SHOWN = ("type", "name", "value", "placeholder", "checked", "selected")
_SHOWN_OF_FORM = ("action", "method")


def control(element: Element) -> str:
    """A control with its attributes; a button that is named nowhere is what it says."""
    text = _text(element)
    if element.tag == "button" and "name" not in element.attributes:
        return f"[{text}]" if text else ""
    if element.tag == "input":
        return _opened(element)
    inside = "".join(_options(element)) if element.tag == "select" else text
    return f"{_opened(element)}{inside}</{element.tag}>"


def form(element: Element) -> str:
    """Where a form is sent, and how."""
    return _opened(element, _SHOWN_OF_FORM)


def _opened(element: Element, names: Sequence[str] = _SHOWN) -> str:
    shown = "".join(
        f' {name}="{_short(element.attributes[name])}"' if element.attributes[name] else f" {name}"
        for name in names
        if name in element.attributes
    )
    return f"<{element.tag}{shown}>"


def _options(element: Element) -> Iterator[str]:
    options = [one for one in element.elements() if one.tag == "option"]
    is_long = len(options) > MOST_OPTIONS
    gone = 0
    for number, option in enumerate(options):
        if is_long and number >= FIRST_OPTIONS and "selected" not in option.attributes:
            gone += 1
        else:
            yield f"{_opened(option)}{_text(option)}"
    if gone:
        yield f"[… {gone} of {len(options)} options left out]"


def _text(element: Element) -> str:
    return _short(" ".join(as_meant("".join(element.texts())).split()))


def _short(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"[… {len(text):,} characters left out]"
