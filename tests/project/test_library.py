"""The library as its users meet it: installed without the proxy's extra."""

from __future__ import annotations

import pytest

import headroom
from headroom import api
from tests.cli.running import run

WITHOUT_THE_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        extra = {"aiohttp", "backports", "brotli", "httptools", "starlette", "uvicorn", "uvloop"}
        if name.partition(".")[0] in extra:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""

EXAMPLE = """
import headroom

result = headroom.compress([{"role": "user", "content": "Hello"}], model="gpt-5")
print(result.messages, result.tokens_before == result.tokens_after > 0)
"""


def test_compress_works_without_the_extra() -> None:
    result = run(code=WITHOUT_THE_EXTRA + EXAMPLE)

    assert result.stdout == "[{'role': 'user', 'content': 'Hello'}] True\n", result.stderr


@pytest.mark.parametrize("command", ["proxy", "replay"])
def test_commands_help_without_the_extra(command: str) -> None:
    code = WITHOUT_THE_EXTRA + "from headroom.cli.main import main; main()"

    result = run(command, "--help", code=code)

    assert (result.returncode, result.stderr) == (0, "")


def test_the_package_offers_what_it_lists() -> None:
    assert [hasattr(headroom, name) for name in headroom.__all__] == [True, True, True]
    assert headroom.compress is api.compress


def test_the_package_offers_nothing_else_by_surprise() -> None:
    with pytest.raises(AttributeError, match="no attribute 'teleport'"):
        _ = headroom.teleport
