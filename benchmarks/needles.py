"""Measures what a model can still read: tokens after over before, and facts still visible.

    python -m benchmarks.needles CORPUS                       our own encodings
    python -m benchmarks.needles CORPUS --peer old=/venv/bin/python   and another version's
    python -m benchmarks.needles CORPUS --misses              and name each fact that is gone

CORPUS is a folder that the user brings (there is no default): `<kind>/<sample>.json` with
`content`, or request bodies in `transcripts/`; `needles/<kind>.jsonl` with `sample`, `needles`
and `kind` per line.  Each sample goes through the library as the only tool result of a short
conversation: once without leaving anything out, when everything is decoded again and must give
the original to the byte, and once with originals kept, asked each question of the sample.
Writes Markdown to the screen, and with --markdown and --json to files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.visible import Shown, Sight
from headroom.api import format_of, member_of
from headroom.compressors import COMPRESSORS
from headroom.conversation import Conversation, Form, Known
from headroom.pipeline import Texts, plan
from headroom.pipeline.clean import clean
from headroom.pipeline.repeat import resolve
from headroom.tokens import Counter
from headroom.wire.document import Document

MODEL = "gpt-5"
TASK = "Please look into this."
OURS = "headroom"
REDUCED = "headroom, originals kept"
TRANSCRIPTS = "transcripts"
NOT_VISIBLE_BY_NATURE = ("count", "boilerplate")
"""Counts are no substring of anything; boilerplate may go."""
TRANSCRIPT_NEEDLES = "next_use"
URGENT = ("error", "id")

Messages = list[Any]


@dataclass(frozen=True, slots=True)
class Needle:
    """A fact of a sample, and what kind of fact."""

    text: str
    kind: str
    query: str = ""
    """The question that it answers."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Messages that hold one tool output or many, and the facts in them."""

    name: str
    kind: str
    messages: Messages
    needles: tuple[Needle, ...]
    is_json: bool
    content: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a sample under one subject."""

    sample: Sample
    before: int
    after: int
    sights: tuple[Sight, ...]
    restored: int = 0
    """Outputs that were changed and came back to the byte."""
    lost: tuple[str, ...] = ()
    """Outputs that did not: what went wrong."""


@dataclass(slots=True)
class Row:
    """The sum over the samples of one kind."""

    samples: int = 0
    before: int = 0
    after: int = 0
    sights: Tally[Sight] = field(default_factory=Tally)
    urgent: Tally[Sight] = field(default_factory=Tally)
    restored: int = 0
    lost: int = 0

    def add(self, seen: Seen) -> None:
        self.samples += 1
        self.before += seen.before
        self.after += seen.after
        self.restored += seen.restored
        self.lost += len(seen.lost)
        for needle, sight in zip(seen.sample.needles, seen.sights, strict=True):
            self.sights[sight] += 1
            if needle.kind in URGENT:
                self.urgent[sight] += 1

    def figures(self) -> dict[str, Any]:
        return {
            "samples": self.samples,
            "tokens_before": self.before,
            "tokens_after": self.after,
            "needles": self.sights.total(),
            "whole": self.sights["whole"],
            "split": self.sights["split"],
            "missing": self.sights["missing"],
            "errors_and_ids": self.urgent.total(),
            "errors_and_ids_missing": self.urgent["missing"],
            "restored": self.restored,
            "not_restored": self.lost,
        }


def read_corpus(folder: Path) -> list[Sample]:
    """All samples of a corpus folder.  Raises SystemExit when it is none."""
    needles = {path.stem: _needles(path) for path in sorted(folder.glob("needles/*.jsonl"))}
    samples = [
        _sample(path, needles.get(path.parent.name, {}))
        for path in sorted(folder.glob("*/*.json"))
        if path.parent.name != "needles"
    ]
    if not samples:
        raise SystemExit(f"no samples in {folder}: expected <kind>/<sample>.json")
    return samples


def _needles(path: Path) -> dict[str, list[Needle]]:
    found: dict[str, list[Needle]] = {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        if one["kind"] in NOT_VISIBLE_BY_NATURE:
            continue
        if path.stem == TRANSCRIPTS and one["kind"] != TRANSCRIPT_NEEDLES:
            continue
        mine = found.setdefault(one["sample"], [])
        mine += [Needle(text, one["kind"], one.get("query", "")) for text in one["needles"]]
    return found


def _sample(path: Path, needles: Mapping[str, Sequence[Needle]]) -> Sample:
    read = json.loads(path.read_text())
    kind = path.parent.name
    messages = read.get("messages") or read.get("input")
    return Sample(
        name=f"{kind}/{path.name}",
        kind=kind,
        messages=messages or conversation_about(read["content"], read.get("tool", "")),
        needles=tuple(needles.get(f"{kind}/{path.name}", ())),
        is_json=read.get("content_type") in ("json", "ndjson"),
        content=read.get("content", ""),
        command=read.get("tool", ""),
    )


def conversation_about(content: str, command: str, task: str = TASK) -> Messages:
    """A conversation whose one tool result is *content*."""
    call = {"name": "shell", "arguments": json.dumps({"command": command})}
    return [
        {"role": "user", "content": task},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": content},
    ]


def see_ours(sample: Sample, counter: Counter) -> Seen:
    """What our pipeline makes of a sample, and whether it can be undone."""
    conversation = _read(sample.messages)
    planned = plan(conversation, Known(), counter=counter)
    forms = planned.forms
    sent = [
        block.text if index not in forms else forms[index].text or block.text
        for index, block in enumerate(conversation.blocks)
    ]
    lost = tuple(_not_restored(conversation, forms))
    return Seen(
        sample=sample,
        before=planned.blocks_before,
        after=planned.blocks_after,
        sights=_sights(sample, sent[_first(sample) :]),
        restored=len(forms) - len(lost),
        lost=lost,
    )


def see_reduced(sample: Sample, counter: Counter) -> Seen:
    """What is left where originals are kept, asked each question in a conversation of its own.

    Tokens are the mean over the questions; an original counts as restored when it is the text.
    """
    if not sample.content:
        return see_ours(sample, counter)
    seen = [_see_asked(sample, query, counter) for query in _queries(sample)]
    by_query = dict(zip(_queries(sample), seen, strict=True))
    sights = (_sights_of(by_query[needle.query], sample, needle) for needle in sample.needles)
    wrong = tuple(f"{sample.name}: another original" for one in seen if not one.is_whole)
    return Seen(
        sample=sample,
        before=round(sum(one.before for one in seen) / len(seen)),
        after=round(sum(one.after for one in seen) / len(seen)),
        sights=tuple(sights),
        restored=sum(one.kept and one.is_whole for one in seen),
        lost=wrong,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a sample under one question."""

    before: int
    after: int
    sent: tuple[str, ...]
    kept: bool
    is_whole: bool


def _queries(sample: Sample) -> list[str]:
    return list(dict.fromkeys(needle.query for needle in sample.needles)) or [""]


def _see_asked(sample: Sample, query: str, counter: Counter) -> Asked:
    conversation = _read(conversation_about(sample.content, sample.command, query or TASK))
    planned = plan(conversation, Known(), counter=counter, means="tool")
    sent = tuple(
        block.text if index not in planned.forms else planned.forms[index].text or block.text
        for index, block in enumerate(conversation.blocks)
    )
    texts = [one.text for one in planned.originals.values()]
    return Asked(
        before=planned.blocks_before,
        after=planned.blocks_after,
        sent=sent[_first(sample) :],
        kept=bool(texts),
        is_whole=all(text == sample.content for text in texts),
    )


def _sights_of(asked: Asked, sample: Sample, needle: Needle) -> Sight:
    return Shown("\n".join(asked.sent), is_json=sample.is_json).sight(needle.text)


def restored(form: Form, before: Texts) -> str:
    """The text that the block had, from what is sent for it and what stands before it.

    Raises ValueError when it cannot be undone.
    """
    by_strategy = {one.strategy: one for one in COMPRESSORS}
    text = form.text or ""
    for strategy in reversed(form.by):
        if strategy == "repeat":
            text = resolve(text, before.labelled)
        elif strategy != "clean":
            text = by_strategy[strategy].decode(text)
    return text


def _not_restored(conversation: Conversation, forms: Mapping[int, Form]) -> Iterator[str]:
    before = Texts()
    for index, block in enumerate(conversation.blocks):
        form = forms.get(index, Form(None))
        if form.text is not None:
            shown = clean(block.text) if "clean" in form.by else None
            try:
                text = restored(form, before)
            except ValueError as error:
                yield f"{'+'.join(form.by)}: {error}"
            else:
                if text != (block.text if shown is None else shown):
                    yield f"{'+'.join(form.by)}: other text came back"
        before.add(block, form)


def see_peer(samples: Sequence[Sample], python: str, counter: Counter) -> list[Seen]:
    """What the `headroom` of another interpreter makes of the samples; failures are left raw."""
    script = Path(__file__).with_name("compress_with.py")
    asked = "".join(
        json.dumps({"messages": one.messages, "model": MODEL}) + "\n" for one in samples
    )
    done = subprocess.run(
        [python, "-I", str(script)],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.home(),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    answers = done.stdout.splitlines()
    if len(answers) != len(samples):
        raise SystemExit(f"{python} gave {len(answers)} answers: {done.stderr[-400:]}")
    return [
        _seen_of_peer(sample, json.loads(answer), counter)
        for sample, answer in zip(samples, answers, strict=True)
    ]


def _seen_of_peer(sample: Sample, answer: Mapping[str, Any], counter: Counter) -> Seen:
    before = [block.text for block in _read(sample.messages).blocks]
    after = [block.text for block in _read(answer.get("messages") or sample.messages).blocks]
    return Seen(
        sample=sample,
        before=sum(map(counter.count, before)),
        after=sum(map(counter.count, after)),
        sights=_sights(sample, after[_first(sample) :]),
        lost=(answer["error"],) if "error" in answer else (),
    )


def _first(sample: Sample) -> int:
    """The first block in which facts are looked for: our own question and call do not count."""
    return 0 if sample.kind == TRANSCRIPTS else 2


def _sights(sample: Sample, sent: Iterable[str]) -> tuple[Sight, ...]:
    shown = Shown("\n".join(sent), is_json=sample.is_json)
    return tuple(shown.sight(needle.text) for needle in sample.needles)


def _read(messages: Messages) -> Conversation:
    body = msgspec.json.encode({"model": MODEL, member_of(messages): messages})
    return format_of(messages).read(Document.read(body))


def rows(seen: Iterable[Seen]) -> dict[str, Row]:
    """By kind, and over all single outputs."""
    found: dict[str, Row] = {}
    for one in seen:
        found.setdefault(one.sample.kind, Row()).add(one)
        if one.sample.kind != TRANSCRIPTS:
            found.setdefault("all outputs", Row()).add(one)
    return {kind: found[kind] for kind in sorted(found, key=_order)}


def _order(kind: str) -> tuple[int, str]:
    return (("all outputs", TRANSCRIPTS).index(kind) + 1, kind) if kind in LAST else (0, kind)


LAST = ("all outputs", TRANSCRIPTS)


def markdown(subjects: Mapping[str, Mapping[str, Row]]) -> str:
    """One table per subject."""
    return "\n".join(_table(name, found) for name, found in subjects.items())


def _table(name: str, found: Mapping[str, Row]) -> str:
    heads = (
        "kind", "samples", "tokens", "after / before", "needles", "visible",
        "of these split", "errors, ids visible", "decoded to the byte",
    )  # fmt: skip
    lines = [heads, ("---", *("---:" for _ in heads[1:])), *map(_cells, found.items())]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {name}\n\n{table}\n"


def _cells(item: tuple[str, Row]) -> tuple[str, ...]:
    kind, row = item
    changed = row.restored + row.lost
    return (
        kind,
        str(row.samples),
        f"{row.before:,}",
        f"{row.after / max(row.before, 1):.3f}",
        str(row.sights.total()),
        _share(row.sights),
        str(row.sights["split"]),
        _share(row.urgent),
        f"{row.restored} of {changed}" if changed else "–",
    )


def _share(sights: Tally[Sight]) -> str:
    total = sights.total()
    return f"{100 * (total - sights['missing']) / total:.1f} %" if total else "–"


def misses(seen: Iterable[Seen]) -> Iterator[str]:
    """Each fact that is gone, and each output that did not come back."""
    for one in seen:
        for needle, sight in zip(one.sample.needles, one.sights, strict=True):
            if sight != "whole":
                yield f"{sight} {needle.kind} {one.sample.name}: {needle.text[:160]!r}"
        yield from (f"not restored: {one.sample.name}: {what}" for what in one.lost)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="needles", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder of samples; there is no default")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--misses", action="store_true", help="name each fact that is gone")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = parser.parse_args(arguments)
    samples = read_corpus(chosen.corpus)
    counter = Counter.load()
    subjects = {
        OURS: [see_ours(sample, counter) for sample in samples],
        REDUCED: [see_reduced(sample, counter) for sample in samples],
    }
    for peer in chosen.peer:
        name, _, python = peer.rpartition("=")
        subjects[name or python] = see_peer(samples, python, counter)
    found = {name: rows(seen) for name, seen in subjects.items()}
    tables = markdown(found)
    print(tables)
    if chosen.misses:
        for name, seen in subjects.items():
            print(*(f"{name}: {line}" for line in misses(seen)), sep="\n")
    if chosen.markdown:
        chosen.markdown.write_text(tables)
    if chosen.json:
        figures = {n: {k: row.figures() for k, row in found[n].items()} for n in found}
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
