"""What replay must know about a dialect: of what its bodies are made, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from headroom.formats.base import Format
from headroom.replay.bill import Tokens

Owner = Literal["head", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; *arguments* are an object, or text where the dialect writes them so."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool said, and the id of the call that it answers."""

    text: str
    call: str


class Dialect(Protocol):
    """One dialect, as sessions are recorded and sent in it.

    An item is one element of the history: a message, or what stands beside messages.  Nothing
    here raises, whatever JSON it is given.
    """

    @property
    def format(self) -> Format:
        """How the pipeline reads it; its name, its provider and its routes."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """What `format` says in a recorded body of this dialect."""
        ...

    @property
    def history(self) -> str:
        """The member of a body that holds its items."""
        ...

    @property
    def head(self) -> tuple[str, ...]:
        """The members that the prompt begins with, in the order in which it is cached."""
        ...

    @property
    def content(self) -> str:
        """The member of an item that its parts stand in, where these are a list."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What a request is sent with, so that it is known whom it is for."""
        ...

    @property
    def default_model(self) -> str:
        """Whom a body is for that names no model, as its path does; empty where bodies name it."""
        ...

    def wrote(self, body: Mapping[str, Any]) -> bool:
        """Whether a body looks like this dialect's, where none before it in `DIALECTS` took it."""
        ...

    def owner(self, item: Any) -> Owner:
        """Whose words an item holds."""
        ...

    def parts(self, item: Any) -> Iterator[tuple[int, Any]]:
        """What the provider's cache tells apart in an item, each with its place there."""
        ...

    def named(self, part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
        """The part with *name* in place of the bytes of its pictures."""
        ...

    def text(self, part: Any) -> str:
        """The text that a part says, empty where it says none; thinking is none."""
        ...

    def call(self, part: Any) -> Call | None:
        """The call that a part is."""
        ...

    def result(self, part: Any) -> Result | None:
        """The tool's result that a part is."""
        ...

    def turn(self, text: str, calls: Sequence[Call]) -> tuple[Any, ...]:
        """The items of a turn that says and calls this; none when it does neither."""
        ...

    def answer(self, model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
        """The body of a reply of these items that is not streamed, with *tokens* as its usage."""
        ...
