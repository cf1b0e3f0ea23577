from __future__ import annotations

import pytest

from headroom.compressors.path_kinds import Kinds, kind_of, made_within


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/app.py", "source"),
        ("./src/debug/trace.go", "source"),
        ("C:\\work\\app\\main.cs", "source"),
        ("pyproject.toml", "config"),
        (".github/workflows/ci.yml", "config"),
        ("tests/helpers.py", "test"),
        ("src/app.test.tsx", "test"),
        ("pkg/server_test.go", "test"),
        ("src/BasketTest.java", "test"),
        ("docs/guide.html", "docs"),
        ("CHANGELOG", "docs"),
        ("README.md", "docs"),
        ("node_modules/qs/index.js", "made"),
        ("a/.git/config", "made"),
        ("web/app.min.js", "made"),
        ("Cargo.lock", "made"),
        ("api/v1/api_pb2.py", "made"),
        ("tests/__pycache__/x.cpython-312.pyc", "made"),
        ("lib/headroom.egg-info/PKG-INFO", "made"),
        ("", "source"),
    ],
)
def test_a_path_tells_what_stands_there(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_the_way_to_a_directory_of_made_things_is_found() -> None:
    path = "./web/node_modules/qs/lib/index.js"

    assert path[: made_within(path)] == "./web/node_modules"
    assert made_within("src/app.py") == 0


def test_a_directory_tells_of_what_is_in_it() -> None:
    kinds = Kinds()

    assert kinds.within("web/node_modules/") == "made"
    assert kinds.of("web/src/", "x.lock") == "made"
    assert kinds.of("web/src/", "x.ts") == "source"
