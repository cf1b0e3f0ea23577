"""Lifetimes and room of what stands in the store."""

from __future__ import annotations

import math

import pytest

from headroom.state import (
    accounts,
    forms,
    habits,
    heads,
    legs,
    lookup,
    originals,
    pattern_counts,
)
from headroom.state.namespaces import (
    CONVERSATION,
    DAY_S,
    FOR_EVER,
    NAMESPACES,
    Declared,
    Namespace,
)


def test_what_belongs_to_a_conversation_lives_and_leaves_with_it() -> None:
    of_conversations = Declared(7 * DAY_S, NAMESPACES).of_conversations

    used = {forms.FORMS, heads.HEADS, lookup.BYPASSED, originals.ORIGINALS}
    assert set(of_conversations) == used | {legs.LEGS, lookup.OFFERS, accounts.ACCOUNTS}


def test_that_an_original_was_kept_is_known_for_much_longer_than_the_original() -> None:
    declared = Declared(7 * DAY_S, NAMESPACES)

    assert declared.lifetime_s("kept") == 56 * DAY_S
    assert declared.most_entries(1 << 30)["kept"] == 1 << 18
    assert declared.most_entries(0)["kept"] == 1


def test_what_is_counted_of_what_comes_in_is_bounded() -> None:
    most = Declared(7 * DAY_S, NAMESPACES).most_entries(1 << 30)

    assert most[habits.HABITS] == 1 << 17
    assert most[pattern_counts.COUNTS] == 1 << 18


def test_a_lifetime_is_counted_in_conversations_or_in_days_or_never_ends() -> None:
    table = {"a": CONVERSATION, "b": Namespace(days=40), "c": FOR_EVER}
    declared = Declared(2 * DAY_S, table)

    assert [declared.lifetime_s(name) for name in "abc"] == [2 * DAY_S, 40 * DAY_S, math.inf]
    assert declared.since(100 * DAY_S) == {"a": 98 * DAY_S, "b": 60 * DAY_S, "c": -math.inf}


def test_only_what_lives_as_conversations_do_belongs_to_groups() -> None:
    declared = Declared(7 * DAY_S, NAMESPACES)
    form, kept = ("form", b"1"), ("kept", b"1")

    assert declared.grouped({form: b"one", kept: b"one"}) == {form: b"one"}


def test_what_is_not_declared_is_refused() -> None:
    declared = Declared(7 * DAY_S, {"a": FOR_EVER, "feed": Namespace(records=3)})

    assert declared.most_records("feed") == 3
    for asked in (declared.lifetime_s, declared.most_records):
        with pytest.raises(LookupError, match="'form' is not declared"):
            asked("form")
    with pytest.raises(LookupError, match="without records"):
        declared.most_records("a")
