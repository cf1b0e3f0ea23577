"""The library: the core without the server.

`compress` shortens a list of messages; `Session` plans the growing bodies of one conversation
as the proxy does, for those who replay recorded sessions.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec

from headroom.compressors import REDUCERS
from headroom.compressors.base import Reducer
from headroom.compressors.kompress import Kompress
from headroom.conversation import Conversation, Known, Path, Plan
from headroom.economics import UNSAID_S, Habit, offer_pays
from headroom.embedding import Embedder
from headroom.errors import UnreadableBody
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.kompress_model import opened
from headroom.pipeline import Means, Seen, expects, plan
from headroom.pipeline.budget import REWRITING, Budget
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.settings import Settings
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from headroom.state.place import Place
from headroom.tokens import Counter
from headroom.wire.document import Document

Value = TypeVar("Value")

RESPONSES_ITEMS = frozenset(
    {"message", "reasoning", "item_reference", "compaction", "function_call", "custom_tool_call"}
)
# A tuple, since what stands in the place of a kind need not be hashable.
ANTHROPIC_BLOCKS = ("tool_use", "tool_result", "thinking", "redacted_thinking")


@dataclass(frozen=True, slots=True)
class Compressed:
    """Messages made shorter, and by how much; the names are those of `POST /v1/compress`.

    *ccr_hashes* names the originals that markers refer to, and *originals* holds them by that
    name; both are empty where every edit can be undone from the text itself.
    """

    messages: list[Any]
    tokens_before: int
    tokens_after: int
    transforms_applied: list[str]
    ccr_hashes: list[str]
    originals: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def tokens_saved(self) -> int:
        """How many tokens the messages lost."""
        return self.tokens_before - self.tokens_after

    @property
    def compression_ratio(self) -> float:
        """Tokens after over tokens before, 1.0 when there were none."""
        return self.tokens_after / self.tokens_before if self.tokens_before else 1.0


def compress(
    messages: Sequence[Any],
    *,
    model: str = "",
    keep_everything: bool = True,
    choices: Choices = EVERYTHING,
    token_budget: int = 0,
    embedder: Embedder | None = None,
) -> Compressed:
    """The messages with their tool results written shorter, in the same number and order.

    Takes Anthropic messages, OpenAI chat messages and OpenAI Responses items as their SDKs
    send them (dictionaries); what is not changed is the same object in the result.  With
    *keep_everything* false, what tells nothing is left out of long results: keep the result's
    `originals`, and give the model a way to ask for them by the key in the marker.  *choices*
    say how much may leave, and of what.

    *token_budget*, where it is not 0, is how many tokens the messages may have.  Where they have
    more, results lose what tells nothing, then whole turns leave, what matters least first:
    there are fewer messages, a marker says what is gone, and `originals` holds it.  The first
    task and the last turn stay; where these alone have more, nothing leaves for the budget, and
    `tokens_after` says so.  *embedder* tells what is near the task by more than its words
    (`headroom.embedding_model` opens one).

    Raises TypeError when they are no list of JSON messages, ValueError for a budget below 0.
    """
    if token_budget < 0:
        raise ValueError(f"token_budget must be 0 or more, not {token_budget}")
    if isinstance(messages, str | bytes | Mapping):
        raise TypeError(f"messages must be a list of messages, not {type(messages).__name__}")
    body = msgspec.json.encode({"model": model, member_of(messages): messages})
    conversation = tools_only(format_of(messages).read(Document.read(body)))
    if not token_budget:
        conversation = results_first(conversation)
    planned = plan(
        conversation,
        Known(),
        counter=default_counter(),
        means="" if keep_everything and not token_budget else "tool",
        choices=dataclasses.replace(choices, strength=0.0) if keep_everything else choices,
        budget=Budget(most_tokens=token_budget),
        embedder=embedder,
    )
    changed: Any = list(messages)
    for edit in planned.edits:
        changed = replaced(changed, edit.path[1:], edit.text)
    left = {path[1] for path in planned.removals}
    return Compressed(
        messages=[message for at, message in enumerate(changed) if at not in left],
        tokens_before=planned.blocks_before,
        tokens_after=planned.blocks_after,
        transforms_applied=list(planned.transforms),
        ccr_hashes=list(planned.originals),
        originals={key: one.text for key, one in planned.originals.items()},
    )


def format_of(messages: Sequence[Any]) -> Format:
    """The dialect that these messages are written in, told by their shape."""
    by_name = {one.name: one for one in FORMATS}
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        kind = message.get("type")
        if isinstance(kind, str) and (kind in RESPONSES_ITEMS or kind.endswith("_output")):
            return by_name["openai_responses"]
        content = message.get("content")
        blocks = content if isinstance(content, list) else []
        if any(isinstance(b, Mapping) and b.get("type") in ANTHROPIC_BLOCKS for b in blocks):
            return by_name["anthropic"]
    return by_name["openai_chat"]


def member_of(messages: Sequence[Any]) -> str:
    """The member of a request body that such messages stand in."""
    return "input" if format_of(messages).name == "openai_responses" else "messages"


@functools.cache
def default_counter() -> Counter:
    """By which all count that name no other; its vocabulary is read once."""
    return Counter.load()


def tools_only(conversation: Conversation) -> Conversation:
    """The same, with only the texts of tools editable: a caller's users are quoted exactly."""
    blocks = tuple(
        dataclasses.replace(block, editable=False) if block.kind == "text" else block
        for block in conversation.blocks
    )
    return dataclasses.replace(conversation, blocks=blocks)


def results_first(conversation: Conversation) -> Conversation:
    """The same, with what was said behind the results, where nothing of an assistant is there.

    Gateways hold back what the assistant said and called, and what the user said last until the
    user speaks again (LiteLLM 1.110, guardrail_hooks/headroom).  Judged by the words before them,
    results would change when the user goes on, and with them all that is cached behind.
    """
    blocks = conversation.blocks
    if any(block.role == "assistant" for block in blocks):
        return conversation
    results = tuple(block for block in blocks if block.kind == "tool_result")
    others = tuple(block for block in blocks if block.kind != "tool_result")
    return dataclasses.replace(conversation, blocks=results + others)


def replaced(value: Any, path: Path, text: str) -> Any:
    """A copy of *value* with the string at *path* replaced; all else is the same objects."""
    if not path:
        return text
    copy = list(value) if isinstance(value, list) else dict(value)
    step: Any = path[0]
    copy[step] = replaced(value[step], path[1:], text)
    return copy


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A body as it would be sent on, and the plan that made it so."""

    body: bytes
    plan: Plan


def _no_time() -> float:
    return 0.0


class Session:
    """The requests of one conversation, planned one after another with a ledger of their own."""

    __slots__ = (
        "_budget",
        "_choices",
        "_clock",
        "_counter",
        "_embedder",
        "_formats",
        "_leaves_out",
        "_ledger",
        "_offer",
        "_seen",
    )

    def __init__(
        self,
        *,
        counter: Counter | None = None,
        offer: Literal["never", "auto", "always"] = "auto",
        leaves_out: bool = True,
        choices: Choices = EVERYTHING,
        budget: Budget = REWRITING,
        embedder: Embedder | None = None,
        clock: Callable[[], float] = _no_time,
    ) -> None:
        """*offer* says when a conversation is given our tool, *leaves_out* whether anything may
        be left out, *choices* how much, *budget* what fits and what may be rewritten; the
        defaults are the proxy's.  *embedder*: see `compress`.  *clock* gives the seconds at which
        requests are made: without it no time passes between them, and what was sent is cached.
        """
        self._budget = budget
        self._embedder = embedder
        self._clock = clock
        self._counter = counter if counter is not None else default_counter()
        self._offer = offer
        self._leaves_out = leaves_out
        self._choices = choices
        self._formats = {one.name: one for one in FORMATS}
        # A session of its own sees only its own conversation, so any key will do.
        self._ledger = Ledger(MemoryStore(), secret=b"replay", wall=clock)
        self._seen: tuple[bytes, Seen] = (b"", Seen())

    @property
    def counter(self) -> Counter:
        """By which its tokens are counted."""
        return self._counter

    def forward(self, format_name: str, body: bytes) -> Forwarded:
        """What the proxy would send for *body*; an unreadable body goes on as it came."""
        try:
            document = Document.read(body)
        except UnreadableBody as error:
            return Forwarded(body, Plan(failed=str(error)))
        dialect = self._formats[format_name]
        conversation = dialect.read(document)
        place = _now(self._ledger.look_up(conversation, self._ledger.chain(conversation)))
        offer = dialect.weaver.offer(document)
        tools = dialect.weaver.tools(document)
        offered = offer is not None and self._is_offered(conversation, place, tools)
        planned = self._planned(conversation, place, offered=offered)
        changes = (*planned.changes, offer) if offered and offer is not None else planned.changes
        return Forwarded(document.rewrite(changes), planned)

    def _is_offered(self, conversation: Conversation, place: Place, tools: Sequence[str]) -> bool:
        if not place.is_open:
            return place.offered
        if self._offer != "auto":
            return self._offer == "always"
        fixed = sum(map(self._counter.count, conversation.fixed_text))
        return offer_pays(fixed, Habit(), likely=expects(tools))

    def _planned(self, conversation: Conversation, place: Place, *, offered: bool) -> Plan:
        seen_until, seen = self._seen
        if seen_until != place.decided_chain:
            seen = Seen()
        means: Means = "tool" if offered else "client"
        # Of what was sent before it came here nobody knows when: it may be cached.
        idle_s = self._clock() - place.last_at if place.last_at else 0.0
        planned = plan(
            conversation,
            place.known,
            counter=self._counter,
            seen=seen,
            means=means if self._leaves_out else "",
            choices=self._choices,
            budget=self._budget.after(idle_s, conversation.facts.cache_ttl_s or UNSAID_S),
            embedder=self._embedder,
        )
        if planned.rewritten:
            seen = Seen()
        _now(self._ledger.keep(place, planned, offered=offered if place.is_open else None))
        if place.chain:
            self._seen = (place.chain[-1], seen)
        return planned


def choices_of(settings: Settings) -> Choices:
    """What the settings say of shortening."""
    return Choices(
        smallest_tokens=settings.min_tokens,
        protected=settings.protect_tools,
        without=(*settings.skip_kinds, *(() if settings.code_aware else ("code",))),
        target_ratio=settings.target_ratio,
        source_tokens=settings.code_tokens,
        kompress_model=settings.kompress_model,
        kompress_evidence=settings.kompress_evidence,
    )


def budget_from(settings: Settings) -> Budget:
    """What the settings say of rewriting what was sent, and of what leaves a full window."""
    return Budget(
        rewrites=settings.mode == "token",
        by_importance=settings.intelligent_context,
        by_many_signs=settings.intelligent_scoring,
        similarity_model=settings.similarity_model,
        shortens_first=settings.compress_first,
    )


def reducers_for(choices: Choices, tell: Callable[[str], None]) -> Sequence[Reducer]:
    """All reducers; before that for prose the classifier, where its model is named and here."""
    model = opened(choices.kompress_model, tell) if choices.kompress_model else None
    if model is None:
        return REDUCERS
    at = [reducer.kind for reducer in REDUCERS].index("prose")
    classifier = Kompress(model, on_evidence=choices.kompress_evidence)
    return (*REDUCERS[:at], classifier, *REDUCERS[at:])


def _now(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """The result of a coroutine that never waits, as those over a memory store do not."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: Value = stop.value
        return result
    raise RuntimeError("a memory store made its caller wait")
