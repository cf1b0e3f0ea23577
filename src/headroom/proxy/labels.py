"""What calls are called: a name for each, and the words of clients made safe to be shown."""

from __future__ import annotations

import secrets
from itertools import islice

from headroom.observe.entry import printable
from headroom.proxy.call import Headers

TAG_PREFIX = b"x-headroom-"
NO_TAGS = frozenset(TAG_PREFIX + name for name in (b"base-url", b"bypass", b"mode"))
SECRET_NAMES = (b"key", b"token", b"secret", b"auth", b"pass")
MOST_TAGS = 8


def new_id() -> str:
    """A name for one more request."""
    return f"hr_{secrets.token_hex(8)}"


def tags_of(headers: Headers) -> tuple[tuple[str, str], ...]:
    """What the client calls its request, in headers of ours; never what they decide or open."""
    found = (
        (name[len(TAG_PREFIX) :].decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name.startswith(TAG_PREFIX)
        and name not in NO_TAGS
        and not any(word in name for word in SECRET_NAMES)
    )
    return tuple((label(name), label(value)) for name, value in islice(found, MOST_TAGS))


def label(text: str) -> str:
    """A client's word made safe for a header too, where commas part."""
    return printable(text).replace(",", "?")
