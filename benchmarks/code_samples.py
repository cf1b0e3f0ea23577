"""Source code as tools show it, from packages that are installed here: never stored anywhere.

Python and JavaScript packages by what their own metadata says of their licence, Python's C
headers, and folders that the user names.  The same installation gives the same samples.
"""

from __future__ import annotations

import json
import os
import re
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from benchmarks.code_needles import code_needles
from benchmarks.made_needles import evenly
from benchmarks.samples import Needle, Sample

ROOT = Path(__file__).resolve().parent.parent

FILES_PER_LANGUAGE = 12
SMALLEST_BYTES, LARGEST_BYTES = 12_000, 80_000
FEWEST_NEEDLES = 4

_LANGUAGES = MappingProxyType(
    {
        "Python": (".py",),
        "JavaScript": (".js", ".mjs", ".cjs"),
        "TypeScript": (".ts", ".tsx", ".mts"),
        "Go": (".go",),
        "Rust": (".rs",),
        "Java": (".java",),
        "C": (".c", ".h"),
        "C++": (".cc", ".cpp", ".hpp"),
    }
)
_LANGUAGE_OF = MappingProxyType(
    {suffix: language for language, suffixes in _LANGUAGES.items() for suffix in suffixes}
)
_PERMISSIVE = re.compile(r"\b(?:MIT|BSD|Apache|ISC|PSF|Python Software Foundation|0BSD|Zlib)\b")
_OTHER = re.compile(r"GPL|MPL|Mozilla|EPL|Proprietary", re.IGNORECASE)
_LEFT_OUT = re.compile(
    r"(?:^|/)(?:tests?|testing|__pycache__|vendor|_vendor|data)[/.]|\.min\.|\.d\.m?ts$"
)
_NPM = Path("/usr/lib/node_modules/npm/node_modules")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, and the package that it is of."""

    package: str
    path: str
    file: Path

    @property
    def language(self) -> str:
        return _LANGUAGE_OF.get(self.file.suffix, "")


def code_samples(folders: Sequence[Path] = ()) -> list[Sample]:
    """Samples from what is installed, and from these folders, some of each language."""
    found: dict[str, dict[str, list[Source]]] = {}
    for source in (*_python(), *_node(), *_headers(), *_of_folders(folders)):
        if source.language and _is_fit(source):
            by_package = found.setdefault(source.language, {})
            by_package.setdefault(source.package, []).append(source)
    return [
        sample
        for language in sorted(found)
        for sample in _samples(language, _spread(found[language]))
    ]


def _is_fit(source: Source) -> bool:
    return (
        not _LEFT_OUT.search(source.path)
        and source.file.is_file()
        and SMALLEST_BYTES <= source.file.stat().st_size <= LARGEST_BYTES
    )


def _spread(by_package: dict[str, list[Source]]) -> list[Source]:
    """One file of each package in turn, as many as are wanted."""
    waiting = [sorted(by_package[name], key=lambda one: one.path) for name in sorted(by_package)]
    each = -(-FILES_PER_LANGUAGE // max(len(waiting), 1))
    turns = [evenly(sources, each) for sources in waiting]
    flat = [turn[place] for place in range(each) for turn in turns if place < len(turn)]
    return evenly(flat, FILES_PER_LANGUAGE)


def _samples(language: str, sources: Sequence[Source]) -> Iterator[Sample]:
    for number, source in enumerate(sources):
        text = source.file.read_text(encoding="utf-8", errors="replace")
        manner = _MANNERS[number % len(_MANNERS)]
        tool, arguments, content, shown = manner(source.path, text)
        facts = code_needles(text, shown=shown, path=source.path)
        needles = tuple(Needle(*fact) for fact in facts if fact[0] in content)
        if len(needles) >= FEWEST_NEEDLES:
            yield Sample(
                name=f"code/{language}/{source.path}",
                kind="code",
                content_type=language,
                needles=needles,
                content=content,
                tool=tool,
                arguments=arguments,
            )


Shown = tuple[str, dict[str, str], str, range]
"""The tool, its arguments, what it answers, and the lines of the file in that."""


def _cat(path: str, text: str) -> Shown:
    return "Bash", {"command": f"cat {path}"}, text, range(len(text.split("\n")))


def _read(path: str, text: str) -> Shown:
    """As Claude Code's Read shows a file."""
    lines = text.split("\n")
    numbered = "\n".join(f"{number:6d}\t{line}" for number, line in enumerate(lines, 1))
    return "Read", {"file_path": f"/repo/{path}"}, numbered, range(len(lines))


def _slice(path: str, text: str) -> Shown:
    """The middle half of a file, by a command."""
    lines = text.split("\n")
    first, last = len(lines) // 4, len(lines) * 3 // 4
    command = f"sed -n '{first + 1},{last}p' {path}"
    return "Bash", {"command": command}, "\n".join(lines[first:last]), range(first, last)


_MANNERS: tuple[Callable[[str, str], Shown], ...] = (_read, _cat, _slice)


def _python() -> Iterator[Source]:
    """The files of the Python packages whose licence is permissive."""
    for package in metadata.distributions():
        name = package.metadata["Name"] or ""
        if not _is_permissive(_licence(package)) or name == "headroom-ai":
            continue
        for file in package.files or ():
            if file.suffix == ".py":
                yield Source(f"python/{name}", file.as_posix(), Path(str(file.locate())))


def _licence(package: metadata.Distribution) -> str:
    told = package.metadata
    # The whole licence may stand there; its name is in its first words.
    said = [(told[name] or "")[:60] for name in ("License-Expression", "License") if name in told]
    return " ".join([*said, *(one for one in told.get_all("Classifier") or () if "License" in one)])


def _is_permissive(licence: str) -> bool:
    return bool(_PERMISSIVE.search(licence)) and not _OTHER.search(licence)


def _node() -> Iterator[Source]:
    """The files of installed npm packages whose licence is permissive."""
    for modules in (ROOT / "tests/node/node_modules", _NPM):
        for pattern in ("*/package.json", "@*/*/package.json"):
            for described in sorted(modules.glob(pattern)):
                if _is_permissive(_npm_licence(described)):
                    yield from _files(described.parent, f"node/{described.parent.name}")


def _npm_licence(described: Path) -> str:
    try:
        package = json.loads(described.read_text(encoding="utf-8"))
    except ValueError:
        return ""
    licence = package.get("license") if isinstance(package, dict) else None
    return licence if isinstance(licence, str) else ""


def _headers() -> Iterator[Source]:
    """The headers of Python itself."""
    folder = Path(sysconfig.get_path("include"))
    yield from _files(folder, "python-headers")


def _of_folders(folders: Sequence[Path]) -> Iterator[Source]:
    for folder in folders:
        yield from _files(folder, folder.name)


def _files(folder: Path, package: str) -> Iterator[Source]:
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if name[0] != "." and name != "node_modules")
        for file in (Path(place) / name for name in sorted(names)):
            if file.suffix in _LANGUAGE_OF:
                yield Source(package, f"{folder.name}/{file.relative_to(folder).as_posix()}", file)
