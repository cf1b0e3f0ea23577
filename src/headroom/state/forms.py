"""Forms as they stand in the store: one per block, and one more for each rewrite of it.

A form stands under the chain of its block; the first writer wins.  A rewrite gives a block that
had been sent another form: that one stands under the chain and the rewrite's name, and heads
name the rewrites that were sent.  So whoever goes on from before a rewrite finds what was sent
before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from headroom.conversation import Form, Known, Plan
from headroom.state.base import Key
from headroom.state.place import Head, StoredForm

FORMS = "form"
NAME_BYTES = 8

Revised = tuple[tuple[bytes, tuple[int, ...]], ...]
"""Rewrites by name, each with the blocks whose form it gave; a block stands in one only."""


def with_rewrite(revised: Revised, rewritten: Mapping[int, Form]) -> Revised:
    """The rewrites of a conversation after one more; the last one that touches a block counts."""
    if not rewritten:
        return revised
    kept = ((name, tuple(i for i in of if i not in rewritten)) for name, of in revised)
    new = (_name(rewritten), tuple(sorted(rewritten)))
    return (*(one for one in kept if one[1]), new)


def until(revised: Revised, end: int) -> Revised:
    """What of these rewrites stands up to and with the block *end*."""
    parts = ((name, tuple(index for index in of if index <= end)) for name, of in revised)
    return tuple(one for one in parts if one[1])


def left_as_one(forms: Mapping[int, Form]) -> list[range]:
    """For all turns that left together, the blocks from the first of them up to the last.

    Nobody can go on from within: one marker tells of all of them.
    """
    spans: dict[int, tuple[int, int]] = {}
    for index, form in forms.items():
        if form.told_by >= 0:
            first, last = spans.get(form.told_by, (index, index))
            spans[form.told_by] = min(first, index), max(last, index)
    return [range(first, last) for first, last in spans.values()]


def form_entries(
    chain: Sequence[bytes], known: Known, plan: Plan, revised: Revised, *, anew: bool
) -> dict[Key, bytes]:
    """What is to be written of the plan's forms; of the known ones, too, where *anew*."""
    forms = {**known.forms, **plan.forms} if anew else plan.forms
    names = {index: name for name, of in revised for index in of}
    of_rewrites = {**known.forms, **plan.rewritten} if anew else plan.rewritten
    entries = {
        (FORMS, chain[index]): _packed(form)
        for index, form in forms.items()
        if index in plan.forms or index not in names
    }
    return entries | {
        (FORMS, chain[index] + names[index]): _packed(of_rewrites[index])
        for index in of_rewrites
        if index in names
    }


def named_forms(chain: Sequence[bytes], head: Head) -> list[Key]:
    """Where the forms stand that a head names."""
    return [key for _, key in _named(chain, head)]


def forms_of(
    chain: Sequence[bytes], head: Head, found: Mapping[Key, bytes]
) -> dict[int, Form] | None:
    """The forms that a head names, by block; None when one is not among what was found."""
    named = _named(chain, head)
    if any(key not in found for _, key in named):
        return None
    return {index: unpacked_form(found[key]) for index, key in named}


def unpacked_form(packed: bytes) -> Form:
    """A form as it was before it was stored."""
    return msgspec.msgpack.decode(packed, type=StoredForm).form


def _named(chain: Sequence[bytes], head: Head) -> list[tuple[int, Key]]:
    first = [(index, (FORMS, chain[index])) for index in head.formed]
    return first + [
        (index, (FORMS, chain[index] + name)) for name, of in head.revised for index in of
    ]


def _name(rewritten: Mapping[int, Form]) -> bytes:
    """The name of a rewrite: what it does."""
    digest = hashlib.blake2b(digest_size=NAME_BYTES, person=b"rewrite")
    for index, form in sorted(rewritten.items()):
        packed = _packed(form)
        digest.update(b"%d %d " % (index, len(packed)) + packed)
    return digest.digest()


def _packed(form: Form) -> bytes:
    return msgspec.msgpack.encode(StoredForm.of(form))
