"""Measures what a model can still read: tokens after over before, and facts still visible.

    python -m benchmarks.needles CORPUS                  our own, with and without leaving out
    python -m benchmarks.needles CORPUS --code           and code of installed packages
    python -m benchmarks.needles CORPUS --code-folder F  and code in a folder
    python -m benchmarks.needles CORPUS --originals      beside the original's two versions
    python -m benchmarks.needles CORPUS --peer old=/venv/bin/python   and any other version
    python -m benchmarks.needles CORPUS --strength 0.5   and with less or more left out
    python -m benchmarks.needles CORPUS --misses         and name each fact that is gone

CORPUS is a folder that the user brings (there is no default): `<kind>/<sample>.json` with
`content`, or request bodies in `transcripts/`; `needles/<kind>.jsonl` with `sample`, `needles`
and `kind` per line.  Tables and documents without needles are given some made from themselves.

Each sample goes through the library as the only tool result of a short conversation whose task
is one of the sample's questions: one conversation for each question.  Once nothing may be left
out, and everything is decoded again and must give the original to the byte; once originals are
kept, and each is fetched by the key in its marker and must be the text to the byte.  The
original is given the same conversations.  Writes Markdown to the screen, and with --markdown
and --json to files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import peers
from benchmarks.code_samples import code_samples
from benchmarks.needle_tables import figures, markdown, misses
from benchmarks.samples import Sample, read_corpus, with_made_needles
from benchmarks.seen import Seen, see_all, see_lossless, see_others, see_reduced
from headroom.tokens import Counter

OURS = "headroom, lossless"
REDUCED = "headroom, originals kept"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    chosen = _parser().parse_args(arguments)
    samples = _samples(chosen)
    counter = Counter.load()
    ways: dict[str, Callable[[], list[Seen]]] = {
        OURS: partial(see_all, see_lossless, samples, counter),
        REDUCED: partial(see_all, see_reduced, samples, counter),
        **{
            f"{REDUCED}, strength {one:g}": partial(
                see_all, partial(see_reduced, strength=one), samples, counter
            )
            for one in chosen.strength
        },
        **{
            name: partial(see_others, samples, python, counter)
            for name, python in _peers(chosen).items()
        },
    }
    subjects: dict[str, list[Seen]] = {}
    for name, see in ways.items():
        print(f"asking {name} …", file=sys.stderr, flush=True)
        subjects[name] = see()
    tables = markdown(subjects)
    print(tables)
    if chosen.misses:
        for name in (OURS, REDUCED):
            print(*(f"{name}: {line}" for line in misses(subjects[name])), sep="\n")
    if chosen.markdown:
        chosen.markdown.write_text(tables)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(subjects), indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="needles", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder of samples; there is no default")
    parser.add_argument("--code", action="store_true", help="code of installed packages too")
    parser.add_argument("--code-folder", action="append", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--given-only", action="store_true", help="make no needles")
    parser.add_argument("--kinds", default="", help="only these, joined by commas")
    parser.add_argument("--strength", action="append", type=float, default=[], metavar="N")
    parser.add_argument("--originals", action="store_true", help="install and ask the original")
    parser.add_argument("--peers-folder", type=Path, default=peers.FOLDER)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--misses", action="store_true", help="name each fact that is gone")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser


def _samples(chosen: argparse.Namespace) -> list[Sample]:
    samples = read_corpus(chosen.corpus)
    if not chosen.given_only:
        samples = with_made_needles(samples)
    if chosen.code or chosen.code_folder:
        samples += code_samples(chosen.code_folder)
    kinds = {kind for kind in chosen.kinds.split(",") if kind}
    return [one for one in samples if not kinds or one.kind in kinds]


def _peers(chosen: argparse.Namespace) -> dict[str, str]:
    """Interpreters by name, installed when they are not there yet."""
    found: dict[str, str] = {}
    if chosen.originals:
        for name in peers.VERSIONS:
            found[name] = str(peers.python_of(name, chosen.peers_folder))
    for peer in chosen.peer:
        name, _, python = peer.rpartition("=")
        found[name or python] = python
    return found


if __name__ == "__main__":
    main()
