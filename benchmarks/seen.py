"""What a model sees of a sample under one subject: our pipeline in two ways, and others' own.

Every sample is asked each of its questions in a conversation of its own, whose task is the
question; tokens are the mean over the questions, and a fact is looked for under its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.samples import MODEL, Sample, conversation_of
from benchmarks.visible import Shown, Sight
from headroom.compressors import COMPRESSORS
from headroom.conversation import Conversation, Form, Known, Original, Plan
from headroom.marker import find_markers
from headroom.pipeline import Texts, plan
from headroom.pipeline.choices import Choices
from headroom.pipeline.clean import clean
from headroom.pipeline.repeat import resolve
from headroom.state.backends.memory import MemoryStore
from headroom.state.originals import Originals
from headroom.tokens import Counter

TENANT = "benchmark"


@dataclass(frozen=True, slots=True)
class Asked:
    """One conversation: tokens of its blocks, what was sent, and what can be had again.

    *brought_back* are the texts that markers led to, *restored* how many changed outputs came
    back to the byte, *lost* what went wrong with the others.
    """

    before: int
    after: int
    sent: tuple[str, ...]
    brought_back: tuple[str, ...] = ()
    restored: int = 0
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a sample under one subject; *sights* are of its needles, in their order.

    *found_again* are the sights of the needles when what markers lead to is looked at too.
    """

    sample: Sample
    before: int
    after: int
    sights: tuple[Sight, ...]
    found_again: tuple[Sight, ...] = ()
    restored: int = 0
    lost: tuple[str, ...] = ()


def see_lossless(sample: Sample, counter: Counter) -> Seen:
    """What our pipeline makes of a sample with nothing left out, all of it decoded again.

    The question makes no difference here, so it is asked only once.
    """
    conversation = conversation_of(sample.asked(""))
    planned = plan(conversation, Known(), counter=counter)
    lost = tuple(_not_restored(conversation, planned.forms))
    restored = len(planned.forms) - len(lost)
    asked = _asked(conversation, planned, (), restored, lost)
    return seen_of(sample, dict.fromkeys(sample.queries, asked))


def see_reduced(sample: Sample, counter: Counter, *, strength: float = 1.0) -> Seen:
    """What is left where originals are kept; each is fetched by the key in its marker."""
    choices = Choices(strength=strength)

    def answer(query: str) -> Asked:
        conversation = conversation_of(sample.asked(query))
        planned = plan(conversation, Known(), counter=counter, means="tool", choices=choices)
        texts, lost = _brought_back(conversation, planned)
        return _asked(conversation, planned, texts, len(texts), lost)

    return seen_of(sample, {query: answer(query) for query in sample.queries})


def see_others(samples: Sequence[Sample], python: str, counter: Counter) -> list[Seen]:
    """What the `headroom` of another interpreter makes of the same conversations.

    Where it fails the messages are left as they are.  Raises SystemExit when it does not answer.
    """
    asked = [(sample, query) for sample in samples for query in sample.queries]
    conversations = [sample.asked(query) for sample, query in asked]
    lines = [json.dumps({"messages": one, "model": MODEL}) + "\n" for one in conversations]
    done = subprocess.run(
        [python, "-I", str(Path(__file__).with_name("compress_with.py"))],
        input="".join(lines),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.home(),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    answers = done.stdout.splitlines()
    if len(answers) != len(asked):
        raise SystemExit(f"{python} gave {len(answers)} answers: {done.stderr[-400:]}")
    answered = iter(answers)
    return [
        seen_of(
            sample,
            {
                query: _of_others(sample.asked(query), json.loads(next(answered)), counter)
                for query in sample.queries
            },
        )
        for sample in samples
    ]


def seen_of(sample: Sample, by_query: Mapping[str, Asked]) -> Seen:
    """One sample over all its questions."""
    all_asked = tuple(by_query.values())
    shown = {query: _shown(sample, one) for query, one in by_query.items()}
    again = {query: _shown(sample, one, one.brought_back) for query, one in by_query.items()}
    sights = tuple(shown[needle.query].sight(needle.text) for needle in sample.needles)
    # The lossless subject asks one question for all: it is counted once.
    different = {id(one): one for one in all_asked}.values()
    return Seen(
        sample=sample,
        before=round(sum(one.before for one in all_asked) / len(all_asked)),
        after=round(sum(one.after for one in all_asked) / len(all_asked)),
        sights=sights,
        found_again=tuple(
            again[needle.query].sight(needle.text) if sight == "missing" else sight
            for needle, sight in zip(sample.needles, sights, strict=True)
        ),
        restored=sum(one.restored for one in different),
        lost=tuple(what for one in different for what in one.lost),
    )


def _shown(sample: Sample, asked: Asked, more: Sequence[str] = ()) -> Shown:
    texts = (*asked.sent[sample.first_block :], *more)
    return Shown("\n".join(texts), is_json=sample.is_json)


def _asked(
    conversation: Conversation,
    planned: Plan,
    texts: tuple[str, ...],
    restored: int,
    lost: tuple[str, ...],
) -> Asked:
    forms = planned.forms
    sent = tuple(
        block.text if index not in forms else forms[index].text or block.text
        for index, block in enumerate(conversation.blocks)
    )
    return Asked(planned.blocks_before, planned.blocks_after, sent, texts, restored, lost)


def _of_others(messages: Any, answer: Mapping[str, Any], counter: Counter) -> Asked:
    before = [block.text for block in conversation_of(messages).blocks]
    after = [block.text for block in conversation_of(answer.get("messages") or messages).blocks]
    return Asked(
        before=sum(map(counter.count, before)),
        after=sum(map(counter.count, after)),
        sent=tuple(after),
        lost=(answer["error"],) if "error" in answer else (),
    )


def _brought_back(
    conversation: Conversation, planned: Plan
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The originals that the markers lead to, and what is wrong with those that they do not."""
    found = asyncio.run(_fetched(planned))
    texts: list[str] = []
    lost: list[str] = []
    for index, form in planned.forms.items():
        if not form.original:
            continue
        keys = {marker.key for marker in find_markers(form.text or "")}
        original = found.get(form.original) if form.original in keys else None
        if original is None:
            lost.append(f"{'+'.join(form.by)}: no marker leads to the original")
        elif original.text != conversation.blocks[index].text:
            lost.append(f"{'+'.join(form.by)}: another text than the original came back")
        else:
            texts.append(original.text)
    return tuple(texts), tuple(lost)


async def _fetched(planned: Plan) -> dict[str, Original]:
    """By key, what a store gives back for every marker that was sent."""
    originals = Originals(MemoryStore())
    await originals.keep(TENANT, planned.originals)
    texts = (form.text or "" for form in planned.forms.values() if form.original)
    keys = {marker.key for text in texts for marker in find_markers(text)}
    found = {key: await originals.find(TENANT, key) for key in sorted(keys)}
    return {key: one for key, one in found.items() if isinstance(one, Original)}


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


See = Callable[[Sample, Counter], Seen]


def see_all(see: See, samples: Iterable[Sample], counter: Counter) -> list[Seen]:
    """What becomes of all samples in one of our ways."""
    return [see(sample, counter) for sample in samples]
