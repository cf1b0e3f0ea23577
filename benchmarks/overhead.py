"""Measures what a proxy adds, beside a direct call, nginx and the original, in one run.

    python -m benchmarks                 all subjects, all cells, under six minutes
    python -m benchmarks --quick         direct, nginx and ours, few cells, under a minute
    python -m benchmarks --only nginx,headroom --clients 1 --sizes "5 KB"

Subjects take turns; client and upstream keep to one core, the subject to another.  The
machine should do nothing else.  Writes the figures as JSON and Markdown with --output.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import peers, report, subjects
from benchmarks.conversations import SIZES
from benchmarks.load import CONVERSATIONS
from benchmarks.subjects import CLIENT_CORE, ROOT, Running, Subject

QUICK_SECONDS, SECONDS = 0.7, 1.8

WARM_UP_SECONDS = 0.7

PRIME_SECONDS = 15.0
"""The most that is waited for the first sending of conversations that are then repeated."""

SETTLE_SECONDS = 8.0
"""The most that is waited between cells for a subject to end what nobody waits for any more."""

MANY = 64
"""Above so many clients only the smallest body is sent."""

Figures = dict[str, Any]
Ask = Callable[[Figures], Figures]


@dataclass(frozen=True, slots=True)
class Choices:
    """What to run."""

    names: tuple[str, ...]
    sizes: tuple[str, ...]
    clients: tuple[int, ...]
    seconds: float
    peers_folder: Path
    install: bool
    output: Path | None


def main() -> None:
    """Run what the command line asks for and print the tables."""
    choices = read_choices(sys.argv[1:])
    begun = time.monotonic()
    figures = measure(choices)
    figures["minutes"] = round((time.monotonic() - begun) / 60, 2)
    text = report.markdown(figures)
    print(text)
    if choices.output is not None:
        choices.output.mkdir(parents=True, exist_ok=True)
        (choices.output / "overhead.json").write_text(json.dumps(figures, indent=1) + "\n")
        (choices.output / "overhead.md").write_text(text)


def read_choices(arguments: list[str]) -> Choices:
    """The command line as choices."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="few cells, without the original")
    parser.add_argument("--only", default="", help="names of subjects, with commas")
    parser.add_argument("--sizes", default="", help=f"of {', '.join(SIZES)}")
    parser.add_argument("--clients", default="", help="how many at once, with commas")
    parser.add_argument("--seconds", type=float, help="per cell")
    parser.add_argument("--peers", type=Path, default=peers.FOLDER, help="where the original lives")
    parser.add_argument("--no-install", action="store_true", help="do not measure installed size")
    parser.add_argument("--output", type=Path, help="a folder for overhead.json and overhead.md")
    words = parser.parse_args(arguments)
    usual = (1, 32) if words.quick else (1, 32, 256)
    names = ("direct", "nginx", "headroom") if words.quick else ALL
    return Choices(
        names=tuple(words.only.split(",")) if words.only else names,
        sizes=tuple(words.sizes.split(",")) if words.sizes else tuple(SIZES),
        clients=tuple(map(int, words.clients.split(","))) if words.clients else usual,
        seconds=words.seconds or (QUICK_SECONDS if words.quick else SECONDS),
        peers_folder=words.peers,
        install=not (words.no_install or words.quick),
        output=words.output,
    )


ALL = ("direct", "nginx", "headroom", *peers.VERSIONS)


def measure(choices: Choices) -> Figures:
    """All figures of all subjects, by name."""
    figures: Figures = {"seconds_per_cell": choices.seconds, "subjects": {}}
    with ExitStack() as stack:
        upstream_port = stack.enter_context(subjects.upstream())
        ask = stack.enter_context(load())
        for name in choices.names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            say(f"{name}:")
            try:
                figures["subjects"][name] = measure_one(name, upstream_port, folder, ask, choices)
            except RuntimeError as error:
                say(f"  left out: {error}")
                figures["subjects"][name] = {"left_out": str(error)}
    return figures


def measure_one(name: str, upstream_port: int, folder: Path, ask: Ask, choices: Choices) -> Figures:
    """All figures of one subject.  Raises RuntimeError when it does not run here."""
    if name == "direct":
        direct = Subject("direct", ())
        return measure_running(Running(direct, upstream_port, 0, 0.0), ask, choices)
    port = subjects.free_port()
    subject = find(name, port, upstream_port, folder, choices.peers_folder)
    if choices.install and name == "headroom":
        subject = replace(subject, packages=peers.install_ours(folder / "installed"))
    with subjects.running(subject, port, folder) as up:
        return measure_running(up, ask, choices)


def find(name: str, port: int, upstream_port: int, folder: Path, peers_folder: Path) -> Subject:
    """The subject of this name.  Raises RuntimeError when it is not to be had."""
    if name == "nginx":
        subject = subjects.nginx(port, upstream_port, folder)
        if subject is None:
            raise RuntimeError("nginx is not installed (Debian: apt-get install nginx-light)")
        return subject
    if name == "headroom":
        return subjects.ours(port, upstream_port)
    if name in peers.VERSIONS:
        return subjects.original(peers.python_of(name, peers_folder), name, port, upstream_port)
    raise RuntimeError(f"{name!r} is not one of {', '.join(ALL)}")


def measure_running(up: Running, ask: Ask, choices: Choices) -> Figures:
    """Start, memory, every cell, streams and lag of a subject that is up."""
    found: Figures = {"ready_s": up.ready_s, "memory_idle_mb": up.memory_mb()}
    if up.subject.packages is not None:
        found["installed_mb"] = subjects.size_mb(up.subject.packages)
    measure_cell = CellMeasure(up, ask, choices.seconds)
    for size in choices.sizes:
        measure_cell(size, "fresh", 1, WARM_UP_SECONDS)
    found["streams"] = [measure_cell("5 KB", "stream", clients) for clients in choices.clients]
    found["cells"] = [
        measure_cell(size, kind, clients)
        for size in choices.sizes
        for kind in ("fresh", "repeated", "again")
        for clients in choices.clients
        if clients <= MANY or SIZES[size] == min(SIZES.values())
    ]
    found["lag"] = measure_cell(choices.sizes[-1], "lag", 2, max(choices.seconds, 2.0))
    found["memory_after_mb"] = up.memory_mb()
    return found


class CellMeasure:
    """Measures cells of one subject; each gets conversations that no other cell had."""

    def __init__(self, up: Running, ask: Ask, seconds: float) -> None:
        self._up = up
        self._ask = ask
        self._seconds = seconds
        self._numbers = itertools.count(0, 10**7)

    def __call__(self, size: str, kind: str, clients: int, seconds: float = 0.0) -> Figures:
        """The figures of one cell: so many clients, each with bodies of this size and kind."""
        job = {
            "port": self._up.port,
            "size": SIZES[size],
            "kind": kind,
            "clients": clients,
            "seconds": seconds or self._seconds,
            "first_number": next(self._numbers),
        }
        if kind == "repeated":
            prime = {"kind": "prime", "clients": min(clients, CONVERSATIONS)}
            self._ask({**job, **prime, "seconds": PRIME_SECONDS})
            self._up.settle(SETTLE_SECONDS)
        cpu = self._up.cpu_s()
        result = self._ask(job)
        figures = summary(result, self._up.cpu_s() - cpu)
        self._up.settle(SETTLE_SECONDS)
        say(f"  {size:>6} {kind:<8} {clients:>3} clients: {report.one_line(figures)}")
        return {"size": size, "kind": kind, "clients": clients, **figures}


def summary(result: Figures, cpu_s: float) -> Figures:
    """The figures of one cell.

    A request that was not answered when time was up counts as long as it had waited, if
    that is longer than usual; what had only just been sent says nothing.
    """
    whole = result["whole_ms"]
    usual = report.quantiles(whole).get("p50", 0.0)
    late = [waited for waited in result["unfinished_ms"] if waited > usual]
    return {
        "whole_ms": report.quantiles([*whole, *late]),
        "first_byte_ms": report.quantiles(result["first_byte_ms"]),
        "event_gap_ms": report.quantiles(result["event_gaps_ms"]),
        "requests": len(whole),
        "late": len(late),
        "per_second": len(whole) / result["seconds"],
        "cpu_ms": cpu_s * 1e3 / max(1, len(whole)),
        "errors": result["errors"],
        "error": result["error"],
    }


@contextmanager
def load() -> Iterator[Ask]:
    """The load generator as a process of its own, kept on the client's core."""
    process = subprocess.Popen(
        subjects.pinned(CLIENT_CORE, sys.executable, "-m", "benchmarks.load"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    jobs, results = process.stdin, process.stdout

    def ask(job: Figures) -> Figures:
        jobs.write(json.dumps(job) + "\n")
        jobs.flush()
        answered = results.readline()
        if not answered:
            raise SystemExit("the load generator ended; what it said stands above")
        result: Figures = json.loads(answered)
        return result

    try:
        yield ask
    finally:
        jobs.close()
        process.wait()


def say(line: str) -> None:
    """Tell how far we are, apart from the result."""
    print(line, file=sys.stderr, flush=True)
