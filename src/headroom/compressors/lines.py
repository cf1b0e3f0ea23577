"""What every line-based compressor needs: a cheap glance, and escapes that can be undone."""

from __future__ import annotations

WINDOWS = 12
WINDOW_CHARACTERS = 2_048


def glance(text: str) -> str:
    """Whole lines from all over *text*, at most 24 KB, to tell its kind without reading it all."""
    if len(text) <= WINDOWS * WINDOW_CHARACTERS:
        return text
    step = len(text) // WINDOWS
    return "\n".join(_window(text, position * step) for position in range(WINDOWS))


def _window(text: str, start: int) -> str:
    window = text[start : start + WINDOW_CHARACTERS]
    if start:
        window = window.partition("\n")[2]
    return window.rpartition("\n")[0]


def escaped(line: str) -> str:
    """*line* marked as standing for itself, where it would be read as our own notation."""
    return "\\" + line


def worth_it(encoded: str, text: str) -> bool:
    """Whether *encoded* is shorter by more than a reader's trouble."""
    return len(encoded) <= len(text) - max(16, len(text) // 64)
