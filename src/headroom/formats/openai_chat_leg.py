"""What a provider says in one leg of a chat turn: an assistant message, made of deltas.

In a `Leg` of this dialect the only piece is that message; what is hidden are numbers of its
`tool_calls`, and each answer is a message of the role `tool`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headroom.conversation import Change, Leg, Replace
from headroom.formats.base import CallMade
from headroom.formats.replies import member, number, objects, read_json, text_at
from headroom.formats.turns import NOTHING_SAID, encoded
from headroom.marker import TOOL

CALLING = ("tool_calls", "function_call")
"""Why a reply ended that calls tools, in the words of the providers."""

# Some servers that speak this dialect end with "stop" although they have called.
_WHOLE = (*CALLING, "stop")

# Repeated by some servers in every piece, where other strings grow.
_TOLD_ONCE = ("id", "type", "role", "name", "index", "format")


class StreamedLeg:
    """What one leg has said so far."""

    __slots__ = ("_calls", "_growing", "_message", "id", "reason", "usage")

    def __init__(self) -> None:
        self.id = ""
        self.reason = ""
        self.usage: dict[str, Any] = {}
        self._message = _Growing()
        self._calls: list[StreamedCall] = []
        self._growing: dict[int, StreamedCall] = {}

    @property
    def has_ours(self) -> bool:
        """Whether it calls our own tool."""
        return any(call.is_ours for call in self._calls)

    @property
    def calls_client(self) -> bool:
        """Whether it calls a tool of the client's."""
        return not all(call.is_ours for call in self._calls)

    def see(self, chunk: Mapping[str, Any]) -> Sequence[StreamedCall | None]:
        """Take in a chunk; give the call that each entry of its `tool_calls` is a piece of."""
        self.id = self.id or text_at(chunk, "id")
        self.usage = member(chunk, "usage") or self.usage
        choice = first_choice(chunk)
        self.reason = text_at(choice, "finish_reason") or self.reason
        delta = member(choice, "delta")
        self._message.add({name: more for name, more in delta.items() if name != "tool_calls"})
        return [
            self._piece(position, entry) if isinstance(entry, dict) else None
            for position, entry in enumerate(calls_in(delta))
        ]

    def place(self, index: int) -> int:
        """The index by which the client knows what has this index in the leg."""
        hidden = {call.index for call in self._calls if call.is_ours}
        return index - sum(each < index for each in hidden)

    def calls_of_ours(self) -> tuple[CallMade, ...]:
        """Those that were made to their end; none if one of them was not."""
        return calls_of_ours([call.value() for call in self._calls], self.reason)

    def leg(self) -> Leg:
        """All of it."""
        message = self._message.value()
        if self._calls:
            message["content"] = message.get("content") or None
            message["tool_calls"] = [call.value() for call in self._calls]
        hidden = tuple(n for n, call in enumerate(self._calls) if call.is_ours)
        return leg_of(message, hidden)

    def _piece(self, position: int, entry: Mapping[str, Any]) -> StreamedCall:
        index = entry.get("index")
        # Some servers that speak this dialect leave the index out.
        place = index if type(index) is int else position
        call, call_id = self._growing.get(place), text_at(entry, "id")
        # Others give each call the same index, whole, with an id of its own.
        if call is None or (call_id and call.id and call_id != call.id):
            call = self._growing[place] = StreamedCall(place, entry)
            self._calls.append(call)
        else:
            call.add(entry)
        return call


class StreamedCall:
    """A call while its pieces come in; the first says whose it is."""

    __slots__ = ("_grown", "id", "index", "is_ours")

    def __init__(self, index: int, entry: Mapping[str, Any]) -> None:
        self.index = index
        self.is_ours = is_ours(entry)
        self.id = ""
        self._grown = _Growing()
        self.add(entry)

    def add(self, entry: Mapping[str, Any]) -> None:
        """More of it."""
        self.id = self.id or text_at(entry, "id")
        self._grown.add(entry)

    def value(self) -> dict[str, Any]:
        """It, as an entry of a whole message."""
        return {name: value for name, value in self._grown.value().items() if name != "index"}


class _Growing:
    """An object whose members come in pieces: strings and lists grow, others are set."""

    __slots__ = ("_indexed", "_members", "_texts")

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}
        self._indexed: dict[tuple[str, int, Any], _Growing] = {}

    def add(self, delta: Mapping[str, Any]) -> None:
        """Take in the pieces of some members."""
        for name, more in delta.items():
            known = self._members.setdefault(name, None)
            if isinstance(more, str) and name not in _TOLD_ONCE:
                self._texts.setdefault(name, []).append(more)
            elif isinstance(more, dict):
                inner = known if isinstance(known, _Growing) else _Growing()
                inner.add(more)
                self._members[name] = inner
            elif isinstance(more, list):
                self._members[name] = known if isinstance(known, list) else []
                self._extend(name, more)
            elif more is not None and not (known and name in _TOLD_ONCE):
                self._members[name] = more

    def value(self) -> dict[str, Any]:
        """The object as it is now."""
        return {
            name: "".join(self._texts[name]) if name in self._texts else _plain(value)
            for name, value in self._members.items()
        }

    def _extend(self, name: str, more: Sequence[Any]) -> None:
        for entry in more:
            index = entry.get("index") if isinstance(entry, dict) else None
            if type(index) is not int:
                self._members[name].append(entry)
                continue
            # OpenRouter's reasoning_details: an entry comes in pieces of one index and type.
            key = (name, index, text_at(entry, "type"))
            if key not in self._indexed:
                self._indexed[key] = _Growing()
                self._members[name].append(self._indexed[key])
            self._indexed[key].add(entry)


def _plain(value: Any) -> Any:
    if isinstance(value, _Growing):
        return value.value()
    return [_plain(each) for each in value] if isinstance(value, list) else value


def is_ours(call: Any) -> bool:
    """Whether this entry of `tool_calls` calls our own tool."""
    return text_at(member(call, "function"), "name") == TOOL


def calls_in(message: Mapping[str, Any]) -> list[Any]:
    """The entries of a message's or a delta's `tool_calls`."""
    calls = message.get("tool_calls")
    return calls if isinstance(calls, list) else []


def first_choice(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The choice of a reply, or of a chunk, that has no more than one."""
    choices = reply.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def calls_of_ours(calls: Sequence[Any], reason: str) -> tuple[CallMade, ...]:
    """Those of a message that call our own tool; none if one of them was cut short."""
    made = []
    for call in filter(is_ours, calls):
        arguments = member(call, "function").get("arguments") or "{}"
        text = arguments if isinstance(arguments, str) else encoded(arguments)
        if reason not in _WHOLE or not isinstance(read_json(text.encode()), dict):
            return ()
        made.append(CallMade(text_at(call, "id"), TOOL, text))
    return tuple(made)


def leg_of(message: Mapping[str, Any], hidden: tuple[int, ...]) -> Leg:
    """A leg that said this message; members that say nothing are left out of it."""
    said = {name: value for name, value in message.items() if value}
    whole = {"role": "assistant", "content": message.get("content"), **said}
    return Leg((encoded(whole),), hidden)


def message_of(leg: Leg) -> dict[str, Any]:
    """The message that the leg said; an empty one where it was cut before it said anything."""
    message = read_json(leg.pieces[0].encode()) if leg.pieces else None
    return message if isinstance(message, dict) else {}


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, whether it is a string or parts."""
    parts = objects(message.get("content"))
    return text_at(message, "content") or "".join(text_at(part, "text") for part in parts)


def answered(calls: Sequence[CallMade], answers: Mapping[str, str]) -> tuple[str, ...]:
    """What tells the provider the answers to these calls: a message for each."""
    return tuple(
        encoded({"role": "tool", "tool_call_id": call.id, "content": answers[call.id]})
        for call in calls
    )


def merged(legs: Sequence[Leg]) -> dict[str, Any]:
    """All that the client has seen of these legs, as one message."""
    messages = [message_of(leg) for leg in legs]
    whole: dict[str, Any] = {"content": None}
    for name in dict.fromkeys(name for message in messages for name in message):
        whole[name] = _joined([message[name] for message in messages if message.get(name)])
    visible = [
        call
        for leg, message in zip(legs, messages, strict=True)
        for n, call in enumerate(calls_in(message))
        if n not in leg.hidden
    ]
    whole |= {"role": "assistant", "tool_calls": visible}
    return whole if visible else {n: v for n, v in whole.items() if n != "tool_calls"}


def says_nothing(message: Mapping[str, Any]) -> bool:
    """Whether there is nothing in it to be read, or to be done, by the client."""
    others = ("refusal", "audio", "tool_calls", "function_call")
    return not text_of(message).strip() and not any(message.get(name) for name in others)


def delivered(legs: Sequence[Leg]) -> dict[str, Any]:
    """The one message that these legs are for the client, who is told if they say nothing."""
    message = merged(legs)
    if says_nothing(message):
        message["content"] = text_of(message) + NOTHING_SAID
    return message


def _joined(values: Sequence[Any]) -> Any:
    """What a member of several messages is in one: strings and lists run on."""
    if values and all(isinstance(value, str) for value in values):
        return "".join(values)
    if values and all(isinstance(value, list) for value in values):
        return [each for value in values for each in value]
    return values[-1] if values else None


def counted(usage: Mapping[str, Any], earlier: int) -> list[Change]:
    """What makes the usage in a body count what *earlier* legs have written, too."""
    names = ("completion_tokens", "total_tokens") if earlier else ()
    return [
        Replace(("usage", name), b"%d" % (number(usage, name) + earlier))
        for name in names
        if name in usage
    ]
