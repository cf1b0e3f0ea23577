"""What earlier ways of starting agents through Headroom have written into files of the user's.

`headroom wrap` writes nothing there.  The original did: base URLs of a proxy on this machine, which
leave an agent without a provider once that proxy is gone, a provider of its own for Codex, and
blocks of instructions for models between two marks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headroom.cli.json_member import without_member
from headroom.cli.pointer import pointer
from headroom.cli.toml_table import without_table
from headroom.errors import SettingsError

BASE_URL = ("env", "ANTHROPIC_BASE_URL")
PROVIDER = ("model_providers", "headroom")
_CHOSEN = re.compile(rb"^model_provider[ \t]*=[ \t]*[\"']headroom[\"'][^\n]*\n?", re.MULTILINE)
_MARK = b"<!-- headroom:rtk-instructions -->"
_ENDS = (_MARK, b"<!-- /headroom:rtk-instructions -->")
"""A block ends at the mark that began it, or at this one."""
INSTRUCTIONS: Mapping[str, tuple[str, ...]] = {
    "codex": ("AGENTS.md", "~/.codex/AGENTS.md"),
    "aider": ("CONVENTIONS.md",),
    "cursor": (".cursorrules",),
    "copilot": (".github/copilot-instructions.md",),
}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file in which something of Headroom may stand."""

    path: Path
    take_out: Callable[[bytes], bytes]
    """The file without it; the same bytes where nothing of ours is in it.  Raises SettingsError."""


def leftovers(agent: str, home: Path, here: Path) -> Iterator[Leftover]:
    """The files of this agent, of the user and of the project *here*."""
    if agent == "claude":
        for folder in (home / ".claude", here / ".claude"):
            for name in ("settings.json", "settings.local.json"):
                yield Leftover(folder / name, without_base_url)
    if agent == "codex":
        yield Leftover(home / ".codex" / "config.toml", without_provider)
    for name in INSTRUCTIONS.get(agent, ()):
        at = home / name.removeprefix("~/") if name.startswith("~/") else here / name
        yield Leftover(at, without_instructions)


def without_base_url(content: bytes) -> bytes:
    """Claude Code's settings without the base URL of a proxy on this machine."""
    return without_member(content, BASE_URL, is_local)


def without_provider(content: bytes) -> bytes:
    """Codex's settings without a provider named `headroom`."""
    without = _CHOSEN.sub(b"", without_table(content, PROVIDER), count=1)
    if without != content and _chosen(without) == "headroom":
        raise SettingsError("it names the model_provider headroom in a way of its own")
    return without


def without_instructions(content: bytes) -> bytes:
    """A file of instructions without the block between marks of Headroom's."""
    before, mark, after = content.partition(_MARK)
    ends = [(after.find(end), len(end)) for end in _ENDS if end in after]
    if not mark or not ends:
        return content
    at, length = min(ends)
    # With the line's end before it, which parted it from what stood there.
    return before.removesuffix(b"\n") + after[at + length :]


def is_local(url: Any) -> bool:
    """Whether this is an address of this machine."""
    return isinstance(url, str) and pointer(url).is_loopback


def _chosen(content: bytes) -> Any:
    return tomllib.loads(content.decode()).get("model_provider")
