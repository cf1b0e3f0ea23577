"""any-llm: without it nothing is started; all else is tried in tests/gateways."""

from __future__ import annotations

import importlib.util

import pytest

from tests.cli.running import run


@pytest.mark.skipif(importlib.util.find_spec("any_llm") is not None, reason="it is installed")
def test_without_the_library_nothing_is_started() -> None:
    done = run("proxy", "--backend", "anyllm", "--port", "0")

    assert done.returncode == 2
    assert "The backend anyllm needs any-llm: pip install" in done.stderr
