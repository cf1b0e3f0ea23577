"""Made-up tools whose outputs hide what their agent is after, one more different each time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """A tool, what it gives when it is called for the *n*-th time, and what its agent is after.

    *wanted* says what must stand in a result; while it does not, the agent asks by *query* or
    *lines*, or for the whole original.  *arguments* are those of the *n*-th call.
    """

    title: str
    name: str
    output: Callable[[int], str]
    wanted: Callable[[int], str] = lambda _: ""
    query: str = ""
    lines: str = ""
    arguments: Callable[[int], Mapping[str, Any]] = field(default=lambda n: {"page": n})

    @property
    def asks(self) -> bool:
        """Whether its agent is after anything at all."""
        return bool(self.wanted(0))


def _chance(number: int) -> random.Random:
    return random.Random(number)


def _words(chance: random.Random, count: int) -> str:
    verbs = ("checked", "moved", "sent", "opened", "paid", "read", "closed", "asked", "held")
    return " ".join(chance.choice(verbs) for _ in range(count))


def tickets(number: int) -> str:
    """Wide rows; what is wanted stands in the middle of a long field."""
    chance = _chance(number)
    rows = [
        {
            "id": number * 1000 + row,
            "title": f"Case {number}-{row}: {_words(chance, 6)}",
            "state": chance.choice(("open", "closed")),
            "body": _words(chance, 60),
            **{f"custom_{at}": f"{_words(chance, 8)} {chance.randint(1, 99)}" for at in range(12)},
            "resolution": f"{_words(chance, 40)} RC-{number}-{row} {_words(chance, 40)}",
        }
        for row in range(60)
    ]
    return json.dumps(rows)


def pods(number: int) -> str:
    """What kubectl prints as JSON: the wanted field stands deep inside each item."""
    chance = _chance(number)

    def pod(row: int) -> Json:
        name = f"api-{number}-{row}"
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": "shop",
                "labels": {"app": "api", "tier": "web", "release": f"r{number}"},
                "annotations": {"note": _words(chance, 30), "owner": _words(chance, 20)},
            },
            "spec": {
                "nodeName": f"node-{chance.randint(1, 9)}",
                "containers": [
                    {
                        "name": "main",
                        "image": f"registry/api:{number}",
                        "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}},
                        "env": [{"name": f"V{at}", "value": _words(chance, 4)} for at in range(8)],
                    }
                ],
            },
            "status": {
                "phase": "Running",
                "conditions": [
                    {"type": kind, "status": "True", "message": _words(chance, 12)}
                    for kind in ("Ready", "Initialized", "Scheduled")
                ],
                "lastTermination": f"LT-{number}-{row} {_words(chance, 10)}",
            },
        }

    return json.dumps({"apiVersion": "v1", "items": [pod(row) for row in range(40)]}, indent=2)


def config(number: int) -> str:
    """One wide object: a section for each of eighty services, the wanted one in the middle."""
    chance = _chance(number)
    sections: Json = {
        f"section_{chr(97 + at // 26)}{chr(97 + at % 26)}": {
            f"key_{chr(97 + at % 7)}{key}": _words(chance, 8) for key in range(6)
        }
        for at in range(80)
    }
    items = list(sections.items())
    wanted = ("retention_policy", {"mode": f"RP-{number}", "why": _words(chance, 30)})
    return json.dumps(dict([*items[:44], wanted, *items[44:]]))


def service_log(number: int) -> str:
    """A log; the wanted line says nothing unusual, and stands in the middle."""
    chance = _chance(number)
    lines = [
        f"2026-11-26T10:{at // 60 % 60:02d}:{at % 60:02d}Z INFO worker-{chance.randint(1, 8)} "
        f"{chance.choice(('served', 'queued'))} request {chance.randint(1000, 9999)} "
        f"for client {chance.randint(1, 400)} in {chance.randint(1, 900)} ms"
        for at in range(700)
    ]
    return "\n".join(lines)


def orders(number: int) -> str:
    """Rows that nobody asks for again."""
    chance = _chance(number)
    rows = [
        {
            "order": number * 1000 + row,
            "customer": f"C{chance.randint(1, 999)}",
            "total": chance.randint(100, 99999) / 100,
            "state": "paid",
            "remark": _words(chance, 12),
        }
        for row in range(150)
    ]
    return json.dumps(rows)


def report(number: int) -> str:
    """Rows that are fetched whole every time."""
    return orders(number + 7_000)


UNRELATED = Tool("rows that nobody asks for again", "mcp__shop__list_orders", orders)
REGRETTED = Tool(
    "rows that are fetched whole each time",
    "mcp__shop__daily_report",
    report,
    # The row in the middle: some row that left is always missed.
    wanted=lambda n: json.dumps(json.loads(report(n))[75]["remark"])[1:-1],
)
ASKED = (
    Tool(
        "a field of wide rows",
        "mcp__desk__list_tickets",
        tickets,
        wanted=lambda n: f"RC-{n}-0",
        query="resolution",
    ),
    Tool(
        "a field deep inside (kubectl -o json)",
        "Bash",
        pods,
        wanted=lambda n: f"LT-{n}-0",
        query="lastTermination",
        arguments=lambda n: {"command": f"kubectl get pods -n shop-{n} -o json"},
    ),
    Tool(
        "a member of a wide object",
        "mcp__desk__get_config",
        config,
        wanted=lambda n: f"RP-{n}",
        query="retention_policy",
    ),
    Tool(
        "lines in the middle of a log",
        "mcp__desk__get_logs",
        service_log,
        wanted=lambda n: service_log(n).split("\n")[349],
        lines="345-355",
    ),
)
