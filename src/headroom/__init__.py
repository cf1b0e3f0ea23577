"""Headroom: the context-compression layer for AI agents.

`headroom.compress(messages, model=…)` is the library; `headroom proxy` is the server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headroom.api import Compressed, compress

__version__ = "0.1.0"

__all__ = ["Compressed", "__version__", "compress"]


def __getattr__(name: str) -> object:
    """Load the library when it is first asked for, so that the command starts at once."""
    if name in __all__:
        return getattr(importlib.import_module("headroom.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
