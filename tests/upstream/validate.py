"""Which requests the real providers refuse, and the words that they use.

Sources: Anthropic's documentation of tool use, prompt caching and preserved thinking
(2026-08), OpenAI's of function calling and conversation state; wordings as seen in
public issue threads.  A check gives the `Failure` or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from tests.upstream.memory import Memory, canonical, signature_of
from tests.upstream.script import Failure

Json = Mapping[str, Any]

Refused = Literal["", "auto", "blocks"]

NAME = "cache_control"

_THINKING = ("thinking", "redacted_thinking")


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Failure:
    """A 400 with this message."""
    return Failure(400, message, param=param, code=code)


def blocks_of(content: Any) -> list[Any]:
    """The blocks of a message: a bare string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content) if isinstance(content, list) else []


def problem_of(dialect: str, body: Json) -> str:
    """What the provider of this dialect would say of a body; nothing, if it takes it.

    Two messages of one role in a row, which Anthropic would join, are no agent's either.
    """
    if dialect == "openai_chat":
        found = chat_problem(body)
    elif dialect == "openai_responses":
        found = responses_problem(body, Memory())
    elif dialect == "gemini":
        found = gemini_problem(body, Memory())
    else:
        found = anthropic_problem(body, Memory())
        roles = [each["role"] for each in body["messages"] if each["role"] != "system"]
        if found is None and any(before == after for before, after in pairwise(roles)):
            return "two messages of one role in a row"
    return "" if found is None else found.message


# Anthropic


def anthropic_problem(body: Json, memory: Memory, *, counting: bool = False) -> Failure | None:
    """The first thing that `/v1/messages` would refuse in this body."""
    return (
        _anthropic_fields(body, counting=counting)
        or _anthropic_text(body)
        or _anthropic_pairs(body["messages"])
        or _anthropic_marks(body)
        or _anthropic_tools(body)
        or _anthropic_thinking_whole(body["messages"], memory)
    )


def _anthropic_fields(body: Json, *, counting: bool) -> Failure | None:
    required = ("model", "messages") if counting else ("model", "max_tokens", "messages")
    for name in required:
        if name not in body:
            return invalid(f"{name}: Field required")
    messages = body["messages"]
    if not isinstance(messages, list):
        return invalid("messages: Input should be a valid list")
    if not messages:
        return invalid("messages: at least one message is required")
    for index, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant", "system"):
            return invalid(
                f'messages: Unexpected role "{message.get("role")}". '
                'Allowed roles are "user" or "assistant".'
            )
        if "content" not in message:
            return invalid(f"messages.{index}.content: Field required")
    if messages[0]["role"] != "user":
        return invalid('messages: first message must use the "user" role')
    return None


def _anthropic_text(body: Json) -> Failure | None:
    messages = body["messages"]
    for index, message in enumerate(messages):
        final_assistant = index == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not final_assistant:
            return invalid(
                f"messages.{index}: all messages must have non-empty content "
                "except for the optional final assistant message"
            )
        for text in _texts(blocks_of(message["content"])):
            if not text:
                return invalid("messages: text content blocks must be non-empty")
            if not text.strip():
                return invalid("messages: text content blocks must contain non-whitespace text")
    if any(not text for text in _texts(blocks_of(body.get("system", [])))):
        return invalid("system: text content blocks must be non-empty")
    return None


def _texts(blocks: Iterable[Any]) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == "text":
            yield block["text"]
        elif block.get("type") == "tool_result" and isinstance(block.get("content"), list):
            yield from _texts(block["content"])


def _anthropic_pairs(messages: Sequence[Any]) -> Failure | None:
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        results = [b["tool_use_id"] for b in blocks if b.get("type") == "tool_result"]
        missing = [call for call in open_calls if call not in results]
        if missing:
            return invalid(
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(missing)}. Each `tool_use` block must have a "
                "corresponding `tool_result` block in the next message."
            )
        problem = _anthropic_results(index, blocks, open_calls)
        if problem is not None:
            return problem
        open_calls = [b["id"] for b in blocks if b.get("type") == "tool_use"]
    return None


def _anthropic_results(index: int, blocks: Sequence[Any], calls: Sequence[str]) -> Failure | None:
    other_seen = False
    answered: set[str] = set()
    for position, block in enumerate(blocks):
        if block.get("type") != "tool_result":
            other_seen = True
            continue
        call = block["tool_use_id"]
        if call not in calls:
            return invalid(
                f"messages.{index}.content.{position}: unexpected `tool_use_id` found in "
                f"`tool_result` blocks: {call}. Each `tool_result` block must have a "
                "corresponding `tool_use` block in the previous message."
            )
        if call in answered:
            return invalid(
                f"messages.{index}.content.{position}: each tool_use must have a single result. "
                f"Found multiple `tool_result` blocks with id: {call}"
            )
        if other_seen:
            return invalid(
                f"messages.{index}: `tool_result` blocks must come first in the content that "
                f"answers `tool_use` blocks: {call}"
            )
        answered.add(call)
    return None


def marks_of(body: Json) -> list[tuple[str, Any, str]]:
    """All cache marks in the order of the prompt: where, on which block, TTL."""
    found = []
    for where, block in _markable(body):
        mark = block.get("cache_control") if isinstance(block, dict) else None
        if mark:
            found.append((where, block, mark.get("ttl", "5m")))
    if body.get("cache_control"):
        found.append(("cache_control", {}, body["cache_control"].get("ttl", "5m")))
    return found


def _markable(body: Json) -> Iterator[tuple[str, Any]]:
    for index, tool in enumerate(body.get("tools", ())):
        yield f"tools.{index}", tool
    if isinstance(body.get("system"), list):
        for index, block in enumerate(body["system"]):
            yield f"system.{index}", block
    for index, message in enumerate(body["messages"]):
        if isinstance(message["content"], str):
            continue
        for position, block in enumerate(message["content"]):
            where = f"messages.{index}.content.{position}"
            yield where, block
            if block.get("type") == "tool_result" and isinstance(block.get("content"), list):
                for part, inner in enumerate(block["content"]):
                    yield f"{where}.tool_result.content.{part}", inner


def _anthropic_marks(body: Json) -> Failure | None:
    marks = marks_of(body)
    for where, block, _ in marks:
        kind = block.get("type")
        if kind in _THINKING:
            return invalid(f"{where}.{kind}.cache_control: Extra inputs are not permitted")
        if kind == "text" and not block.get("text"):
            return invalid(f"{where}.text: cache_control cannot be set for empty text blocks")
    if len(marks) > 4:
        return invalid(
            f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}."
        )
    ttls = [ttl for _, _, ttl in marks]
    for index, (where, _, ttl) in enumerate(marks):
        if ttl == "1h" and "5m" in ttls[:index]:
            return invalid(
                f"{where}.cache_control.ttl: a ttl='1h' cache_control block must not come after "
                "a ttl='5m' cache_control block. Note that blocks are processed in the "
                "following order: `tools`, `system`, `messages`."
            )
    return None


def unknown_marks(body: Json, refused: Refused) -> Failure | None:
    """What a reseller answers that knows no marks at the top level, or none at all."""
    where = [place for place, _, _ in marks_of(body)]
    if refused == "auto":
        where = [place for place in where if place == NAME]
    if not refused or not where:
        return None
    path = NAME if where[0] == NAME else f"{where[0]}.{NAME}"
    return invalid(f"{path}: Extra inputs are not permitted")


def _anthropic_tools(body: Json) -> Failure | None:
    names = [tool.get("name") for tool in body.get("tools", ()) if tool.get("name")]
    if len(set(names)) != len(names):
        return invalid("tools: Tool names must be unique.")
    return None


def _anthropic_thinking_whole(messages: Sequence[Any], memory: Memory) -> Failure | None:
    """In the newest turn that called tools, thinking comes back as it was given."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] != "assistant":
            continue
        blocks = blocks_of(messages[index]["content"])
        calls = [block["id"] for block in blocks if block.get("type") == "tool_use"]
        given = [memory.thinking_of_call[call] for call in calls if call in memory.thinking_of_call]
        if not given:
            return None
        returned = tuple(block for block in blocks if block.get("type") in _THINKING)
        if returned == given[0]:
            return None
        return invalid(
            f"messages.{index}.content.0: `thinking` or `redacted_thinking` blocks in the latest "
            "assistant message cannot be modified. These blocks must remain as they were in the "
            "original response."
        )
    return None


def prefix_before(body: Json, messages: Sequence[Any], before: Sequence[Any]) -> bytes:
    """All that stands before a block: tools, system, whole messages, blocks of its message."""
    return canonical(
        [
            body.get("tools", []),
            blocks_of(body.get("system", [])),
            [[message["role"], blocks_of(message["content"])] for message in messages],
            list(before),
        ]
    )


def broken_bindings(body: Json, memory: Memory) -> list[str]:
    """Paths of the thinking blocks whose signature does not fit what stands before them.

    Quadratic in the number of thinking blocks: for tests, not for load.
    """
    broken = []
    messages = body["messages"]
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        blocks = blocks_of(message["content"])
        for position, block in enumerate(blocks):
            if block.get("type") != "thinking" or not memory.signed(block.get("signature", "")):
                continue
            prefix = prefix_before(body, messages[:index], blocks[:position])
            if signature_of(prefix, block["thinking"]) != block["signature"]:
                broken.append(f"messages.{index}.content.{position}")
    return broken


def binding_problem(path: str) -> Failure:
    """What the newer models answer to thinking that stands in another conversation."""
    return invalid(
        f"{path}: Invalid `signature` in `thinking` block. The block is bound to a different "
        "conversation. Remove the block, or set "
        '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
    )


# OpenAI Chat Completions


def chat_problem(body: Json) -> Failure | None:
    """The first thing that `/v1/chat/completions` would refuse in this body."""
    if not body.get("model"):
        return invalid("you must provide a model parameter")
    messages = body.get("messages")
    if not isinstance(messages, list):
        return invalid(
            "Missing required parameter: 'messages'.",
            param="messages",
            code="missing_required_parameter",
        )
    if not messages:
        return invalid("[] is too short - 'messages'", param="messages")
    if body.get("stream_options") is not None and not body.get("stream"):
        return invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    return _chat_pairs(messages)


def _chat_pairs(messages: Sequence[Any]) -> Failure | None:
    waiting: list[str] = []
    for index, message in enumerate(messages):
        role = message.get("role")
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                return invalid(
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'.",
                    param=f"messages.[{index}].role",
                )
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return _unanswered(waiting, index)
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
        if message.get("content") is None and not (role == "assistant" and waiting):
            return invalid(
                "Invalid value for 'content': expected a string, got null.",
                param=f"messages.[{index}].content",
            )
    return _unanswered(waiting, len(messages)) if waiting else None


def _unanswered(calls: Sequence[str], index: int) -> Failure:
    return invalid(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        f"{', '.join(calls)}",
        param=f"messages.[{index}].role",
    )


# OpenAI Responses

_CALLS = ("function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call")
_OUTPUTS = tuple(f"{kind}_output" for kind in _CALLS)


def responses_problem(body: Json, memory: Memory) -> Failure | None:
    """The first thing that `/v1/responses` would refuse in this body."""
    if not body.get("model"):
        return invalid(
            "Missing required parameter: 'model'.", param="model", code="missing_required_parameter"
        )
    previous = body.get("previous_response_id")
    if previous and previous not in memory.responses:
        return invalid(
            f"Previous response with id '{previous}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    if not previous and not body.get("input"):
        return invalid(
            "Missing required parameter: 'input'.", param="input", code="missing_required_parameter"
        )
    items = items_of(body, memory)
    return _responses_pairs(items) or _responses_reasoning(items, memory)


def items_of(body: Json, memory: Memory) -> list[Any]:
    """All items that the model sees: what the server holds, then what the request brings."""
    brought = body.get("input", [])
    if isinstance(brought, str):
        brought = [{"type": "message", "role": "user", "content": brought}]
    if body.get("conversation"):
        return [*memory.conversations.get(conversation_of(body), ()), *brought]
    held = memory.responses.get(body.get("previous_response_id") or "", ())
    return [*held, *brought]


def conversation_of(body: Json) -> str:
    """The id of the conversation that the request is part of."""
    conversation = body["conversation"]
    return str(conversation if isinstance(conversation, str) else conversation["id"])


def _responses_pairs(items: Sequence[Any]) -> Failure | None:
    called = {item["call_id"] for item in items if item.get("type") in _CALLS}
    answered = {item["call_id"] for item in items if item.get("type") in _OUTPUTS}
    for item in items:
        kind, call = item.get("type"), item.get("call_id")
        if kind in _OUTPUTS and call not in called:
            return invalid(
                f"No tool call found for {kind.replace('_', ' ')} with call_id {call}.",
                param="input",
            )
        if kind in _CALLS and call not in answered:
            return invalid(
                f"No tool output found for {kind.replace('_', ' ')} {call}.", param="input"
            )
    return None


def _responses_reasoning(items: Sequence[Any], memory: Memory) -> Failure | None:
    for before, item, following in zip([None, *items], items, [*items[1:], None], strict=False):
        if item.get("type") != "reasoning":
            problem = _without_reasoning(before, item, memory)
        elif not _follows(following, memory.followers.get(item.get("id"))):
            problem = invalid(
                f"Item '{item.get('id')}' of type 'reasoning' was provided without its required "
                "following item.",
                param="input",
            )
        else:
            problem = _unverified(item, memory)
        if problem is not None:
            return problem
    return None


def _follows(item: Any, made: Any) -> bool:
    """Whether *item* may stand behind a reasoning item that was made with *made*, if known."""
    if item is None or item.get("role", "assistant") != "assistant":
        return False
    kind = item.get("type", "message")
    if made is None:
        return kind not in _OUTPUTS
    return (kind, item.get("call_id")) == (made["type"], made.get("call_id"))


def _without_reasoning(before: Any, item: Any, memory: Memory) -> Failure | None:
    # Wording as in github.com/vercel/ai/pull/10829 and continuedev/continue/issues/11994, 2026-04.
    wanted = memory.reasoning_of.get(item.get("id") or "")
    if wanted is None or (before is not None and before.get("id") == wanted):
        return None
    kind = item.get("type", "message")
    return invalid(
        f"Item '{item['id']}' of type '{kind}' was provided without its required "
        f"'reasoning' item: '{wanted}'.",
        param="input",
    )


def _unverified(item: Any, memory: Memory) -> Failure | None:
    sealed = item.get("encrypted_content")
    if sealed and sealed.startswith("EnNp") and not memory.signed(sealed):
        return invalid(
            f"The encrypted content for item {item.get('id')} could not be verified.",
            param="input",
            code="invalid_encrypted_content",
        )
    return None


# Gemini

_GEMINI_NAMES = frozenset(
    {
        *("contents", "tools", "toolConfig", "systemInstruction", "generationConfig"),
        *("safetySettings", "cachedContent", "labels"),
        *("tool_config", "system_instruction", "generation_config"),
    }
)
_GEMINI_DATA = ("text", "functionCall", "functionResponse", "inlineData", "fileData")


def gemini_problem(body: Json, memory: Memory) -> Failure | None:
    """The first thing that `:generateContent` would refuse in this body."""
    unknown = next((name for name in body if name not in _GEMINI_NAMES), None)
    if unknown is not None:
        return invalid(
            f'Invalid JSON payload received. Unknown name "{unknown}": Cannot find field.'
        )
    contents = _camel(body.get("contents"))
    if not isinstance(contents, list) or not contents:
        return invalid("* GenerateContentRequest.contents: contents is not specified")
    for index, content in enumerate(contents):
        problem = _gemini_content(index, content, memory)
        if problem is not None:
            return problem
    return _gemini_pairs(contents)


_GEMINI_SPELLINGS = {
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "thought_signature": "thoughtSignature",
    "inline_data": "inlineData",
    "file_data": "fileData",
}


def _camel(contents: Any) -> Any:
    """The contents with the members of parts in the one spelling; both are taken."""
    if not isinstance(contents, list):
        return contents
    return [
        {**content, "parts": [_spelled(part) for part in content["parts"]]}
        if isinstance(content.get("parts"), list)
        else content
        for content in contents
    ]


def _spelled(part: Any) -> Any:
    return {_GEMINI_SPELLINGS.get(name, name): value for name, value in part.items()}


def _gemini_content(index: int, content: Any, memory: Memory) -> Failure | None:
    place = f"* GenerateContentRequest.contents[{index}].parts"
    if content.get("role", "user") not in ("user", "model", "function"):
        return invalid("Please use a valid role: user, model.")
    parts = content.get("parts")
    if not isinstance(parts, list) or not parts:
        return invalid(f"{place}: contents.parts must not be empty.")
    for part in parts:
        data = [name for name in _GEMINI_DATA if name in part]
        if len(data) != 1:
            return invalid(f"{place}: required oneof field 'data' must have one initialized field")
        called = part.get("functionCall") or {}
        signed = memory.signature_of_call.get(called.get("id", ""))
        # They are bytes, in either alphabet of base64.
        given = str(part.get("thoughtSignature")).replace("-", "+").replace("_", "/")
        if signed is not None and given != signed:
            return invalid(
                f"Function call `{called['name']}` is missing a `thought_signature` in "
                "functionCall parts."
            )
    return None


def _gemini_pairs(contents: Sequence[Any]) -> Failure | None:
    """Calls are answered by the next content, each by its own."""
    waiting: list[Any] = []
    is_said = False
    for content in contents:
        calls = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
        answers = [p["functionResponse"] for p in content["parts"] if "functionResponse" in p]
        if content.get("role") == "model":
            # Some clients write what one reply said as several contents.
            waiting = [*(waiting if is_said else ()), *calls]
            is_said = True
            continue
        is_said = False
        names = sorted(each["name"] for each in answers)
        if names != sorted(each["name"] for each in waiting):
            return invalid(
                "Please ensure that the number of function response parts is equal to the number "
                "of function call parts of the function call turn."
            )
        waiting = []
    return None
