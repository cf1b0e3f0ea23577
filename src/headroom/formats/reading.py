"""How every dialect builds a conversation: a growing list of blocks, and what may be edited.

A dialect says what a piece of its body *is*; here it is decided, once for all dialects,
what that piece becomes and whether an edit may touch it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from headroom.conversation import Block, Conversation, Facts, Path, Role, ToolCall
from headroom.formats.recall import Recall, Step
from headroom.wire.document import Document, Element
from headroom.wire.scan import holds_more

# What a client moves from turn to turn without meaning another content by it.
# PROVIDERS 6.4 and 7.3: cache_control (Anthropic), prompt_cache_breakpoint (OpenAI).
_MARKS = ("cache_control", "prompt_cache_breakpoint")
_USUAL_S = (300.0, 1_800.0)
"""How long they last where they do not say."""

# How lifetimes in a provider's cache are written (PROVIDERS 6.4 and 7.3, 2026-11).
_LIFETIMES_S: Mapping[str, float] = {
    "5m": 300.0,
    "30m": 1_800.0,
    "1h": 3_600.0,
    "12h": 43_200.0,
    "24h": 86_400.0,
}

_RETRIEVAL, _COMPRESSION = "headroom_retrieve", "headroom_compress"

MOST_VALUES = 20_000
"""Values in a message that is looked into.  Real ones hold some dozens; a few megabytes of
`[0,0,0` would take the proxy minutes and gigabytes."""

MOST_BLOCKS = 20_000
"""Blocks after which messages are no longer looked into: ten times the longest known session."""

SMALL_OPAQUE = 2_048
"""Characters up to which what is not understood is kept as it is; beyond, a string without any
blank is taken for a picture or a file in base64."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode


class Fixed(NamedTuple):
    """Tools and system of a request: their text for counting, and whether a mark is set."""

    texts: tuple[str, ...]
    marked: bool
    ttl_s: float = 0.0


class Reading:
    """The conversation so far, while a body is read from its first message to its last.

    Everything that is decided about a block here depends on what stands before it only,
    so that a longer conversation gives the same blocks for the same beginning.
    """

    __slots__ = (
        "_assistant_speaks",
        "_calls",
        "_counts",
        "_new_calls",
        "_new_counts",
        "_tools",
        "_turn",
        "_until",
        "blocks",
        "exact",
        "leading_system",
        "mark_ttl_s",
        "marked",
        "thinks_until",
    )

    def __init__(self, *, declares_tools: bool) -> None:
        self.blocks: list[Block] = []
        self.leading_system: list[str] = []
        self.exact = True
        """Whether the value being read is what the bytes say; if not, nothing is edited."""
        self.marked = False
        self.mark_ttl_s = 0.0
        self.thinks_until = 0
        """Behind which block the last thinking ends; 0 when there is none."""
        self._calls: dict[str, ToolCall] = {}
        self._tools = declares_tools
        self._turn = 0
        self._assistant_speaks = False
        self._new_calls: dict[str, ToolCall] = {}
        self._counts: dict[str, int] = {}
        self._new_counts: dict[str, int] = {}
        self._until: list[tuple[bytes, int]] = []

    def read_each(
        self,
        name: str,
        elements: Sequence[Element],
        read_one: Callable[[Reading, Path, Any], None],
        recall: Recall | None,
        dialect: str,
    ) -> None:
        """Read the messages in order, those that *recall* has without looking at them again."""
        if recall is None:
            for index, element in enumerate(elements):
                self._read(name, index, element, read_one)
            return
        key = recall.root(dialect, name, str(self._tools))
        for index, element in enumerate(elements):
            key = recall.key(key, element.raw)
            step = recall.step(key)
            if step is None:
                recall.remember(key, self._stepped(name, index, element, read_one))
            else:
                self._resume(step)
            self._until.append((key, len(self.blocks)))

    def _stepped(
        self,
        name: str,
        index: int,
        element: Element,
        read_one: Callable[[Reading, Path, Any], None],
    ) -> Step:
        blocks, systems = len(self.blocks), len(self.leading_system)
        self._new_calls, self._new_counts = {}, {}
        self._read(name, index, element, read_one)
        return Step(
            blocks=tuple(self.blocks[blocks:]),
            calls=tuple(self._new_calls.items()),
            counts=tuple(self._new_counts.items()),
            leading_system=tuple(self.leading_system[systems:]),
            marked=self.marked,
            mark_ttl_s=self.mark_ttl_s,
            thinks_until=self.thinks_until,
            tools=self._tools,
            turn=self._turn,
            assistant_speaks=self._assistant_speaks,
        )

    def _read(
        self,
        name: str,
        index: int,
        element: Element,
        read_one: Callable[[Reading, Path, Any], None],
    ) -> None:
        if len(self.blocks) < MOST_BLOCKS and not holds_more(element.raw, MOST_VALUES):
            self.exact = element.exact
            read_one(self, (name, index), element.value)
            return
        text = element.raw.decode("utf-8", "replace")
        self.blocks.append(Block((name, index), self._step("user"), "user", "opaque", text))

    def _resume(self, step: Step) -> None:
        self.blocks.extend(step.blocks)
        self._calls.update(step.calls)
        self._counts.update(step.counts)
        self.leading_system.extend(step.leading_system)
        self.marked = step.marked
        self.mark_ttl_s = step.mark_ttl_s
        self.thinks_until = step.thinks_until
        self._tools = step.tools
        self._turn = step.turn
        self._assistant_speaks = step.assistant_speaks

    def say(self, path: Path, role: Role, text: str) -> None:
        """Text that a user, an assistant or a system message says.

        User text is an observation, and editable, where an agent speaks a text protocol:
        no tools in use, and the assistant has spoken before.
        """
        editable = role == "user" and not self._tools and self._turn > 0 and self.exact
        editable = editable and _says_something(text)
        self.blocks.append(Block(path, self._step(role), role, "text", text, None, editable))

    def tell_system(self, path: Path, text: str) -> None:
        """Text of a system message; at the head of the messages it is no block but system.

        Its change is the client's own and must not lose the forms of what follows.
        """
        if self.blocks:
            self.say(path, "system", text)
        else:
            self.leading_system.append(text)

    def make_call(self, path: Path, call: ToolCall, value: Any) -> None:
        """A call that the assistant makes; *value* is what stands at *path*."""
        self._tools = True
        self._call(call.id, call)
        text = canonical(value)
        self.blocks.append(
            Block(path, self._step("assistant"), "assistant", "tool_call", text, call)
        )

    def also_known_as(self, name: str, call: ToolCall) -> None:
        """Let results name *call* in another way than by its id."""
        self._call(name, call)

    def numbered(self, kind: Literal["call", "answer"], name: str) -> str:
        """By what the next call of this name in the turn is known, and the next answer finds it.

        The turn may be in several messages, as clients write one for each piece of a stream.
        """
        counted = f"{kind} {self._turn} {name}"
        number = self._counts.get(counted, 0) + 1
        self._counts[counted] = self._new_counts[counted] = number
        return f"function {self._turn} {name} {number}"

    def call_answered(self, call_id: Any) -> ToolCall | None:
        """The call with this id, if it stands before the place that is being read."""
        return self._calls.get(call_id) if isinstance(call_id, str) else None

    def answer(
        self,
        path: Path,
        text: str,
        call: ToolCall | None,
        *,
        is_error: bool = False,
        editable: bool = True,
    ) -> None:
        """Text that a tool gave back; *editable* is the dialect's word, law 6 has the last."""
        self._tools = True
        editable = editable and self.exact and _says_something(text)
        editable = editable and not (call is not None and is_ours(call.name))
        turn = self._step("tool")
        self.blocks.append(Block(path, turn, "tool", "tool_result", text, call, editable, is_error))

    def keep(self, path: Path, role: Role, value: Any, call: ToolCall | None = None) -> None:
        """Something that is not understood, or not to be touched: an opaque block."""
        turn = self._step(role)
        self.blocks.append(Block(path, turn, role, "opaque", opaque_text(value), call))

    def think(self, path: Path, value: Any) -> None:
        """Thinking of the assistant: opaque, and perhaps bound to all that stands before it."""
        self.keep(path, "assistant", value)
        self.thinks_until = len(self.blocks)

    def use_tools(self) -> None:
        """Note that tools are in use, though no call or text of a result could be read."""
        self._tools = True

    def see_marks(self, value: dict[str, Any]) -> None:
        """Note whether *value* bears a cache mark, and how long it lasts."""
        if has_marks(value):
            self.marked = True
            self.mark_ttl_s = max(self.mark_ttl_s, ttl_of(value))

    def conversation(self, document: Document, fixed: Fixed, facts: Facts) -> Conversation:
        """What was read; *facts* says what the request's top level says."""
        model = document.get("model")
        return Conversation(
            blocks=tuple(self.blocks),
            model=model if isinstance(model, str) else "",
            streaming=document.get("stream") is True,
            facts=Facts(
                brings_tools=self._tools,
                cache_marks=facts.cache_marks or fixed.marked or self.marked,
                thinks_until=self.thinks_until,
                binding=facts.binding,
                cache_ttl_s=max(facts.cache_ttl_s, self.mark_ttl_s, fixed.ttl_s),
                server_held_history=facts.server_held_history,
                may_forget=facts.may_forget,
                always_cached=facts.always_cached,
            ),
            fixed_text=(*fixed.texts, *self.leading_system),
            prefixes=tuple(self._until),
        )

    def _call(self, name: str, call: ToolCall) -> None:
        self._calls[name] = call
        self._new_calls[name] = call

    def _step(self, role: Role) -> int:
        """The turn that a block of this role stands in: a run of assistant blocks opens one."""
        if role != "assistant":
            self._assistant_speaks = False
        elif not self._assistant_speaks:
            self._assistant_speaks = True
            self._turn += 1
        return self._turn


def read_fixed(document: Document, *names: str) -> Fixed:
    """The text of these top-level members, each element of a list by itself."""
    texts: list[str] = []
    marked = False
    ttl_s = 0.0
    for name in names:
        elements = document.elements(name)
        for element in elements:
            texts.append(element.raw.decode("utf-8", "replace"))
            if has_marks(element.value):
                marked = True
                ttl_s = max(ttl_s, ttl_of(element.value))
        if not elements:
            texts.extend(_texts_of(document.get(name)))
    return Fixed(tuple(texts), marked, ttl_s)


def canonical(value: Any) -> str:
    """*value* as JSON with sorted keys, without cache marks on it or on its content parts."""
    if has_marks(value) or (isinstance(value, dict) and "content" in value):
        value = _unmarked(value, parts_too=True)
    return _encode(value).decode()


def opaque_text(value: Any) -> str:
    """*value* as `canonical` gives it, with pictures and files named by their digest.

    Their bytes are no text: they are neither counted as tokens nor carried about.
    """
    text = canonical(value)
    return text if len(text) <= SMALL_OPAQUE else canonical(_digested(value))


def _digested(value: Any) -> Any:
    if isinstance(value, str):
        is_binary = len(value) > SMALL_OPAQUE and " " not in value and "\n" not in value
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}" if is_binary else value
    if isinstance(value, list):
        return [_digested(item) for item in value]
    if isinstance(value, dict):
        return {name: _digested(member) for name, member in value.items()}
    return value


def canonical_arguments(text: Any) -> str:
    """Arguments as a model wrote them, as JSON with sorted keys; as they came if not JSON."""
    if not isinstance(text, str):
        return "{}" if text is None else _encode(text).decode()
    if not text.strip():
        return "{}"
    try:
        return _encode(_decode(text)).decode()
    except (msgspec.DecodeError, RecursionError):
        return text


def has_marks(value: Any) -> bool:
    """Whether a cache mark stands on *value* itself."""
    # Written out: this runs for every block of every request.
    return isinstance(value, dict) and (_MARKS[0] in value or _MARKS[1] in value)


def lifetime_s(said: object) -> float:
    """Seconds of a lifetime in the cache as requests write it; 0 where it is none."""
    return _LIFETIMES_S.get(said, 0.0) if isinstance(said, str) else 0.0


def ttl_of(marked: dict[str, Any]) -> float:
    """How many seconds what is marked stays cached after it was last sent."""
    return max(
        (
            lifetime_s(mark.get("ttl")) or usual
            for name, usual in zip(_MARKS, _USUAL_S, strict=True)
            if isinstance(mark := marked.get(name), dict)
        ),
        default=0.0,
    )


def is_retrieval(tool: str) -> bool:
    """Whether this is a tool that gives originals back."""
    return _is(tool, _RETRIEVAL)


def is_ours(tool: str) -> bool:
    """Whether this is a tool of ours, which has decided what it returned: that is never edited."""
    return _is(tool, _RETRIEVAL) or _is(tool, _COMPRESSION)


def _is(tool: str, name: str) -> bool:
    """Whether it is called so, by itself or as a tool of an MCP server.

    Claude Code and Codex write `mcp__SERVER__NAME`, Gemini CLI `mcp_SERVER_NAME`, opencode
    `SERVER_NAME`; the server is called headroom where `headroom mcp install` wrote it down.
    """
    if tool in (name, f"headroom_{name}", f"mcp_headroom_{name}"):
        return True
    server = tool.removesuffix(f"__{name}")
    return server != tool and server.startswith("mcp__")


def _says_something(text: str) -> bool:
    return bool(text) and not text.isspace()


def _unmarked(value: Any, *, parts_too: bool) -> Any:
    if not isinstance(value, dict):
        return value
    content = value.get("content") if parts_too else None
    if isinstance(content, list) and any(has_marks(part) for part in content):
        value = {**value, "content": [_unmarked(part, parts_too=False) for part in content]}
    if not has_marks(value):
        return value
    return {name: member for name, member in value.items() if name not in _MARKS}


def _texts_of(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return (canonical(value),) if value else ()
