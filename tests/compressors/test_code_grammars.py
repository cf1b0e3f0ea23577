from __future__ import annotations

import pytest

from headroom.compressors.code_grammars import (
    GRAMMARS,
    Grammar,
    brackets_query,
    loaded,
    parts_query,
)

every_grammar = pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda grammar: grammar.name)


@every_grammar
def test_each_grammar_comes_with_the_proxy(grammar: Grammar) -> None:
    assert loaded(grammar) is not None


@every_grammar
def test_each_grammar_knows_bodies_and_comments(grammar: Grammar) -> None:
    query = parts_query(grammar)

    names = {query.capture_name(index) for index in range(query.capture_count)}
    assert {"body", "owner", "list", "comment"} <= names


@every_grammar
def test_brackets_are_tokens_of_the_grammar(grammar: Grammar) -> None:
    if grammar.brackets:
        assert brackets_query(grammar).capture_count == 1
