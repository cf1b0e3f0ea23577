"""What each library carries to which provider, as it was seen to arrive there.

Names are those of `Need`.  A row holds what reaches the provider in its own words; the tests of
gateways send each and look at the far side, so that a release which drops one fails them.
Seen with LiteLLM 1.110.2 and any-llm 1.40.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NOT_TAKEN_BACK = "such thinking came from a provider that does not take it back"
BY_ITSELF = "a model that nobody asks decides by itself how long it thinks"

ADVISORY: Mapping[str, str] = MappingProxyType(
    {
        "cache_control": "cache marks change what is paid, not what is answered",
        "cache_control.all": "cache marks change what is paid, not what is answered",
        "prompt_cache_key": "cache keys change what is paid, not what is answered",
        "metadata.user_id": "a user's id is for the provider's own records",
        "user": "a user's id is for the provider's own records",
        "safety_identifier": "a user's id is for the provider's own records",
        "thinking.display": "how much of the thinking is shown changes no answer",
        "thinking=adaptive": BY_ITSELF,
        "thinking.unsigned": NOT_TAKEN_BACK,
        "messages.reasoning_content": NOT_TAKEN_BACK,
        "messages.reasoning": NOT_TAKEN_BACK,
        "messages.thinking_blocks": NOT_TAKEN_BACK,
    }
)
"""What is left out where it is not carried, and why that loses nothing of the conversation."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is carried in each dialect to one family of providers."""

    name: str
    anthropic: frozenset[str]
    openai_chat: frozenset[str]

    def of(self, dialect: str) -> frozenset[str]:
        """What is carried of requests in this dialect."""
        return self.anthropic if dialect == "anthropic" else self.openai_chat


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS = _words(
    """system system.text role.system user.text assistant.text assistant.tool_use
    user.tool_result tool_result.text tool_result.is_error tools
    tool_choice.auto tool_choice.any tool_choice.none tool_choice.tool
    stop_sequences temperature top_p thinking=enabled"""
)
"""Of Anthropic's dialect, what is carried everywhere, or else refused by the library itself."""

IMAGES = _words("user.image.base64 tool_result.image.base64")
ADDRESSES = _words("user.image.url tool_result.image.url")
REASONED = _words("output_config.format output_config.effort thinking=adaptive thinking=disabled")

CHAT_WORDS = _words(
    """role.system role.developer role.user role.assistant role.tool
    system.text developer.text user.text assistant.text tool.text call.function tools
    tool_choice.auto tool_choice.none tool_choice.required tool_choice.function
    temperature top_p max_tokens max_completion_tokens stop n presence_penalty frequency_penalty
    seed reasoning_effort response_format.json_schema"""
)
"""The same of OpenAI's."""

CHAT_MORE = _words(
    """user.image.data user.image.url image.detail user.file user.input_audio assistant.refusal
    messages.name messages.refusal messages.reasoning_content logit_bias logprobs top_logprobs
    parallel_tool_calls response_format.json_object tool.custom call.custom
    prediction modalities store"""
)
"""What a provider takes that speaks OpenAI's dialect itself."""

CLAUDE = Row(
    "claude",
    WORDS
    | IMAGES
    | _words("""cache_control metadata.user_id top_k context_management
    assistant.thinking thinking.unsigned assistant.redacted_thinking
    user.image.url tool_result.image.url
    user.document.base64 user.document.text user.document.content user.document.url
    tool_result.document.base64 document.title document.context document.citations text.citations
    user.search_result tool_result.search_result
    tool.strict tool.input_examples tool.defer_loading tool_result.tool_reference
    tool_choice.disable_parallel_tool_use output_config.format""")
    | _words("thinking=disabled"),
    CHAT_WORDS | _words("user.image.data parallel_tool_calls tool.strict cache_control"),
)

LITELLM: Mapping[str, Row] = MappingProxyType(
    {
        "openrouter": Row(
            "openrouter",
            WORDS
            | IMAGES
            | ADDRESSES
            | REASONED
            | _words("assistant.thinking thinking.unsigned assistant.redacted_thinking top_k")
            | _words("tool.strict tool_choice.disable_parallel_tool_use"),
            CHAT_WORDS | CHAT_MORE | _words("tool.strict safety_identifier top_k"),
        ),
        "openai": Row(
            "openai",
            WORDS
            | IMAGES
            | ADDRESSES
            | REASONED - _words("thinking=disabled")
            | _words("tool.strict metadata.user_id thinking.encrypted"),
            CHAT_WORDS
            | CHAT_MORE
            | _words("""tool.strict user prompt_cache_key
            safety_identifier verbosity service_tier"""),
        ),
        "azure": Row(
            "azure",
            WORDS | IMAGES | ADDRESSES | REASONED | _words("tool.strict metadata.user_id"),
            CHAT_WORDS | CHAT_MORE | _words("tool.strict user prompt_cache_key"),
        ),
        "bedrock": Row(
            "bedrock",
            WORDS | IMAGES | _words("top_k output_config.format"),
            CHAT_WORDS | _words("user.image.data"),
        ),
        "gemini": Row(
            "gemini",
            WORDS
            | IMAGES
            | REASONED - _words("thinking=disabled")
            | _words("top_k tool_use.provider_specific_fields"),
            CHAT_WORDS
            | _words("""user.image.data image.detail user.file user.input_audio top_k
            response_format.json_object messages.reasoning_content
            messages.provider_specific_fields call.provider_specific_fields"""),
        ),
        "hosted_vllm": Row(
            "hosted_vllm",
            WORDS | IMAGES | ADDRESSES | REASONED | _words("top_k"),
            CHAT_WORDS | CHAT_MORE | _words("top_k"),
        ),
    }
)
LITELLM_CLAUDE = frozenset({"bedrock"})
"""Whose Claude models LiteLLM asks in their own dialect."""

LITELLM_OTHERS = Row("others", WORDS, CHAT_WORDS)
"""For providers that nobody has looked at: words and tools, which every chat has."""

ANYLLM = Row(
    "anyllm",
    WORDS
    | IMAGES
    | ADDRESSES
    | _words(
        """thinking=disabled output_config.effort tool_choice.disable_parallel_tool_use
        tool_result.search_result tool_result.tool_reference"""
    ),
    CHAT_WORDS
    | CHAT_MORE
    | _words("""tool.strict user verbosity metadata service_tier
    safety_identifier"""),
)
"""For all that speak OpenAI's dialect themselves."""


def litellm_row(provider: str, model: str) -> Row:
    """What LiteLLM carries to this model of this provider."""
    if provider in LITELLM_CLAUDE and "claude" in model.lower():
        return CLAUDE
    return LITELLM.get("gemini" if provider == "vertex_ai" else provider, LITELLM_OTHERS)
