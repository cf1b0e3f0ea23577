"""Python of the gateways' virtual environment, run as a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.cli.running import ROOT, environment

PYTHON = ROOT / ".venv-gateways" / "bin" / "python"
INSIDE = Path(__file__).resolve().parent / "inside"

needed = pytest.mark.skipif(
    not PYTHON.exists(), reason="the gateways' packages are not installed (make test does it)"
)

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        # Prices come with the package; without this LiteLLM asks for newer ones when imported.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LANGSMITH_TRACING": "false",
        "OPENAI_API_KEY": "key",
        "ANTHROPIC_API_KEY": "key",
    }
)

Send = Callable[[Any], Any]


@contextmanager
def answering(script: str, *words: str, variables: Mapping[str, str] = VARIABLES) -> Iterator[Send]:
    """A script that answers each line of JSON with one; gives what asks it."""
    with subprocess.Popen(
        [PYTHON, INSIDE / f"{script}.py", *words],
        env=environment(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, said = process.stdin, process.stdout

        def send(question: Any) -> Any:
            asked.write(json.dumps(question) + "\n")
            asked.flush()
            return json.loads(said.readline())

        yield send
        asked.close()
