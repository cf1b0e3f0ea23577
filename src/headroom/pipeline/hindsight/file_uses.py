"""Where a conversation reads files and changes them, so that a reading can be told outdated."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headroom.conversation import Block, Form
from headroom.pipeline.again import VIEWING, name_words
from headroom.pipeline.origin import origin
from headroom.pipeline.texts import RAW

MOST_READ_AT_ONCE = 1_900
"""Lines: agents show 2,000 of a file that was asked for whole, and the rest only when asked."""

_CHANGING = frozenset({"edit", "write", "patch", "replace", "update", "create", "insert"})
_PARTS = ("offset", "limit", "view_range", "start_line", "end_line", "range")


@dataclass(slots=True)
class _Uses:
    """Of one file: the blocks that tell of its changes, and the last that shows it, by how it
    was asked for; whole under no name.
    """

    changes: list[int] = field(default_factory=list)
    last_shown: dict[str, int] = field(default_factory=dict)


class FileUses:
    """The files of a conversation, by path; *forms* are those in which its blocks are sent."""

    def __init__(self, blocks: Sequence[Block], forms: Mapping[int, Form]) -> None:
        self._blocks = blocks
        self._uses: defaultdict[str, _Uses] = defaultdict(_Uses)
        for index, block in enumerate(blocks):
            has_left = forms.get(index, RAW).told_by >= 0
            if block.kind == "tool_result" and not block.is_error and not has_left:
                self._note(index, block)

    def newer(self, index: int) -> str:
        """The path of the file that this block is a reading of, if it was changed afterwards
        and then read again as it was here, or whole; else nothing.
        """
        path = self._read_path(index)
        uses = self._uses.get(path)
        if not path or uses is None:
            return ""
        block = self._blocks[index]
        at = bisect_right(uses.changes, index)
        changed = uses.changes[at] if at < len(uses.changes) else len(self._blocks)
        shown = max(uses.last_shown.get(name, -1) for name in ("", _part(block)))
        if shown < changed:
            return ""
        now = self._blocks[shown]
        # An agent may answer a second reading with a word ("unchanged"): that shows nothing.
        shows_it = now.text != block.text and 2 * _lines(now) >= _lines(block)
        return path if shows_it else ""

    def _note(self, index: int, block: Block) -> None:
        path = origin(self._blocks, index).path
        if not path:
            return
        uses = self._uses[path]
        part = _part(block)
        if not self._read_path(index):
            uses.changes.append(index)
        elif part or _lines(block) <= MOST_READ_AT_ONCE:
            uses.last_shown[part] = index

    def _read_path(self, index: int) -> str:
        came = origin(self._blocks, index)
        changes = name_words(came.tool) & _CHANGING and came.command != VIEWING
        return "" if changes else came.path


def _part(block: Block) -> str:
    """How a part of the file was asked for; nothing where all of it was."""
    asked = block.call.arguments if block.call is not None else ""
    return asked if any(f'"{name}"' in asked for name in _PARTS) else ""


def _lines(block: Block) -> int:
    return block.text.count("\n") + 1
