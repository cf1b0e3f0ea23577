"""The backend `anyllm`: any-llm translates for providers that speak OpenAI's dialect."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from typing import Any

from headroom.errors import SettingsError
from headroom.extras import install
from headroom.proxy.backends.carriage import ANYLLM, Row
from headroom.proxy.backends.chat_events import chat_events
from headroom.proxy.backends.failures import secrets
from headroom.proxy.backends.library import Answered, Body, Streaming, plain
from headroom.proxy.backends.message_events import message_events
from headroom.proxy.backends.translated import Translated
from headroom.settings import Settings

USUAL_PROVIDER = "openai"

LOGGERS = ("any_llm", "httpx", "openai")

NO_TIMEOUT_S = 86_400.0
"""How long to wait is ours to say."""


def make(settings: Settings, environ: Mapping[str, str]) -> Translated:
    """See `Make` of the backends."""
    provider = settings.anyllm_provider or USUAL_PROVIDER
    try:
        library: Any = importlib.import_module("any_llm")
        speaks: Any = importlib.import_module("any_llm.providers.openai.base").BaseOpenAIProvider
    except ImportError as error:
        raise SettingsError(
            f"The backend anyllm needs any-llm: {install('anyllm')} ({error})."
        ) from error
    for logger in LOGGERS:
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    found = None
    try:
        found = library.AnyLLM.get_provider_class(provider)
        if not issubclass(found, speaks) or found.MAX_RETRIES_SUPPORT != "native":
            raise SettingsError(
                f"The backend anyllm takes providers that speak OpenAI's dialect, and {provider} "
                f"does not: try --backend litellm-{provider}."
            )
        asked = library.AnyLLM.create(provider, max_retries=0, unified_exceptions=False)
    except library.MissingApiKeyError as error:
        variable = getattr(found, "ENV_API_KEY_NAME", "its key")
        raise SettingsError(
            f"The backend anyllm needs credentials of {provider}: set {variable}."
        ) from error
    except (library.UnsupportedProviderError, ImportError, ValueError) as error:
        raise SettingsError(f"The backend anyllm cannot have {provider}: {error}") from error
    return Translated("anyllm", AnyLLM(asked, provider), settings, hidden=secrets(environ))


class AnyLLM:
    """One provider behind any-llm."""

    def __init__(self, provider: Any, name: str) -> None:
        self._provider = provider
        self._name = name

    def row(self, _model: str) -> Row:
        """See `Library.row`."""
        return ANYLLM

    async def messages(self, body: Body) -> Answered | Streaming:
        """See `Library.messages`."""
        asked = {**body, "model": self._named(body["model"]), "timeout": NO_TIMEOUT_S}
        asked.setdefault("max_tokens", 4096)
        config = asked.pop("output_config", None)
        if config:
            asked["output_format"] = config
        answer = await self._provider.amessages(**asked)
        if body.get("stream"):
            return Streaming(message_events(aiter(answer)))
        return Answered(_message(plain(answer)))

    async def chat(self, body: Body) -> Answered | Streaming:
        """See `Library.chat`."""
        asked = {**body, "model": self._named(body["model"]), "timeout": NO_TIMEOUT_S}
        if not body.get("stream"):
            return Answered(plain(await self._provider.acompletion(**asked)))
        usage_asked = bool((body.get("stream_options") or {}).get("include_usage"))
        asked["stream_options"] = {"include_usage": True}
        answer = await self._provider.acompletion(**asked)
        return Streaming(chat_events(aiter(answer), usage_asked=usage_asked))

    def _named(self, model: str) -> str:
        return model.removeprefix(f"{self._name}/")


def _message(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the members that are null in Anthropic's own messages."""
    return {"stop_reason": None, "stop_sequence": None, **answer}
