"""Houses that take virtual keys, and the keys themselves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from headroom.state.keys import VARIABLES, Issuer, Kept, VirtualKey
from tests.proxy.house import House
from tests.proxy.talks import planning_of

OPERATORS = MappingProxyType(
    {
        "ANTHROPIC_API_KEY": "sk-ant-api03-operator",
        "OPENAI_API_KEY": "sk-proj-operator",
        "GEMINI_API_KEY": "AIza-operator",
    }
)
"""What stands behind the keys."""

WITH_KEYS: Mapping[str, Any] = MappingProxyType({"virtual_keys": True, "environ": OPERATORS})


async def new_key(
    house: House, provider: Issuer = "anthropic", variable: str = "", **more: Any
) -> tuple[bytes, Kept]:
    """A key of this house, which `headroom keys create` would have told."""
    key = VirtualKey("ann", provider, variable or VARIABLES[provider], 0.0, **more)
    text, kept = await planning_of(house).keys.create(key)
    return text.encode(), kept
