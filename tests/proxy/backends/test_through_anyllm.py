"""any-llm: without it nothing is started; all else is tried in tests/gateways."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.cli.running import run


@pytest.mark.skipif(importlib.util.find_spec("any_llm") is not None, reason="it is installed")
def test_without_the_library_nothing_is_started(tmp_path: Path) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path)}
    done = run("proxy", "--backend", "anyllm", "--port", "0", variables=variables)

    assert done.returncode == 2
    assert "The backend anyllm needs any-llm: pip install" in done.stderr
