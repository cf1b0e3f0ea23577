"""Reading the files that say where agents send their requests; what cannot be read is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType

from headroom.cli.diagnosis import agent_files, credentials
from headroom.cli.diagnosis.agent_files import Leftover, Said
from headroom.cli.diagnosis.credentials import Credential
from headroom.cli.diagnosis.places import Place, Reads

MOST_BYTES = 1 << 20

Told = Said | Leftover | Credential
Reader = Callable[[str, str], Iterator[Told]]


@dataclass(slots=True)
class Read:
    """What all files say."""

    said: list[Said] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    def take(self, told: Told) -> None:
        """Add something that a file says."""
        if isinstance(told, Said):
            self.said.append(told)
        elif isinstance(told, Leftover):
            self.leftovers.append(told)
        else:
            self.credentials.append(told)


READERS: Mapping[Reads, tuple[Reader, ...]] = MappingProxyType(
    {
        "claude": (agent_files.of_claude, agent_files.hooks_of_claude),
        "codex": (agent_files.of_codex,),
        "instructions": (agent_files.leftover,),
        "claude_login": (credentials.of_claude,),
        "codex_login": (credentials.of_codex,),
    }
)


def read_all(places: Iterable[Place], home: Path) -> Read:
    """What they say, in their order; a file that is not there says nothing."""
    read = Read()
    for place in places:
        shown = _shown(place.file, home)
        try:
            text = _text(place.file)
            readers = READERS.get(place.reads, (partial(agent_files.mentions, place.agent),))
            told = [one for reader in readers for one in reader(text, shown)]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            read.unreadable[shown] = error.strerror or str(error)
            continue
        except (ValueError, RecursionError):
            # Not what the error says: that may be a piece of a key.
            form = "TOML" if place.reads == "codex" else "JSON"
            read.unreadable[shown] = f"it is no {form} that can be read"
            continue
        for one in told:
            read.take(one)
    return read


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES).decode("utf-8", "replace")


def _shown(file: Path, home: Path) -> str:
    return f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)
