"""Requests made shorter in the process that sends them, without a server and without a store.

Purity alone decides: what a block becomes depends on it and on what stands before it, so each
turn is sent with the bytes of the turn before, after a restart and on another machine too.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping, Sequence
from typing import Any

import msgspec

from headroom.api import default_counter, format_of, member_of, replaced, tools_only
from headroom.conversation import Plan
from headroom.errors import UnreadableBody
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.formats.reading import is_retrieval
from headroom.integrations.lately import Lately
from headroom.pipeline import Means, plan
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

Originals = MutableMapping[str, str]
"""Where texts are kept of which something was left out, by the keys in their markers."""

DIALECTS = {one.name: one for one in FORMATS}

UNREADABLE = (UnreadableBody, TypeError, ValueError, OverflowError, RecursionError)
"""What is raised by messages that JSON cannot tell."""


class Shortener:
    """What makes requests shorter; one serves any number of conversations and threads.

    Nothing is left out that cannot be read from the request itself, unless *originals* is given:
    then the text is put there before the request is sent, and something may be left out where
    the agent's own tools show it again or the request brings a tool `headroom_retrieve`.
    """

    __slots__ = ("_choices", "_lately", "_originals")

    def __init__(
        self, *, originals: Originals | None = None, choices: Choices = EVERYTHING
    ) -> None:
        self._originals = originals
        self._choices = choices
        self._lately = Lately()

    def body(self, dialect: str, body: bytes) -> bytes:
        """The body with its tool results written shorter; the same object where nothing is."""
        try:
            document = Document.read(body)
            made = self._planned(DIALECTS[dialect], document)
            return document.rewrite(made.changes) if made.changes else body
        except UnreadableBody as error:
            logger.debug("a request is sent as it is: %s", error)
            return body

    def messages(self, messages: Sequence[Any], **members: Any) -> list[Any]:
        """The messages with their tool results written shorter, in the same number and order.

        What is not changed is the same object.  *members* are further ones of the request, such
        as `tools`; what cannot be told as JSON is left out of account.
        """
        try:
            document = Document.read(_encoded({**members, member_of(messages): messages}))
        except UNREADABLE as error:
            # Its text may hold what was said.
            logger.debug("messages are sent as they are: %s", type(error).__name__)
            return list(messages)
        changed: Any = list(messages)
        for edit in self._planned(format_of(messages), document).edits:
            changed = replaced(changed, edit.path[1:], edit.text)
        return list(changed)

    def _planned(self, dialect: Format, document: Document) -> Plan:
        conversation = tools_only(dialect.read(document))
        means = self._means(dialect, document)
        place = self._lately.find(conversation, means)
        made = plan(
            conversation,
            place.known,
            counter=default_counter(),
            means=means,
            choices=self._choices,
        )
        if self._originals is not None:
            for key, original in made.originals.items():
                self._originals[key] = original.text
        self._lately.note(place, made)
        return made

    def _means(self, dialect: Format, document: Document) -> Means:
        if self._originals is None:
            return ""
        return "tool" if any(map(is_retrieval, dialect.weaver.tools(document))) else "client"


def _encoded(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body, enc_hook=_told)


def _told(value: Any) -> Any:
    """What a model of pydantic says, and of other things only that they are there."""
    dump = getattr(value, "model_dump", None)
    return dump() if dump is not None else None
