"""What an option is, and how its text becomes a value.

A value comes as text from everywhere: a flag, a variable, a line of the config file.  Each
reader here turns such text into the value, or raises ValueError whose message completes the
sentence "HEADROOM_PORT is 'x', but …".
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import unquote, urlsplit

Value = TypeVar("Value")

Reader = Callable[[str], object]

PREFIX = "HEADROOM_"

YES = ("true", "1", "yes", "on")
NO = ("false", "0", "no", "off", "disable", "disabled")

BACKENDS = ("anthropic", "bedrock", "vertex", "openrouter", "azure", "anyllm")
TRANSLATED = "litellm-"
"""Before the name of a provider, as LiteLLM writes it."""

STORES = ("sqlite", "memory")
LONGEST_REGION = 40

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how help and docs show it, and how it is read from text."""

    shown: str
    read: Reader
    is_switch: bool = False
    """Written without a value on the command line, and with a `--no-` form."""
    is_list: bool = False
    """May be given more than once on the command line, with commas elsewhere."""

    @property
    def metavar(self) -> str:
        """How it stands behind its flag: `NUMBER`, `[token|cache]`."""
        return f"[{self.shown}]" if "|" in self.shown else self.shown.upper()


@dataclass(frozen=True, slots=True)
class Option:
    """One option, wherever it is written.

    *flag* and *variables* are None where the field's name says them: `--idle-timeout-seconds`
    and `HEADROOM_IDLE_TIMEOUT_SECONDS` for `idle_timeout_seconds`; an empty *flag* means none.
    *health* is its name in the `config` of `/health`.
    """

    kind: Kind
    help: str
    flag: str | None = None
    short: str = ""
    variables: tuple[str, ...] | None = None
    default_shown: str = ""
    health: str = ""
    secret: bool = False


def option(
    kind: Kind,
    help: str,  # noqa: A002 - it is the word
    *,
    default: Value,
    flag: str | None = None,
    short: str = "",
    variables: tuple[str, ...] | None = None,
    default_shown: str = "",
    health: str = "",
    secret: bool = False,
) -> Value:
    """A dataclass field that carries its `Option`."""
    details = Option(kind, help, flag, short, variables, default_shown, health, secret=secret)
    # dataclasses.field is typed as returning the default's type, which is what is wanted here.
    return dataclasses.field(default=default, repr=not secret, metadata={"option": details})


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of `Settings` seen as an option."""

    name: str
    default: object
    option: Option

    @property
    def flag(self) -> str:
        """`--port`, or empty when it has none."""
        if self.option.flag is not None:
            return self.option.flag
        return "--" + self.name.replace("_", "-")

    @property
    def no_flag(self) -> str:
        """`--no-cache`, or empty when it is not a switch."""
        has_one = self.flag and self.option.kind.is_switch
        return "--no-" + self.flag.removeprefix("--") if has_one else ""

    @property
    def variables(self) -> tuple[str, ...]:
        """Its environment names; the first one is the name to write."""
        if self.option.variables is not None:
            return self.option.variables
        return (PREFIX + self.name.upper(),)


def read_text(value: str) -> str:
    """Any text."""
    return value


def read_switch(value: str) -> bool:
    """Yes or no, in the usual spellings."""
    word = value.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError("a switch is true or false")


def read_whole_number(least: int, most: int) -> Reader:
    """A whole number within these bounds."""

    def read(value: str) -> int:
        # int() alone would take '1_0' and digits of other scripts.
        if not re.fullmatch(r"[0-9]{1,18}", value) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most} is needed")
        return int(value)

    return read


def read_number(*, above: float, unit: str) -> Reader:
    """A finite number greater than *above*."""

    def read(value: str) -> float:
        problem = f"a number of {unit} above {above:g} is needed"
        try:
            found = float(value)
        except ValueError:
            raise ValueError(problem) from None
        if not math.isfinite(found) or found <= above:
            raise ValueError(problem)
        return found

    return read


def read_amount(value: str) -> float:
    """A finite number, zero or more, of dollars."""
    problem = "an amount in dollars, 0 or more, is needed"
    try:
        found = float(value)
    except ValueError:
        raise ValueError(problem) from None
    if not math.isfinite(found) or found < 0:
        raise ValueError(problem)
    return found


def read_label(value: str) -> str:
    """A short name."""
    if not re.fullmatch(r"[0-9A-Za-z._/+-]{1,64}", value):
        raise ValueError("a name of at most 64 letters, digits and ._/+- is needed")
    return value


def read_share(value: str) -> float:
    """A share between 0 and 1."""
    problem = "a number between 0 and 1 is needed, such as 0.4"
    try:
        found = float(value)
    except ValueError:
        raise ValueError(problem) from None
    if not 0 <= found <= 1:
        raise ValueError(problem)
    return found


def read_choice(
    choices: Sequence[str], aliases: Mapping[str, str] = MappingProxyType({})
) -> Reader:
    """One of *choices*, or an older name for one; case does not matter."""

    def read(value: str) -> str:
        word = value.lower()
        found = aliases.get(word, word)
        if found not in choices:
            raise ValueError(f"the choices are {' and '.join(choices)}")
        return found

    return read


def read_backend(value: str) -> str:
    """Who answers."""
    word = value.lower()
    if word in BACKENDS or re.fullmatch(TRANSLATED + r"[a-z0-9][a-z0-9_.-]{0,63}", word):
        return word
    raise ValueError(f"the choices are {', '.join(BACKENDS)} and {TRANSLATED}<provider>")


def read_region(value: str) -> str:
    """A cloud's region; it becomes part of a host's name, and of a path."""
    word = value.lower()
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,4}", word) or len(word) > LONGEST_REGION:
        raise ValueError("a region such as us-east-1 is needed")
    return word


def read_project(value: str) -> str:
    """A project of Google's cloud, by its id or number; it becomes part of a path."""
    if not re.fullmatch(r"(?:[a-z0-9][a-z0-9.-]{1,61}:)?[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", value):
        raise ValueError("the id of a project such as my-project-1 is needed")
    return value


def read_store(value: str) -> object:
    """A kind of store, or the address of a Redis."""
    if not value.lower().startswith(REDIS_SCHEMES):
        if value.lower() in STORES:
            return value.lower()
        raise ValueError(f"the choices are {', '.join(STORES)} and an address such as redis://host")
    try:
        parts = urlsplit(value)
        # Reading the port is what finds a wrong one.
        place = parts.path if parts.scheme.lower() == "unix" else parts.hostname and parts.port != 0
    except ValueError:
        place = ""
    if not place or re.search(r"[\x00-\x20\x7f]", value):
        raise ValueError("an address such as redis://host:6379/0 or unix:///path is needed")
    return value


def read_several(read_one: Reader) -> Reader:
    """Any number of values, separated by commas."""

    def read(value: str) -> tuple[object, ...]:
        found = (piece.strip() for piece in value.split(","))
        return tuple(dict.fromkeys(read_one(piece) for piece in found if piece))

    return read


def read_path(value: str) -> Path:
    """A path; `~` is expanded by who knows the environment."""
    if not value:
        raise ValueError("a path is needed")
    return Path(value)


def read_listening_host(value: str) -> str:
    """A name or address to listen on."""
    host = value.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[0-9A-Za-z.:%_-]+", host):
        raise ValueError("a host name or an address such as 127.0.0.1 is needed")
    return host


def read_host_name(value: str) -> str:
    """A host name as it stands in a Host header, without its port."""
    if not re.fullmatch(r"[0-9A-Za-z._-]+", value):
        raise ValueError("a host name without scheme and port is needed")
    return value.lower().removesuffix(".")


def read_origin(value: str) -> str:
    """A web page's origin: scheme, host and port, nothing else."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[0-9A-Za-z._:\[\]-]+/?", value):
        raise ValueError("an origin such as https://example.com is needed")
    return value.lower().removesuffix("/")


def read_base_url(value: str) -> str:
    """An origin that callers may name: https, and nothing but host and port."""
    problem = "an origin such as https://gateway.example.com is needed, without a path"
    found = read_api_url(value)
    parts = urlsplit(found.lower())
    if parts.scheme != "https" or parts.path:
        raise ValueError(problem)
    return f"https://{parts.netloc.removesuffix(':443')}"


def read_api_url(value: str) -> str:
    """The address of a provider, without a trailing slash; a path prefix is kept."""
    problem = "an address such as https://api.example.com is needed"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(problem) from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise ValueError(problem)
    if re.search(r"[\x00-\x20\x7f-\uffff\\]", value):
        raise ValueError(problem)
    if "@" in parts.netloc or "?" in value or "#" in value:
        raise ValueError("it must hold neither credentials nor a query")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def read_versioned_api_url(value: str) -> str:
    """The same for providers whose clients write `/v1` at the end: the routes bring it."""
    return read_api_url(value).removesuffix("/v1").rstrip("/")


def read_word(value: str) -> str:
    """A word, in one spelling: `otlp-http` is `otlp_http`.  Any word; who uses it judges it."""
    return value.lower().replace("-", "_")


def pairs_of(text: str) -> dict[str, str]:
    """What `name=value,other=value` says; `%XX` in a value is read as OpenTelemetry does.

    Raises ValueError where a piece is none.
    """
    pairs = {}
    for piece in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals or not re.fullmatch(r"[\x21-\x7e]+", name):
            raise ValueError("name=value is needed, several with commas between them")
        pairs[name] = unquote(value)
    return pairs


def read_pairs(value: str) -> str:
    """The same text, once it is known to hold pairs."""
    pairs_of(value)
    return value


def read_headers(value: str) -> str:
    """The same for headers: what can stand in one."""
    for name, content in pairs_of(value).items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError("one of the names is none that a header can have")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", content):
            raise ValueError("one of the values is none that a header can have")
    return value


def whole_number(least: int, most: int) -> Kind:
    """Whole numbers within these bounds."""
    return Kind("number", read_whole_number(least, most))


def choice(choices: Sequence[str], aliases: Mapping[str, str] = MappingProxyType({})) -> Kind:
    """One of these words."""
    return Kind("|".join(choices), read_choice(choices, aliases))


def choices(words: Sequence[str]) -> Kind:
    """Any of these words."""
    return Kind("|".join(words), read_several(read_choice(words)), is_list=True)


TEXT = Kind("text", read_text)
MODELS = Kind("json|file", read_text)
PATTERNS = Kind("pattern", read_several(read_text), is_list=True)
LABEL = Kind("name", read_label)
SHARE = Kind("share", read_share)
SWITCH = Kind("true|false", read_switch, is_switch=True)
PORT = whole_number(0, 65535)
SECONDS = Kind("seconds", read_number(above=0, unit="seconds"))
WHOLE_SECONDS = Kind("seconds", read_whole_number(1, 30 * 24 * 60 * 60))
DOLLARS = Kind("dollars", read_amount)
FILE = Kind("file", read_path)
FOLDER = Kind("folder", read_path)
LISTENING_HOST = Kind("host", read_listening_host)
HOST_NAMES = Kind("name", read_several(read_host_name), is_list=True)
EXPORTER = Kind("otlp_http|console", read_word)
PAIRS = Kind("pairs", read_pairs)
HEADERS = Kind("pairs", read_headers)
BACKEND = Kind("|".join((*BACKENDS, f"{TRANSLATED}<provider>")), read_backend)
PROJECT = Kind("name", read_project)
REGION = Kind("name", read_region)
STORE = Kind("|".join((*STORES, "redis://…")), read_store)
ORIGINS = Kind("origin", read_several(read_origin), is_list=True)
BASE_URLS = Kind("origin", read_several(read_base_url), is_list=True)
API_URL = Kind("url", read_api_url)
VERSIONED_API_URL = Kind("url", read_versioned_api_url)
