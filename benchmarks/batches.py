"""Measures what becomes of batches: how much shorter, in what time, in how much memory.

    python -m benchmarks.batches CORPUS                    one batch of each dialect
    python -m benchmarks.batches CORPUS --megabytes 50     and one so large
    python -m benchmarks.batches CORPUS --tiny 100000      and one of so many questions

CORPUS is a folder that the user brings (there is no default), with request bodies in
`transcripts/` that say their `format` (anthropic, openai, openai-responses).  The real proxy, with
a workspace of its own, stands before a provider that takes everything; beside it somebody asks
for `/livez` every ten milliseconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.support.proxy_process import proxy_process
from tests.upstream.server import running
from tests.upstream.wire import Received, Reply, json_reply

Json = dict[str, Any]

MODELS = {"anthropic": "claude-opus-5-5", "openai": "gpt-5", "openai-responses": "gpt-5"}
PATHS = {"openai": "/v1/chat/completions", "openai-responses": "/v1/responses"}
BOUNDARY = b"batch-boundary"
PATIENCE_S = 900.0


def read(corpus: Path) -> dict[str, list[Json]]:
    """The requests of each dialect."""
    found: dict[str, list[Json]] = {name: [] for name in MODELS}
    for path in sorted((corpus / "transcripts").glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        dialect = body.pop("format")
        body.pop("meta", None)
        found[dialect].append({"model": MODELS[dialect], "max_tokens": 1_024, **body})
    return found


def batch_of(requests: Iterator[Json], least_bytes: int = 0) -> bytes:
    """A batch of Anthropic's: of all of these, or of so many that it has so many bytes."""
    rows, size = list[bytes](), 0
    for number, one in enumerate(requests):
        if least_bytes and size >= least_bytes:
            break
        rows.append(json.dumps({"custom_id": str(number), "params": one}).encode())
        size += len(rows[-1])
    return b'{"requests":[' + b",".join(rows) + b"]}"


def form_of(dialect: str, requests: Sequence[Json]) -> bytes:
    """A file of requests for OpenAI, in a form."""
    rows = (
        {"custom_id": str(number), "method": "POST", "url": PATHS[dialect], "body": one}
        for number, one in enumerate(requests)
    )
    file = "\n".join(map(json.dumps, rows)).encode()
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    purpose = head % (BOUNDARY, b"purpose") + b"batch\r\n"
    return purpose + head % (BOUNDARY, b"file") + file + b"\r\n--" + BOUNDARY + b"--\r\n"


def different(requests: Sequence[Json]) -> Iterator[Json]:
    """These over and over, each time with other results of their tools."""
    for number, one in enumerate(cycle(requests)):
        body = json.loads(json.dumps(one))
        for message in body["messages"]:
            content = message["content"]
            for block in content if isinstance(content, list) else ():
                if isinstance(block.get("content"), str):
                    block["content"] = f"run {number}\n{block['content']}"
        yield body


def questions(count: int) -> Iterator[Json]:
    """So many that nothing can be done to."""
    for number in range(count):
        said = [{"role": "user", "content": f"Is {number} even?"}]
        yield {"model": MODELS["anthropic"], "max_tokens": 5, "system": "Say.", "messages": said}


def measure(name: str, path: str, body: bytes, kind: str) -> None:
    """Send it through a proxy, and print what came of it."""
    sent: list[int] = []

    def answer(received: Received) -> Reply:
        sent.append(len(received.body))
        return json_reply({"id": "batch-1"})

    with (
        running(answer) as provider,
        tempfile.TemporaryDirectory() as folder,
        proxy_process(Path(folder), provider) as url,
    ):
        host = url.removeprefix("http://")
        process = _listening(int(host.rpartition(":")[2]))
        before, waits, over = _memory(process), list[float](), threading.Event()
        beside = threading.Thread(target=_ask_beside, args=(host, waits, over))
        beside.start()
        begun = time.perf_counter()
        told = _post(host, path, body, kind)
        took = time.perf_counter() - begun
        over.set()
        beside.join()
        tokens = [int(told.get(f"x-headroom-tokens-{when}", 0)) for when in ("before", "after")]
        less = 100 * (1 - tokens[1] / tokens[0]) if tokens[0] else 0.0
        waits.sort()
        print(
            f"{name}: {len(body) / 1e6:.1f} MB became {sent[-1] / 1e6:.1f} MB, "
            f"{tokens[0]} tokens {tokens[1]} ({less:.1f} % fewer), in {took:.1f} s; memory from "
            f"{before} MB to {_memory(process, most=True)} MB at most; others waited "
            f"{1000 * waits[len(waits) * 99 // 100]:.0f} ms in 99 of 100 cases"
        )


def _post(host: str, path: str, body: bytes, kind: str) -> dict[str, str]:
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    connection.request("POST", path, body, {"content-type": kind, "authorization": "Bearer key"})
    reply = connection.getresponse()
    reply.read()
    return {name.lower(): value for name, value in reply.getheaders()}


def _ask_beside(host: str, waits: list[float], over: threading.Event) -> None:
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    while not over.wait(0.01):
        begun = time.perf_counter()
        connection.request("GET", "/livez")
        connection.getresponse().read()
        waits.append(time.perf_counter() - begun)


def _listening(port: int) -> int:
    """The process that listens there."""
    told = subprocess.run(
        ["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=True
    )
    found = re.search(r"pid=(\d+)", told.stdout)
    if found is None:
        raise SystemExit("nobody says which process listens there")
    return int(found[1])


def _memory(process: int, *, most: bool = False) -> int:
    """Its resident memory in megabytes, now or at most so far."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"{'VmHWM' if most else 'VmRSS'}:\s+(\d+)", status)
    return int(found[1]) // 1024 if found else 0


def main(arguments: Sequence[str]) -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batches", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--megabytes", type=int, default=0)
    parser.add_argument("--tiny", type=int, default=0)
    asked = parser.parse_args(arguments)
    requests = read(asked.corpus)
    path, plain = "/v1/messages/batches", "application/json"
    form = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    measure("anthropic", path, batch_of(iter(requests["anthropic"])), plain)
    for dialect in PATHS:
        measure(dialect, "/v1/files", form_of(dialect, requests[dialect]), form)
    if asked.megabytes:
        large = batch_of(different(requests["anthropic"]), asked.megabytes * 1_000_000)
        measure(f"{asked.megabytes} MB", path, large, plain)
    if asked.tiny:
        measure(f"{asked.tiny} questions", path, batch_of(questions(asked.tiny)), plain)


if __name__ == "__main__":
    main(sys.argv[1:])
