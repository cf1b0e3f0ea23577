"""Listings (find, glob, ls, tree, git status): what the entries share is said once.

Each layout of such output has its own file: lists of paths, the rows of `ls -l`, drawn
trees.  The first line of an encoded text says which it is and how to read it.
"""

from __future__ import annotations

import re

from headroom.compressors.base import Origin
from headroom.compressors.lines import glance, worth_it
from headroom.compressors.lists import paths as listing_paths
from headroom.compressors.lists import rows as listing_rows
from headroom.compressors.lists import tree as listing_tree

LAYOUTS = (listing_paths, listing_rows, listing_tree)
_RETURNS = re.compile(r"( with CRLF from line ([0-9]{1,9}) to ([0-9]{1,9}))$")


class Listing:
    """Names of files and directories, with or without what is known about them."""

    name = "listing"
    kind = "listing"
    strategy = "listing"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* in the shortest layout that fits it, or None."""
        sample = glance(text).replace("\r", "").split("\n")
        layouts = [layout for layout in LAYOUTS if layout.is_likely(sample)]
        if not layouts:
            return None
        lines, note = _without_returns(text.split("\n"))
        found = [encoded for layout in layouts if (encoded := layout.encode(lines)) is not None]
        if not found:
            return None
        encoded = min(("\n".join((header + note, *body)) for header, body in found), key=len)
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The listing as the tool printed it."""
        header, newline, body = encoded.partition("\n")
        returns = _RETURNS.search(header)
        if returns is not None:
            header = header[: returns.start()]
        for layout in LAYOUTS:
            if newline and header.startswith(layout.HEADER) and header.endswith("]"):
                lines = list(layout.decode(header, body.split("\n")))
                return "\n".join(_with_returns(lines, returns))
        raise ValueError("not a listing as we write it: the header line is missing")


def _without_returns(lines: list[str]) -> tuple[list[str], str]:
    """The lines without the carriage returns at their ends, and which lines had them.

    Terminals end their lines with CRLF, but the sentence that an agent puts before or after
    does not.  Lines that end now so, now so are left as they are.
    """
    ends = [line.endswith("\r") for line in lines]
    count = sum(ends)
    if not count:
        return lines, ""
    first = ends.index(True)
    if not all(ends[first : first + count]):
        return lines, ""
    bare = [line[:-1] if ended else line for line, ended in zip(lines, ends, strict=True)]
    return bare, f" with CRLF from line {first + 1} to {first + count}"


def _with_returns(lines: list[str], returns: re.Match[str] | None) -> list[str]:
    if returns is None:
        return lines
    first, last = int(returns[2]) - 1, int(returns[3])
    if last > len(lines):
        raise ValueError(f"CRLF to line {last}, but there are only {len(lines)} lines")
    return [*lines[:first], *(line + "\r" for line in lines[first:last]), *lines[last:]]
