from __future__ import annotations

import base64
import json
from typing import Any

from headroom.compressors.jsontree.blobs import Blobs, may_hold_blobs
from headroom.compressors.jsontree.style import Style, render
from headroom.compressors.jsontree.text import Forest

LETTERS = base64.b64encode(bytes(n * 37 % 251 for n in range(900))).decode()


def without(document: Any) -> tuple[Any, Blobs]:
    root = Forest().parse(json.dumps(document))
    assert root is not None
    blobs = Blobs(Style())
    return json.loads(render(blobs.without(root), Style())), blobs


def test_blobs_become_notes_wherever_they_stand() -> None:
    found, blobs = without({"file": {"content": LETTERS}, "all": [LETTERS, "short"]})

    assert found["file"]["content"] == "[… base64, 1,200 characters left out]"
    assert found["all"] == ["[… base64, 1,200 characters left out]", "short"]
    assert blobs.count == 1


def test_what_is_handed_back_stays() -> None:
    document = {"nextPageToken": LETTERS, "cursor": LETTERS, "signature": LETTERS}

    assert without(document)[0] == document


def test_a_document_without_blobs_stays_the_same_object() -> None:
    root = Forest().parse('{"a": [1, {"b": "c"}]}')
    assert root is not None

    assert Blobs(Style()).without(root) is root
    assert not may_hold_blobs('{"a": "short", "b": "also short"}')
    assert may_hold_blobs(json.dumps({"a": LETTERS}))
