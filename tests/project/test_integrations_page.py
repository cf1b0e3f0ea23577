"""The examples of the page about integrations run, and what they send is short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.integrations import INTEGRATIONS
from tests.cli.running import environment
from tests.gateways.environment import PYTHON, VARIABLES
from tests.upstream import Provider, running

PAGE = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text("utf-8")
SAID, *EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
LISTING = "\n".join(f"src/package/module_{n:03d}.py" for n in range(200))


def name_of(code: str) -> str:
    """The integration that it shows."""
    found = re.search(r"from headroom\.integrations\.(\w+) import", code)
    assert found
    return found.group(1)


@pytest.mark.parametrize("code", EXAMPLES, ids=name_of)
def test_each_example_runs_and_sends_less(code: str) -> None:
    is_inside = name_of(code) in ("langchain", "litellm")
    if is_inside and not PYTHON.exists():
        pytest.skip("the gateways' packages are not installed (make test does it)")
    provider = Provider()
    with running(provider) as url:
        addresses = {"OPENAI_BASE_URL": f"{url}/v1", "ANTHROPIC_BASE_URL": url}
        done = subprocess.run(
            [PYTHON if is_inside else sys.executable, "-c", SAID + code],
            env=environment({**VARIABLES, **addresses}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    if name_of(code) == "asgi":
        return
    assert provider.received
    for received in provider.received:
        assert b"module_199" in received.body
        assert len(received.body) < len(LISTING)


def test_the_page_shows_every_integration() -> None:
    assert {name_of(code) for code in EXAMPLES} == set(INTEGRATIONS)
