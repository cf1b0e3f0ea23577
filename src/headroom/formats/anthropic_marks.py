"""Cache marks of ours in a request in Anthropic's dialect: where they go, and what that changes.

Source: PROVIDERS 6.2 to 6.4, from the docs, 2026-11.  What a mark stands on is no part of what is
cached: from turn to turn marks may move, as long as each finds what an earlier one left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from headroom.conversation import Block, Change, Conversation, Edit, Path, Put, Remove, Replace
from headroom.wire.document import Document

NAME = "cache_control"
_AS_KEY = f'{NAME}"'
"""In JSON, the end of a name or a text; inside a text the quote would be escaped."""
MARK = b'{"type":"ephemeral"}'
LOOK_BACK = 20
"""Blocks, the marked one among them, at which something cached is looked for."""

# What a user may say that can bear a mark.
_BEARERS = ("text", "image", "document", "search_result", "tool_result")

CHARACTERS_PER_TOKEN = 3.0
"""Fewer than there are, so that nothing is taken for too short: a mark too many does no harm."""

_MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Marking:
    """What our marks change in a request: *puts*, and texts that become lists.

    *listed* are those, by their blocks; *marked* the one of them that bears a mark, or -1.
    """

    puts: tuple[Put, ...] = ()
    listed: tuple[int, ...] = ()
    marked: int = -1


def may_be_marked(document: Document, conversation: Conversation) -> bool:
    """Whether marks of ours may stand in this request: it has none, and brings all its history."""
    if document.has(NAME) or not document.elements(_MESSAGES):
        return False
    facts = conversation.facts
    if facts.cache_marks or facts.server_held_history or document.has("thread"):
        return False
    hidden = (block for block in conversation.blocks if block.kind == "opaque")
    return not any(_hides_marks(document, block) for block in hidden)


def _hides_marks(document: Document, block: Block) -> bool:
    """Whether marks stand inside what was not looked into."""
    _, at, *further = block.path
    if further or not isinstance(at, int):
        return _AS_KEY in block.text
    # The text of a block is without marks; what is not even a message may have lost them so.
    return _AS_KEY.encode() in document.elements(_MESSAGES)[at].raw


def extracts(document: Document) -> bool:
    """Whether the one tool that must be called is what the request is made for."""
    choice = document.get("tool_choice")
    return isinstance(choice, dict) and choice.get("type") == "tool"


def is_begun(document: Document) -> bool:
    """Whether it ends with what the assistant's answer is begun with."""
    elements = document.elements(_MESSAGES)
    return bool(elements) and _role(elements[-1].value) == "assistant"


def bears_before(document: Document) -> bool:
    """Whether a mark can stand where the request before this one ended."""
    asked = _asked_before(document)
    return asked >= 0 and any(_on_message(document, asked))


def tokens_of(conversation: Conversation) -> float:
    """How many tokens the whole prompt has at most, roughly."""
    fixed = sum(map(len, conversation.fixed_text))
    return (fixed + sum(len(block.text) for block in conversation.blocks)) / CHARACTERS_PER_TOKEN


def automatic(
    document: Document,
    conversation: Conversation,
    listed: Sequence[int],
    *,
    least_tokens: int,
    anchored: bool = False,
) -> Marking:
    """The provider sets a mark itself, on the last block that can bear one.

    *anchored* says that another is wanted where the request before this one ended, because what
    stands at the end may be gone the next time.
    """
    beside = _beside(document, conversation, least_tokens, anchored=anchored)
    puts = (Put((), NAME, MARK), *beside)
    return Marking(puts, tuple(listed))


def on_blocks(
    document: Document,
    conversation: Conversation,
    listed: Sequence[int],
    *,
    least_tokens: int,
    anchored: bool = False,
) -> Marking:
    """A mark on the last block that a user has said; *anchored* as above.

    Texts that are a whole content stay what they are, but for *listed* and the newest.
    """
    puts = tuple(_beside(document, conversation, least_tokens, anchored=anchored))
    last = _last_of(document, "user")
    if last < 0:
        return Marking(puts, tuple(listed))
    marked = _listable(document, conversation, last)
    if marked >= 0:
        return Marking(puts, tuple(sorted({*listed, marked})), marked)
    return Marking((*puts, *_on_message(document, last)), tuple(listed))


def listed_before(
    document: Document, conversation: Conversation, *, from_first: bool
) -> tuple[int, ...]:
    """The texts that have become lists in a conversation that was marked on its blocks so far.

    For when nobody remembers: each was the newest once.  *from_first* says whether its first
    request was marked.
    """
    spoken = from_first
    found = []
    for index, (block, following) in enumerate(pairwise(conversation.blocks)):
        spoken = spoken or block.role == "assistant"
        was_newest = block.role == "user" and following.role == "assistant"
        if spoken and was_newest and _is_listable(document, block):
            found.append(index)
    return tuple(found)


def with_marks(
    conversation: Conversation, marking: Marking, changes: Sequence[Change]
) -> list[Change]:
    """These changes and those of our marks, as one list; what leaves bears no mark."""
    blocks = conversation.blocks
    left = {one.path for one in changes if isinstance(one, Remove)}
    listed = ((blocks[index].path, index) for index in marking.listed if index < len(blocks))
    # The client may have made a list of it by itself.
    lists: dict[Path, int] = {
        path: index for path, index in listed if len(path) == 3 and path[:2] not in left
    }
    texts = {one.path: one.text for one in changes if isinstance(one, Edit)}
    others = [one for one in changes if not isinstance(one, Edit) or one.path not in lists]
    listing = [
        Replace(path, _list_of(texts.get(path, blocks[index].text), index, marking))
        for path, index in lists.items()
    ]
    puts = (put for put in marking.puts if put.path[:2] not in left)
    return [*others, *listing, *puts]


def _list_of(text: str, index: int, marking: Marking) -> bytes:
    mark = b',"%s":%s' % (NAME.encode(), MARK) if index == marking.marked else b""
    return b'[{"type":"text","text":%s%s}]' % (msgspec.json.encode(text), mark)


def _beside(
    document: Document, conversation: Conversation, least: int, *, anchored: bool
) -> Iterator[Put]:
    """Marks beside the one at the end.

    One behind tools and system, which other conversations begin with as well; and, if wanted or
    too far back to be found from the end, one where the request before this one ended.
    """
    yield from _on_fixed(document, conversation, least * CHARACTERS_PER_TOKEN)
    asked = _asked_before(document)
    if asked >= 0 and (anchored or _blocks_after(document, asked) >= LOOK_BACK):
        yield from _on_message(document, asked)


def _on_fixed(document: Document, conversation: Conversation, least: float) -> Iterator[Put]:
    """A mark on the last block of the system if it has any, else on the last tool.

    None where there are fewer than *least* characters up to there.
    """
    system, tools = document.elements("system"), document.elements("tools")
    if system:
        length, can_bear = sum(map(len, conversation.fixed_text)), _bears(system[-1].value)
    else:
        length = sum(len(tool.raw) for tool in tools)
        can_bear = bool(tools) and _is_plain_tool(tools[-1].value)
    if can_bear and length >= least:
        last = ("system", len(system) - 1) if system else ("tools", len(tools) - 1)
        yield Put(last, NAME, MARK)


def _is_plain_tool(tool: Any) -> bool:
    """Whether this is a tool of the client's that a mark may stand on; not one loaded later."""
    return isinstance(tool, dict) and "input_schema" in tool and not tool.get("defer_loading")


def _on_message(document: Document, at: int) -> Iterator[Put]:
    """A mark on the last block of this message that can bear one."""
    content = _content(document.elements(_MESSAGES)[at].value)
    if isinstance(content, list):
        bearing = [index for index, block in enumerate(content) if _bears(block)]
        if bearing:
            yield Put((_MESSAGES, at, "content", bearing[-1]), NAME, MARK)


def _listable(document: Document, conversation: Conversation, at: int) -> int:
    """The block that is all of this message, if that is a text to be made a list of; or -1."""
    path = (_MESSAGES, at, "content")
    blocks = conversation.blocks
    numbers = reversed(range(len(blocks)))
    found = next((index for index in numbers if blocks[index].path == path), -1)
    return found if found >= 0 and _is_listable(document, blocks[found]) else -1


def _is_listable(document: Document, block: Block) -> bool:
    """Whether this block is all of its message: a text, not a list, that can be written anew."""
    _, at, *_ = block.path
    if len(block.path) != 3 or not isinstance(at, int) or not block.text.strip():
        return False
    element = document.elements(_MESSAGES)[at]
    return element.exact and isinstance(_content(element.value), str)


def _last_of(document: Document, role: str, before: int | None = None) -> int:
    """The last message of this role, *before* a message if that is given; or -1."""
    elements = document.elements(_MESSAGES)
    numbers = reversed(range(len(elements) if before is None else max(before, 0)))
    return next((at for at in numbers if _role(elements[at].value) == role), -1)


def _asked_before(document: Document) -> int:
    """The message with which the request before this one ended, as far as can be seen; or -1."""
    newest = _last_of(document, "user")
    return _last_of(document, "user", before=_last_of(document, "assistant", before=newest))


def _blocks_after(document: Document, at: int) -> int:
    """How many blocks stand behind message *at*."""
    contents = (_content(each.value) for each in document.elements(_MESSAGES)[at + 1 :])
    return sum(len(content) if isinstance(content, list) else 1 for content in contents)


def _role(message: Any) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    return role if isinstance(role, str) else ""


def _content(message: Any) -> Any:
    return message.get("content") if isinstance(message, dict) else None


def _bears(block: Any) -> bool:
    """Whether a mark may stand on this block."""
    if not isinstance(block, Mapping) or block.get("type") not in _BEARERS:
        return False
    text = block.get("text")
    return block["type"] != "text" or (isinstance(text, str) and bool(text.strip()))
