"""How long `headroom wrap` takes until its agent's first request is at the provider.

    python -m benchmarks.launch [--runs 20]

The agent is a shell that sends one request at once, so what is measured is ours: the command
itself, the proxy that it starts (or finds), and the way of the request through it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.addresses import free_port
from tests.support.proxy_process import clean_environ, proxy_process
from tests.upstream import Provider, Received, Script, running

BODY = '{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'
AGENT = f"""#!/bin/bash
address=${{ANTHROPIC_BASE_URL#http://}}
exec 3<>"/dev/tcp/${{address%:*}}/${{address#*:}}"
printf 'POST /v1/messages HTTP/1.1\\r\\nhost: %s\\r\\nx-api-key: sk-x\\r\\n' "$address" >&3
printf 'anthropic-version: 2023-06-01\\r\\ncontent-type: application/json\\r\\n' >&3
printf 'connection: close\\r\\ncontent-length: {len(BODY)}\\r\\n\\r\\n%s' '{BODY}' >&3
cat <&3 >/dev/null
"""


@contextmanager
def watched() -> Iterator[tuple[str, Callable[[], float]]]:
    """A provider's address, and when the last request came to it."""
    at = [0.0]

    def answer(_received: Received) -> Script:
        at[0] = time.perf_counter()
        return Script()

    with running(Provider(otherwise=answer)) as url:
        yield url, lambda: at[0]


def seconds(folder: Path, upstream: str, port: int, came: Callable[[], float]) -> float:
    """From the command to the request."""
    agent = folder / "claude"
    agent.write_text(AGENT)
    agent.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "headroom", "wrap", "claude", "--port", str(port)],
        env={**clean_environ(folder / "workspace", upstream), "PATH": path},
        check=True,
    )
    return came() - begun


def line(name: str, took: list[float]) -> str:
    """Least, median and most, in milliseconds."""
    low, middle, high = (1_000 * each for each in (min(took), statistics.median(took), max(took)))
    return f"{name:28} min {low:6.0f} ms   median {middle:6.0f} ms   max {high:6.0f} ms"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.launch", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    started, found = [], []
    for number in range(runs):
        print(f"\rrun {number + 1} of {runs}", end="", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as place, watched() as (upstream, came):
            folder = Path(place)
            started.append(seconds(folder, upstream, free_port(), came))
            (folder / "other").mkdir()
            with proxy_process(folder / "other", upstream) as url:
                found.append(seconds(folder, upstream, int(url.rpartition(":")[2]), came))
    print("\r", end="", file=sys.stderr)
    print(line("with a proxy to start", started))
    print(line("with a proxy that runs", found))


if __name__ == "__main__":
    main()
