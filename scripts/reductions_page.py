"""docs/reductions/README.md: what may leave a text, derived from the reducers themselves."""

from __future__ import annotations

from pathlib import Path

from headroom.compressors import REDUCERS
from headroom.compressors.base import Reducer
from headroom.compressors.names import LONGEST_NAME, SHORTEST_NAME
from headroom.pipeline.choices import EVERYTHING
from headroom.pipeline.reduce import LARGEST_SHARE_KEPT
from headroom.pipeline.whole import PRECISE, SMALL_RANGE_LINES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reductions"

TEXT = """\
# What may leave, and what stays

<!-- Written by `make docs` from src/headroom/compressors. Change it there. -->

A long tool output is first [written shorter without losing anything](../encodings/README.md).
Where it is still long, what tells nothing may leave it: whole rows, lines, hunks, bodies or
sentences, never words. What stays stays as it was, with its path, line number or id. The original
is kept first, and the text says what left and how to have it again:

```text
[412 of 530 lines left out. Original kept: headroom_retrieve hash=1f3a5c7e9b1d3f5a7c9e1b3d]
```

Where the model has no such tool, something leaves only where the agent can see it again by its
own means, and the same line says how: by reading those lines of the file, by running the command
again.

Gaps are named where they stood, with the names that stood there (paths, identifiers, versions,
numbers of {shortest} to {longest} characters): by far most of what agents take from a long output
later are its names.

```text
[… lines 27-80 left out; named there: libffi-3.4.4, src/pool.py, conn_4711]
```

## Kinds

The first that knows the text takes it. *Stays* is what is kept of a long one, in tokens, where no
option says otherwise; beyond that stays what must. *Used later* is the share of texts that lost
something of which the lost part was used later in recorded sessions, or a guess on the safe side
where those hold too few (the comment beside it says which); it is what an edit must pay for.

| kind (`--skip-kind`) | what | stays | used later | in `transforms_applied` |
|---|---|---:|---:|---|
{rows}
With examples: {pages}.

## What is kept whole

- Results of fewer than {smallest} tokens (`--min-tokens`), and those that would not become at
  least {gain} % shorter.
- Results of calls that failed: they lose nothing but repetition.
- What was asked for narrowly: up to {lines} lines by a range; and what was asked for by an id or a
  query has {precise:g} times the room.
- Instructions that an agent follows to the letter (`SKILL.md`, `AGENTS.md`, `CLAUDE.md` and their
  like), and drawings.
- Everything of a tool that `--protect-tools` names.
- What would cost more than it saves: tokens that leave x (one write + the later reads) against
  the chance that they are needed after all x what fetching them costs.
- A text that lost something before in the same conversation: whoever asks again needs all of it.

`headroom explain FILE` shows for a request body or a session, block by block, what became of it,
by whom, and why the rest was left alone.

## How much

`--target-ratio 0.5` wishes for half of each long block; `--min-tokens`, `--code-tokens`,
`--skip-kind` and `--protect-tools` are in [docs/settings.md](../settings.md). A block keeps the
form that it was first given, so a changed option changes only what is new.
[docs/measurements.md](../measurements.md) has the curve of the bill against what stays visible,
and why the default stands where it stands.
"""


def reductions_page() -> str:
    """The page."""
    return TEXT.format(
        shortest=SHORTEST_NAME,
        longest=LONGEST_NAME,
        rows="".join(map(_row, REDUCERS)),
        pages=", ".join(map(_link, sorted(FOLDER.glob("[!R]*.md")))),
        smallest=EVERYTHING.smallest_tokens,
        gain=round(100 * (1 - LARGEST_SHARE_KEPT)),
        lines=SMALL_RANGE_LINES,
        precise=PRECISE,
    )


def _link(page: Path) -> str:
    title = page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
    return f"[{title}]({page.name})"


def _row(reducer: Reducer) -> str:
    what = (type(reducer).__doc__ or "").partition("\n")[0].rstrip(".")
    cells = (
        f"`{reducer.kind}`",
        what,
        f"{reducer.usual_tokens:,}",
        f"{reducer.asked_back:.0%}",
        f"`{reducer.strategy}`",
    )
    return "| " + " | ".join(cells) + " |\n"
