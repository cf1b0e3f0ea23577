"""LiteLLM, the library and the gateway, with requests made shorter.

    litellm.callbacks = [callback]                # acompletion, aresponses, the gateway
    completion = with_headroom(litellm.completion)    # and for those who wait

In the gateway's configuration:

    litellm_settings:
      callbacks: headroom.integrations.litellm.callback
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from headroom.integrations.package import package
from headroom.integrations.shortener import Originals, Shortener

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

SAID = ("messages", "input")
"""Where a call of LiteLLM has its conversation."""


def new_callback(*, originals: Originals | None = None) -> Any:
    """A callback for `litellm.callbacks` that shortens what is sent; see `Shortener`."""
    base = package("litellm.integrations.custom_logger", install="litellm").CustomLogger
    shortener = Shortener(originals=originals)

    async def shorten(_self: Any, kwargs: dict[str, Any], _call_type: Any) -> dict[str, Any]:
        return {**kwargs, **await asyncio.to_thread(_changes, shortener, kwargs)}

    # The only hook that may change a request in the library and in the gateway alike.
    return type("Headroom", (base,), {"async_pre_call_deployment_hook": shorten})()


def with_headroom(
    function: Callable[Parameters, Result], *, originals: Originals | None = None
) -> Callable[Parameters, Result]:
    """`litellm.completion` or another that waits, sending shorter requests.

    LiteLLM asks callbacks only in those that are awaited.
    """
    shortener = Shortener(originals=originals)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*given: Parameters.args, **named: Parameters.kwargs) -> Result:
        bound = signature.bind(*given, **named)
        bound.arguments.update(_changes(shortener, {**bound.arguments, **named}))
        return function(*bound.args, **bound.kwargs)

    return called


def _changes(shortener: Shortener, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that become shorter, by name."""
    beside = {name: members[name] for name in ("tools",) if members.get(name)}
    return {
        name: shortener.messages(said, **beside)
        for name in SAID
        if isinstance(said := members.get(name), list)
    }


def __getattr__(name: str) -> Any:
    """`callback`: one for all who name it, made when it is first asked for."""
    if name != "callback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _callback()


@functools.cache
def _callback() -> Any:
    return new_callback()
