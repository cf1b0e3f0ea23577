"""How a JSON text is laid out, in a few words: enough to write it again to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.jsontree.text import Array, Node, Object, is_embedded

ASCII_WORDS = ("ascii", "ASCII")

_SAMPLE = 20_000
_FIRST_BREAK = re.compile(r"[\[{](\r?\n)([ \t]*)")
_COLON = re.compile(r'"(\s*:\s*)')
_HIGH_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HTML_ESCAPE = re.compile(r"\\u00(?:3[ce]|26)")
_INLINE = re.compile(r"\[( ?)(?:-?[0-9]|\"[^\"\\\[\]{}]*+\"|true|false|null)")
_OPEN = re.compile(r"\[\r?\n\r?\n[ \t]*+\]")
_BEYOND_ASCII = re.compile(r"[\x7f-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|[\s\S])")
_SHORT_ESCAPES = MappingProxyType({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SHORT_UNESCAPES = MappingProxyType({spelled: text for text, spelled in _SHORT_ESCAPES.items()})
_HTML = re.compile(r"[<>&]")


@dataclass(frozen=True, slots=True)
class Style:
    """The layout of one JSON text.

    *newline* is empty when everything stands on one line.  *inline* is what stands inside the
    brackets of an array of scalars that stays on one line in a text of many lines, or None
    when each item has its line.  *open* says that an empty array or object takes three lines.
    *escaped* names what is always escaped: `ascii` (all beyond
    it, hex digits in small letters; `ASCII` in capitals), `html`, `slash`.
    """

    newline: str = ""
    indent: str = ""
    comma: str = ", "
    colon: str = ": "
    inline: str | None = None
    open: bool = False
    escaped: tuple[str, ...] = ()

    def words(self) -> str:
        """The style in the words of a header; empty for what Python writes on one line."""
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        if self.newline:
            yield "indent=" + ("tab" if self.indent == "\t" else str(len(self.indent)))
        if "\r" in self.newline:
            yield "crlf"
        if not self.newline and self.comma == ",":
            yield "tight"
        if self.colon != _usual_colon(self.newline, self.comma):
            yield f"colon={self.colon.replace(' ', '_')}"
        if self.inline is not None:
            yield "inline-spaced" if self.inline else "inline"
        if self.open:
            yield "open"
        yield from self.escaped

    @staticmethod
    def read(words: str) -> Style:
        """The style that *words* name.  Raises ValueError on any other."""
        given = dict(word.partition("=")[::2] for word in words.split())
        newline = indent = ""
        if "indent" in given:
            newline = "\r\n" if "crlf" in given else "\n"
            indent = "\t" if given["indent"] == "tab" else " " * int(given["indent"])
        comma = "," if newline or "tight" in given else ", "
        usual = _usual_colon(newline, comma).replace(" ", "_")
        inline = " " if "inline-spaced" in given else "" if "inline" in given else None
        return Style(
            newline=newline,
            indent=indent,
            comma=comma,
            colon=given.get("colon", usual).replace("_", " "),
            inline=inline,
            open="open" in given,
            escaped=tuple(word for word in ("ascii", "ASCII", "html", "slash") if word in given),
        )

    def show(self, body: str) -> str:
        """The inside of a string as the reader sees it: what is always escaped is not."""
        if "\\" in body:
            if self._unescapes:
                body = _ESCAPE.sub(self._shown, body)
            if "slash" in self.escaped:
                body = body.replace("\\/", "/")
        return body

    def hide(self, shown: str) -> str:
        """The inside of a string as it was spelled; the inverse of `show`."""
        if "slash" in self.escaped:
            shown = shown.replace("/", "\\/")
        if "html" in self.escaped:
            shown = _HTML.sub(_small_hex, shown)
        if not shown.isascii() or "\x7f" in shown:
            if "ascii" in self.escaped:
                shown = _BEYOND_ASCII.sub(_small_hex, shown)
            elif "ASCII" in self.escaped:
                shown = _BEYOND_ASCII.sub(_capital_hex, shown)
        return shown

    def spelled(self, text: str) -> str:
        """The string that says *text*, with its quotes."""
        return f'"{self.hide(escaped(text))}"'

    @property
    def _unescapes(self) -> bool:
        return any(word != "slash" for word in self.escaped)

    def _shown(self, match: re.Match[str]) -> str:
        first, second = match.group(1, 2)
        if first is None:
            return match[0]
        code = int(first, 16)
        if code < 0x7F:
            return chr(code) if "html" in self.escaped and code in (0x26, 0x3C, 0x3E) else match[0]
        if not any(word in self.escaped for word in ASCII_WORDS):
            return match[0]
        if second is not None:
            if not 0xD800 <= code < 0xDC00:
                return match[0]
            return chr(0x10000 + ((code - 0xD800) << 10) + int(second, 16) - 0xDC00)
        return match[0] if 0xD800 <= code < 0xE000 else chr(code)


def guess_style(text: str) -> Style:
    """The style that the beginning of *text* suggests; only writing it again proves it."""
    broken = _FIRST_BREAK.search(text, 0, _SAMPLE)
    newline, margin = broken.group(1, 2) if broken else ("", "")
    colon = _COLON.search(text, 0, _SAMPLE)
    sample = text[:_SAMPLE]
    comma = "," if newline or 2 * sample.count(', "') < sample.count(',"') else ", "
    if not newline and ', "' not in sample and '","' not in sample:
        comma = ", " if re.search(r"[0-9el\]}], [-0-9tfn\[{]", sample) else ","
    inline = _INLINE.search(text) if newline else None
    return Style(
        newline=newline,
        indent=margin,
        comma=comma,
        colon=colon[1] if colon else _usual_colon(newline, comma),
        inline=inline[1] if inline else None,
        open=bool(newline and _OPEN.search(text)),
        escaped=tuple(_guess_escapes(text)),
    )


def render(node: Node, style: Style) -> str:
    """The JSON text of *node* in *style*."""
    return node if isinstance(node, str) else _render(node, style, style.newline)


def respelled(node: Node, old: Style, new: Style) -> Node:
    """*node* with its strings spelled in the *new* style instead of the *old* one."""
    if old.escaped == new.escaped:
        return node
    if isinstance(node, str):
        return f'"{new.hide(old.show(node[1:-1]))}"' if node[0] == '"' else node
    if isinstance(node, Array):
        return Array(tuple(respelled(item, old, new) for item in node.items))
    keys = [str(respelled(key, old, new)) for key in node.keys]
    return Object(tuple(keys), tuple(respelled(value, old, new) for value in node.values))


def _render(node: Array | Object, style: Style, margin: str) -> str:
    inner = margin + style.indent if margin else ""
    if isinstance(node, Array):
        if style.inline is not None and _is_flat(node):
            items = ", ".join(item for item in node.items if isinstance(item, str))
            return f"[{style.inline}{items}{style.inline}]" if items else "[]"
        opening, closing = "[", "]"
        parts = [
            item if isinstance(item, str) else _render(item, style, inner) for item in node.items
        ]
    else:
        if is_embedded(node):
            return _embedded(node, style)
        opening, closing, colon = "{", "}", style.colon
        parts = [
            f"{key}{colon}{value if isinstance(value, str) else _render(value, style, inner)}"
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    if parts:
        return f"{opening}{inner}{(style.comma + inner).join(parts)}{margin}{closing}"
    if style.open and margin:
        return f"{opening}{style.newline}{margin}{closing}"
    return opening + closing


def _embedded(node: Object, style: Style) -> str:
    own = Style.read(node.keys[0][len("json[") : -1])
    inside = render(respelled(node.values[0], style, own), own)
    return style.spelled(inside)


def escaped(text: str) -> str:
    """*text* as it stands inside a JSON string, as most writers spell it."""
    for character, spelled in _SHORT_ESCAPES.items():
        text = text.replace(character, spelled)
    return text


def unescaped(body: str) -> str | None:
    """The text inside a JSON string, or None when `escaped` would spell it otherwise."""
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(lambda match: _SHORT_UNESCAPES.get(match[0], match[0]), body)
    return text if escaped(text) == body else None


def _is_flat(array: Array) -> bool:
    return all(isinstance(item, str) for item in array.items)


def _usual_colon(newline: str, comma: str) -> str:
    return ": " if newline or comma == ", " else ":"


def _guess_escapes(text: str) -> Iterator[str]:
    if "\\" not in text:
        return
    if text.isascii():
        for match in _HIGH_ESCAPE.finditer(text):
            if int(match[1], 16) >= 0x7F and not match[1].isdigit():
                yield "ASCII" if match[1] != match[1].lower() else "ascii"
                break
        else:
            if any(int(match[1], 16) >= 0x7F for match in _HIGH_ESCAPE.finditer(text)):
                yield "ascii"
    if _HTML_ESCAPE.search(text) and not _HTML.search(text):
        yield "html"
    if "\\/" in text and not re.search(r"(?<!\\)/", text):
        yield "slash"


def _small_hex(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _capital_hex(match: re.Match[str]) -> str:
    return _small_hex(match).upper().replace("\\U", "\\u")
