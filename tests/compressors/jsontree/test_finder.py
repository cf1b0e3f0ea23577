"""Finding JSON inside text."""

from __future__ import annotations

import pytest

from headroom.compressors.jsontree.finder import find_documents


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find_documents(text)]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("no { braces } of interest", []),
        ('Output:\n{"a": [1, 2]}\nexit 0', ['{"a": [1, 2]}']),
        ('{"a": 1}\n{"b": "}"}\n', ['{"a": 1}', '{"b": "}"}']),
        ('if (x) { return {"a": true}; }', ['{"a": true}']),
        ('Links: [{"a": -1.5e3}] and more', ['[{"a": -1.5e3}]']),
        ('{"a": 1', []),
        ('{"a": "unfinished', []),
    ],
)
def test_documents_are_found_where_they_stand(text: str, documents: list[str]) -> None:
    assert found(text) == documents
