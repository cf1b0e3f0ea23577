"""A task of several turns, and a model that does it with whatever tool its agent has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.upstream import Call, Received, Say, Script

LINES = 900
REPORT = "report.txt"
COMMANDS = (
    "cat server.log",
    "find src -type f | sort && cat data.json",
    f"grep -c ERROR server.log > {REPORT} && cat server.log | tail -n 400",
    f"printf 'done\\n' >> {REPORT}",
)
"""What the model runs, one after another; long outputs first, so that later turns repeat them."""
PROMPT = "Count the errors in server.log and write the number to report.txt."
LAST_WORDS = "The report is written."


def lay_out(folder: Path) -> None:
    """The files of the task."""
    folder.mkdir(parents=True)
    (folder / "server.log").write_text("".join(_log_lines()))
    (folder / "data.json").write_text(json.dumps([_row(number) for number in range(120)]))
    for number in range(60):
        file = folder / f"src/handlers/billing/part_{number:03}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"PART = {number}\n")


def files(folder: Path) -> dict[str, str]:
    """What stands in the folder's files, by their names; what agents keep for themselves apart."""
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.relative_to(folder).parts[0].startswith(".")
    }


def _log_lines() -> Iterator[str]:
    for number in range(LINES):
        level = "ERROR" if number % 97 == 13 else "INFO "
        second = f"{number // 60 % 60:02}:{number % 60:02}"
        what = "connection lost" if level == "ERROR" else "request served"
        yield f"2026-11-20 10:{second} {level} billing.worker {what} id={number} took 12ms\n"


def _row(number: int) -> dict[str, Any]:
    return {"id": number, "status": "ok", "region": "eu-west-1", "owner": "billing", "retries": 0}


def results(body: Mapping[str, Any]) -> int:
    """How many results of tools stand in a request, whichever API it speaks."""
    return sum(1 for value in _objects(body) if _is_result(value))


def _is_result(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    return (
        kind in ("tool_result", "function_call_output", "custom_tool_call_output")
        or value.get("role") == "tool"
        or "functionResponse" in value
    )


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


class Model:
    """Runs `COMMANDS` one after another with the agent's own tool."""

    def __init__(self, tool: str, arguments: str) -> None:
        """*arguments* is their JSON, with `%s` where the command, as JSON, goes."""
        self._tool = tool
        self._arguments = arguments

    def __call__(self, received: Received) -> Script:
        """What comes next."""
        body = received.json()
        # Titles and the like are asked for without tools.
        if not body.get("tools"):
            return Script((Say("Errors counted"),))
        done = results(body)
        if done >= len(COMMANDS):
            return Script((Say(LAST_WORDS),))
        arguments = json.loads(self._arguments % json.dumps(COMMANDS[done]))
        return Script((Call(self._tool, arguments),))


EDIT = """{file}
```
<<<<<<< SEARCH
{old}=======
{new}>>>>>>> REPLACE
```
"""
"""How aider is told what to change."""
AIDER_TEST = f"cat server.log; grep -q done {REPORT}"
"""It runs this after each edit, and tells the model what it said where it failed."""


def edit(received: Received) -> Script:
    """The same task for an agent without tools, which edits what it is told to."""
    turns = [turn for turn in received.json()["messages"] if turn["role"] == "assistant"]
    said = sum("SEARCH" in str(turn["content"]) and REPORT in str(turn) for turn in turns)
    edits = (("", "10\n"), ("10\n", "10\ndone\n"))
    if said >= len(edits):
        return Script((Say(LAST_WORDS),))
    old, new = edits[said]
    return Script((Say(EDIT.format(file=REPORT, old=old, new=new) + LAST_WORDS),))
