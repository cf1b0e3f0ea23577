"""A file of the user's that we change, and give back byte for byte.

What stood there before is kept in the workspace, first; the file is then replaced as a whole, so
that a process killed at any moment leaves either what was or what is to be, and the way back.
Others may change the file meanwhile: then only what is ours is taken out of it again.

    kept = KeptFile(Path.home() / ".codex/config.toml", "mcp", settings.workspace_dir)
    kept.change(with_our_lines, without_our_lines)
    …
    kept.restore(without_our_lines)
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from headroom.state import workspace

FOLDER = "kept"
"""In the workspace, where backups are."""
RECORD = ".json"
DRAFT = ".headroom-draft"
MOST_TRIES = 5
"""How often somebody else may write the file while we do."""

Content = bytes | None
"""What a file holds; None where there is none."""
Turn = Callable[[Content], Content]
"""What the file is to hold, from what it holds.  May raise, and then nothing is changed."""

Restored = Literal["nothing", "whole", "ours"]
"""Nothing of ours was there; it is as it was, byte for byte; ours was taken out, and what others
wrote since has stayed."""


class Record(msgspec.Struct, frozen=True):
    """What is known of a changed file; it counts from the moment it is written."""

    path: str
    purpose: str
    before: str
    """The digest of what stood there, by which its backup is named; empty where nothing did."""
    written: tuple[str, ...]
    """The digests of what we put in its place: while one of them stands, nobody else wrote."""


class KeptFile:
    """One file, and what one *purpose* does to it: a word such as `mcp` or `wrap`.

    Several purposes may change the same file, and be undone in any order.
    """

    __slots__ = ("_folder", "_purpose", "path")

    def __init__(self, path: Path, purpose: str, workspace_dir: Path) -> None:
        # A link stays one: what it leads to is changed.
        self.path = path.expanduser().resolve()
        self._purpose = purpose
        self._folder = workspace_dir / FOLDER

    @classmethod
    def all(cls, purpose: str, workspace_dir: Path) -> tuple[KeptFile, ...]:
        """Every file that is changed for this purpose, as far as it was not restored."""
        found = (_read_record(path) for path in (workspace_dir / FOLDER).glob(f"*{RECORD}"))
        paths = sorted(one.path for one in found if one is not None and one.purpose == purpose)
        return tuple(cls(Path(path), purpose, workspace_dir) for path in paths)

    @property
    def is_changed(self) -> bool:
        """Whether we changed it, and have not restored it."""
        return self._record() is not None

    @property
    def backup(self) -> Path | None:
        """Where stands what it held before; None where it was not there, or is not changed."""
        record = self._record()
        return self._backup(record.before) if record is not None and record.before else None

    def read(self) -> Content:
        """What it holds now.  Raises OSError."""
        return _read(self.path)

    def change(self, add: Turn, remove: Turn) -> bool:
        """Let *add* say what the file holds; whether that is another content than before.

        *add* is given what it held without us: the backup where nobody else wrote since our last
        change, else what *remove* makes of it.  Both must leave alone what is not ours.
        Raises OSError, and whatever they raise; then the file is as it was.
        """
        with self._locked():
            for _ in range(MOST_TRIES):
                now, record = self.read(), self._record()
                base = self._base(now, record, remove)
                new = add(base)
                if new == now:
                    return False
                self._keep(base, new, record)
                if self._put(new, instead_of=now):
                    return True
            raise OSError(f"others write {self.path} all the time; close what uses it")

    def restore(self, remove: Turn) -> Restored:
        """Undo our change: byte for byte where nobody else wrote, else by *remove*.

        Raises OSError, and whatever *remove* raises; then the file is as it was.
        """
        with self._locked():
            for _ in range(MOST_TRIES):
                now, record = self.read(), self._record()
                old = self._base(now, record, remove)
                if old == now or self._put(old, instead_of=now):
                    self._forget()
                    if old == now:
                        return "nothing"
                    return "whole" if record and _digest(old) == record.before else "ours"
            raise OSError(f"others write {self.path} all the time; close what uses it")

    def _base(self, now: Content, record: Record | None, remove: Turn) -> Content:
        """What the file would hold without us."""
        if record is None or _digest(now) not in record.written:
            return remove(now)
        before = _read(self._backup(record.before)) if record.before else None
        # Somebody may have tidied the workspace.
        return before if _digest(before) == record.before else remove(now)

    def _keep(self, base: Content, new: Content, record: Record | None) -> None:
        """Write down what stands there without us, and then that *new* is ours."""
        before, digest = _digest(base), _digest(new)
        if base is not None:
            workspace.replace(self._backup(before), base)
        # Of another beginning nothing that was written leads back to this one.
        earlier = record.written if record is not None and record.before == before else ()
        written = (*(one for one in earlier if one != digest), digest)
        told = Record(str(self.path), self._purpose, before, written)
        workspace.replace(self._place(RECORD), msgspec.json.encode(told))
        if record is not None and record.before not in ("", before):
            self._backup(record.before).unlink(missing_ok=True)

    def _put(self, content: Content, *, instead_of: Content) -> bool:
        """Let this stand there, unless something else than *instead_of* does by now."""
        if self.read() != instead_of:
            return False
        if content is None:
            self.path.unlink()
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mode = workspace.FILE_MODE
        if instead_of is not None:
            mode = _mode(self.path)
        workspace.replace(self.path, content, mode=mode, draft=DRAFT)
        return True

    def _forget(self) -> None:
        """Nothing of ours is there any more."""
        record = self._record()
        self._place(RECORD).unlink(missing_ok=True)
        if record is not None and record.before:
            self._backup(record.before).unlink(missing_ok=True)

    def _record(self) -> Record | None:
        record = _read_record(self._place(RECORD))
        # Whoever moved the workspace has moved no file of the user's.
        return record if record is not None and record.path == str(self.path) else None

    def _backup(self, digest: str) -> Path:
        return self._place(f".{digest[:16]}")

    def _place(self, suffix: str) -> Path:
        """Named so that a person finds the backup of a file."""
        of_path = hashlib.sha256(f"{self._purpose}\0{self.path}".encode()).hexdigest()[:12]
        return self._folder / f"{self._purpose}-{self.path.name}-{of_path}{suffix}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        workspace.prepare(self._folder.parent)
        workspace.prepare(self._folder)
        with workspace.locked(self._folder):
            # What a killed process of ours left beside the file.
            self.path.with_name(f"{self.path.name}{DRAFT}").unlink(missing_ok=True)
            yield


def _read(path: Path) -> Content:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _mode(path: Path) -> int:
    """How it is opened to others.  Raises OSError where its owner would change with it."""
    status = path.stat()
    if status.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "it belongs to another user: run this as they", path)
    return stat.S_IMODE(status.st_mode)


def _read_record(path: Path) -> Record | None:
    content = _read(path)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=Record)
    except msgspec.DecodeError:
        return None


def _digest(content: Content) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
