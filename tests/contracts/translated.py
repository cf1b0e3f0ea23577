"""The backends that a library translates for, before servers in the providers' wire formats.

The cases can be read everywhere, and tried where the libraries are.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from tests.contracts.backends import Case
from tests.gateways.far_side import FarSide, variables
from tests.proxy.talks import GEMINI

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"


def is_tried_here() -> bool:
    """Whether this is the environment that has the libraries."""
    return find_spec("litellm") is not None


def _variables(url: str, _folder: Path) -> Mapping[str, str]:
    return variables(url)


def _case(backend: str, route: str, model: str, heard: str, *, waits: bool = True) -> Case:
    return Case(
        backend,
        route,
        FarSide,
        lambda _url: {},
        _variables,
        model=model,
        counts=False,
        heard=heard,
        waits=waits,
    )


TRANSLATED: tuple[Case, ...] = (
    *(_case("litellm-openrouter", route, "anthropic/claude-opus-4.5", CHAT)
      for route in (MESSAGES, CHAT)),
    _case("litellm-openai", MESSAGES, "gpt-5.1", "/v1/responses"),
    _case("litellm-openai", CHAT, "gpt-5.1", CHAT),
    _case("litellm-gemini", MESSAGES, "gemini-2.5-pro", GEMINI, waits=False),
    _case("litellm-gemini", CHAT, "gemini-2.5-pro", GEMINI),
    *(_case("anyllm", route, "gpt-5.1", CHAT) for route in (MESSAGES, CHAT)),
)  # fmt: skip
