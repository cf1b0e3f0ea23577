"""What README.md tells people to type exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from headroom.cli.main import COMMANDS, headroom
from headroom.settings import ENTRIES
from headroom.sources import CLIENT_VARIABLES
from tests.cli.running import run

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")

BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
LINES = [
    shlex.split(line, comments=True)
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
]
COMMAND_LINES = [words[1:] for words in LINES if words[:1] == ["headroom"]]
TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
def test_each_command_line_can_be_parsed(words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text("{}")
    known = {"FILE": str(file), "FOLDER": str(tmp_path)}
    words = [known.get(word, word) for word in words]
    result = CliRunner().invoke(headroom, [*words, "--help"])

    assert result.exit_code == 0, result.output
    command = next(each for each in COMMANDS if each.name == words[0]).load()
    command.make_context(words[0], list(words[1:]), parent=click.Context(headroom))


@pytest.mark.parametrize("code", PYTHON_BLOCKS)
def test_each_example_runs_and_saves_tokens(code: str) -> None:
    result = run(code=code)

    assert result.returncode == 0, result.stderr
    before, after = result.stdout.split(" -> ")
    assert int(after) < int(before)


def test_it_opens_with_what_it_is_and_the_two_commands() -> None:
    assert BLOCKS[0].split("#")[0].strip() == "make proxy"
    assert "\nmake test" in BLOCKS[0]
    assert README.index("Headroom is a proxy") < README.index("make proxy")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)\b", README))))
def test_each_make_target_exists(target: str) -> None:
    assert target in TARGETS or target == "alone"


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))))
def test_each_flag_exists(flag: str) -> None:
    gunicorns = {"--workers", "--bind", "--worker-class"}
    ours = {name for entry in ENTRIES for name in (entry.flag, entry.no_flag)}

    assert flag in ours | gunicorns


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bHEADROOM_[A-Z_]+", README))))
def test_each_variable_exists(name: str) -> None:
    assert name in CLIENT_VARIABLES.union(*(entry.variables for entry in ENTRIES))


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_each_link_to_a_file_leads_somewhere(link: str) -> None:
    assert link.startswith("https://") or (ROOT / link).exists()
