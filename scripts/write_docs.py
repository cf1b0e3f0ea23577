"""Write the pages that are derived from the code; `--check` only says whether they are stale."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from headroom.options import Entry
from headroom.settings import CONFIG_FILE, ENTRIES
from headroom.sources import as_text

ROOT = Path(__file__).resolve().parent.parent

if not __package__:
    # Run as a file, Python looks for modules beside it and not in the project.
    sys.path.insert(0, str(ROOT))

from scripts.agents_page import agents_page  # noqa: E402 - found only now
from scripts.api_page import api_page  # noqa: E402
from scripts.backends_page import backends_page  # noqa: E402
from scripts.hidden_legs.page import hidden_legs_page  # noqa: E402
from scripts.logs_page import logs_page  # noqa: E402
from scripts.metrics_page import metrics_page  # noqa: E402
from scripts.opentelemetry_page import opentelemetry_page  # noqa: E402
from scripts.reductions_page import reductions_page  # noqa: E402

SETTINGS_INTRODUCTION = f"""\
# Settings

<!-- Written by `make docs` from src/headroom/settings.py. Change it there. -->

Each option is looked for as a flag, then as a variable, then in the config file, and has its
default otherwise. A blank variable counts as not set, and `~` is your home folder. What is set
under a name that Headroom does not know is told at start and ignored; a value that an option
cannot have stops the start with one sentence.

The config file is `{CONFIG_FILE}` in the config folder (`~/.headroom/config`), with the names in
the first column as keys:

```toml
port = 8080
mode = "cache"
allowed_hosts = ["proxy.example.com"]
```
"""


def settings_page() -> str:
    """docs/settings.md."""
    return "\n".join([SETTINGS_INTRODUCTION, table(ENTRIES)])


def table(entries: Iterable[Entry]) -> str:
    """A table with one row per option."""
    head = "| option | flag | variable | default | what it decides |\n|---|---|---|---|---|\n"
    return head + "".join(row(entry) for entry in entries)


def row(entry: Entry) -> str:
    """The row of one option."""
    kind = entry.option.kind
    value = "" if kind.is_switch else f" {kind.metavar}"
    flags = [f"{entry.flag}{value}", entry.no_flag] if entry.flag else []
    default = entry.option.default_shown or code([as_text(entry.default)])
    what = entry.option.help + (" May be repeated." if entry.flag and kind.is_list else "")
    cells = (code([entry.name]), code(flags), code(entry.variables), default, what)
    return "| " + " | ".join(cells) + " |\n"


def code(texts: Iterable[str]) -> str:
    """The texts as code; in a table a bar must be escaped even there."""
    return ", ".join("`" + text.replace("|", "\\|") + "`" for text in texts if text)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write or check each page; 1 when a checked page is stale."""
    docs = root / "docs"
    pages = {
        docs / "settings.md": settings_page(),
        docs / "agents.md": agents_page(),
        docs / "backends.md": backends_page(),
        docs / "api.md": api_page(),
        docs / "hidden-legs.md": hidden_legs_page(),
        docs / "logs.md": logs_page(),
        docs / "metrics.md": metrics_page(),
        docs / "opentelemetry.md": opentelemetry_page(),
        docs / "reductions" / "README.md": reductions_page(),
    }
    stale = [path for path, text in pages.items() if content(path) != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(root)} is stale: run `make docs`.", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path], "utf-8")
        print(f"wrote {path.relative_to(root)}")
    return 0


def content(path: Path) -> str:
    """What stands in the file, nothing when it is not there."""
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
