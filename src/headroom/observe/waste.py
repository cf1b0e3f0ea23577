"""What was shortened, in the words of the original: its signals of waste."""

from __future__ import annotations

WASTE = ("json_bloat", "html_noise", "base64", "whitespace", "dynamic_date", "repetition")


def waste_of(kind: str, by: str) -> str:
    """The signal that blocks of this kind, shortened by these strategies, are told as, if any."""
    strategies = by.split("+")
    if kind == "records":
        return "json_bloat"
    if kind == "markup":
        return "html_noise"
    if "repeat" in strategies:
        return "repetition"
    return "whitespace" if "clean" in strategies else ""
