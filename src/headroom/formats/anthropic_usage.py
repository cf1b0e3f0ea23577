"""The usage of a turn in Anthropic's dialect: the output of all its legs, the input of the last.

Agents measure their window by the input side (what was read from the cache and written to it
included), so it must be that of the prompt that the next request goes on from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.conversation import Change, Path, Put, Replace
from headroom.formats.replies import member, number
from headroom.formats.turns import encoded

_INPUT_SIDE = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_OUTPUT_SIDE = ("output_tokens", "output_tokens_details", "server_tool_use")


def added(usage: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The output side of both, added up: numbers, and objects of numbers.  Without what is 0."""
    sums = {name: _sum(usage.get(name), more.get(name)) for name in _OUTPUT_SIDE}
    return {name: value for name, value in sums.items() if value}


def counted(
    reply: Mapping[str, Any], told: Mapping[str, Any], spent: Mapping[str, Any]
) -> list[Change]:
    """What makes the usage in *reply* that of the whole turn.

    *reply* has it as its member `usage`; *told* is all that the last leg has said of its usage,
    *spent* the output side of the legs before it.
    """
    usage = member(reply, "usage")
    wanted = {name: told[name] for name in _INPUT_SIDE if name in told and usage.get(name) is None}
    wanted |= added(spent, told)
    changed = {name: value for name, value in wanted.items() if usage.get(name) != value}
    if changed and not usage:
        return [_put((), reply, "usage", changed)]
    return [_put(("usage",), usage, name, value) for name, value in changed.items()]


def _sum(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) and not isinstance(other, dict):
        return number({"n": one}, "n") + number({"n": other}, "n")
    both = [each for each in (one, other) if isinstance(each, dict)]
    sums = {name: sum(number(each, name) for each in both) for each in both for name in each}
    counts = {name: value for name, value in sums.items() if value}
    return {name: value for each in both for name, value in each.items()} | counts if counts else 0


def _put(at: Path, members: Mapping[str, Any], name: str, value: Any) -> Change:
    json = encoded(value).encode()
    return Replace((*at, name), json) if name in members else Put(at, name, json)
