"""Where the values of options come from: flags, variables, the config file.

Each is a list of texts with the place where they were written, so that one reader and one
error message serve all three.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headroom.errors import SettingsError
from headroom.options import PREFIX, Entry

# Names that clients of ours read: not options, and nothing to warn about.
CLIENT_VARIABLES = frozenset({"HEADROOM_BASE_URL", "HEADROOM_PROXY_URL"})

SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Source:
    """A text for an option, and where it was written."""

    entry: Entry
    text: str
    where: str


def from_flags(entries: Iterable[Entry], flags: Mapping[str, object]) -> Iterator[Source]:
    """What the command line gave; None and empty lists are flags that were not used."""
    for entry in entries:
        value = flags.get(entry.name)
        if value is None or value == ():
            continue
        yield Source(entry, as_text(value), entry.no_flag if value is False else entry.flag)


def from_variables(entries: Iterable[Entry], environ: Mapping[str, str]) -> Iterator[Source]:
    """What the environment gave: for each option its first variable that is not blank."""
    for entry in entries:
        filled = (name for name in entry.variables if environ.get(name, "").strip())
        name = next(filled, None)
        if name is not None:
            yield Source(entry, environ[name], name)


def from_config(
    entries: Iterable[Entry], config: Mapping[str, object], file: Path
) -> Iterator[Source]:
    """What the config file gave, whose keys are the names of the options."""
    for entry in entries:
        if entry.name in config:
            yield Source(entry, as_text(config[entry.name]), f"{entry.name} in {file}")


def read_all(sources: Iterable[Source], environ: Mapping[str, str]) -> dict[str, Any]:
    """The value of each option by its name; the first source wins.  Raises SettingsError."""
    values: dict[str, Any] = {}
    for source in sources:
        values.setdefault(source.entry.name, read_one(source, environ))
    return values


def read_one(source: Source, environ: Mapping[str, str]) -> object:
    """The value in this text.  Raises SettingsError."""
    try:
        value = source.entry.option.kind.read(source.text.strip())
        return expanded(value, environ) if isinstance(value, Path) else value
    except ValueError as error:
        raise SettingsError(f"{source.where} is {shown(source)}, but {error}.") from error


def shown(source: Source) -> str:
    """The text as a message may show it: no secrets, and not too long."""
    if source.entry.option.secret:
        return "not usable"
    return repr(re.sub(r"//[^/@]*@", "//…@", source.text[:SHOWN_CHARACTERS]))


def as_text(value: object) -> str:
    """How a value is written in a variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(as_text(item) for item in value)
    return "" if value is None else str(value)


def expanded(path: Path, environ: Mapping[str, str]) -> Path:
    """The path with `~` replaced by the home folder.  Raises ValueError."""
    home = environ.get("HOME", "").strip()
    if path.parts[:1] == ("~",) and home:
        return Path(home, *path.parts[1:])
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such home folder") from error


def load(file: Path) -> dict[str, object]:
    """The content of the config file, empty when there is none.  Raises SettingsError."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from error


def unknown_variables(entries: Iterable[Entry], environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each variable of ours that means nothing, with the nearest that does."""
    known = CLIENT_VARIABLES.union(name for entry in entries for name in entry.variables)
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and environ[name].strip():
            yield f"{name} is ignored: no such variable{nearest(name, sorted(known))}."


def unknown_keys(
    entries: Iterable[Entry], config: Mapping[str, object], file: Path
) -> Iterator[str]:
    """A sentence for each key of the config file that means nothing."""
    known = [entry.name for entry in entries]
    for name in sorted(set(config).difference(known)):
        yield f"{name} in {file} is ignored: no such option{nearest(name, known)}."


def nearest(name: str, known: Sequence[str]) -> str:
    """What was perhaps meant, to go on a sentence."""
    found = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {found[0]}?)" if found else ""
