"""The backends `litellm-<provider>`: LiteLLM translates, with the credentials it finds itself."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from headroom.errors import SettingsError
from headroom.extras import install
from headroom.options import TRANSLATED
from headroom.proxy.backends.carriage import CLAUDE, Row, litellm_row
from headroom.proxy.backends.chat_events import chat_events
from headroom.proxy.backends.failures import secrets
from headroom.proxy.backends.library import Answered, Body, Streaming, plain
from headroom.proxy.backends.message_events import message_events
from headroom.proxy.backends.translated import Translated
from headroom.settings import Settings

BEFORE_IMPORT: Mapping[str, str] = MappingProxyType(
    {
        # Else it fetches prices, and which betas there are, from the network.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
        # Else it reads a .env file from wherever it was started.
        "LITELLM_MODE": "PRODUCTION",
    }
)

LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai", "aiohttp")

CREDENTIALS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "openai": (("OPENAI_API_KEY",),),
        "openrouter": (("OPENROUTER_API_KEY", "OR_API_KEY"),),
        "azure": (
            ("AZURE_API_BASE",),
            ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_AD_TOKEN", "AZURE_CLIENT_ID"),
        ),
        "databricks": (
            ("DATABRICKS_API_BASE",),
            ("DATABRICKS_API_KEY", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID"),
        ),
        "gemini": (("GEMINI_API_KEY", "GOOGLE_API_KEY"),),
        "groq": (("GROQ_API_KEY",),),
        "mistral": (("MISTRAL_API_KEY",),),
        "deepseek": (("DEEPSEEK_API_KEY",),),
        "hosted_vllm": (("HOSTED_VLLM_API_BASE",),),
    }
)
"""What must be set: one of each tuple.  Others have credentials of many kinds."""

NEVER_PATIENT = {"num_retries": 0, "max_retries": 0, "timeout": 86_400}
"""A request is sent once, and how long to wait is ours to say."""


def missing(provider: str, environ: Mapping[str, str]) -> str:
    """The variables that must be set and are not, or nothing."""
    wanted = CREDENTIALS.get(provider, ())
    return " and ".join(" or ".join(one) for one in wanted if not any(map(environ.get, one)))


def make(settings: Settings, environ: Mapping[str, str]) -> Translated:
    """See `Make` of the backends."""
    name = settings.backend
    provider = name.removeprefix(TRANSLATED)
    lacking = missing(provider, environ)
    if lacking:
        raise SettingsError(f"The backend {name} needs credentials: set {lacking}.")
    library = _loaded(name)
    if provider not in {str(getattr(one, "value", one)) for one in library.provider_list}:
        raise SettingsError(f"The backend {name} is not there: LiteLLM knows no {provider}.")
    return Translated(name, LiteLLM(library, provider), settings, hidden=secrets(environ))


def _loaded(name: str) -> Any:
    for variable, value in BEFORE_IMPORT.items():
        os.environ.setdefault(variable, value)
    try:
        library: Any = importlib.import_module("litellm")
    except ImportError as error:
        raise SettingsError(
            f"The backend {name} needs LiteLLM: {install('litellm')} ({error})."
        ) from error
    # It looks for its own gateway at every message, for 0.1 s where that cannot be imported.
    sys.modules.setdefault("litellm.proxy.proxy_server", None)  # type: ignore[arg-type]  # not there
    library.suppress_debug_info = True
    library.drop_params = False
    library.modify_params = False
    library.telemetry = False
    library.turn_off_message_logging = True
    for logger in LOGGERS:
        # It writes requests and errors with what was said into them.
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    _warm(library)
    return library


def _warm(library: Any) -> None:
    """Have it import now, in a thread, what its first request would import in the event loop.

    Nobody is asked: the reply is given with the question.
    """
    said: Any = [{"role": "user", "content": "Hello"}]
    library.completion(model="openai/gpt-4o", messages=said, mock_response="Hello")
    _ = library.anthropic_messages


class LiteLLM:
    """One provider behind LiteLLM."""

    def __init__(self, library: Any, provider: str) -> None:
        self._library = library
        self._provider = provider

    def row(self, model: str) -> Row:
        """See `Library.row`."""
        return litellm_row(self._provider, model)

    async def messages(self, body: Body) -> Answered | Streaming:
        """See `Library.messages`."""
        asked = dict(body)
        if self.row(body["model"]) is not CLAUDE:
            asked = said_in_words(asked)
        asked.setdefault("max_tokens", 4096)
        answer = await self._library.anthropic_messages(
            **{**asked, **NEVER_PATIENT, "model": self._named(body["model"])}
        )
        if body.get("stream"):
            return Streaming(message_events(aiter(answer)))
        return Answered(plain(answer))

    async def chat(self, body: Body) -> Answered | Streaming:
        """See `Library.chat`."""
        asked = {**body, **NEVER_PATIENT, "model": self._named(body["model"])}
        if not body.get("stream"):
            return Answered(plain(await self._library.acompletion(**asked)))
        usage_asked = bool((body.get("stream_options") or {}).get("include_usage"))
        asked["stream_options"] = {"include_usage": True}
        answer = await self._library.acompletion(**asked)
        return Streaming(chat_events(answer, usage_asked=usage_asked))

    def _named(self, model: str) -> str:
        prefix = self._provider + "/"
        return model if model.startswith(prefix) else prefix + model


def said_in_words(body: Body) -> Body:
    """The same request, where LiteLLM has no place for a member but its meaning has one.

    A failed tool's result begins with `Error: `, as any-llm writes it; effort and the wish for
    one call at a time go by the names that chat completions have for them.
    """
    asked = {**body, "messages": [_errors_told(message) for message in body["messages"]]}
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and (body.get("thinking") or {}).get("type") != "disabled":
        asked["reasoning_effort"] = effort
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("disable_parallel_tool_use"):
        asked["parallel_tool_calls"] = False
    return asked


def _errors_told(message: Any) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    return {**message, "content": [_error_told(block) for block in content]}


def _error_told(block: Any) -> Any:
    if not isinstance(block, dict) or block.get("is_error") is not True:
        return block
    content = block.get("content") or ""
    if isinstance(content, str):
        return {**block, "content": f"Error: {content}"}
    return {**block, "content": [{"type": "text", "text": "Error:"}, *content]}
