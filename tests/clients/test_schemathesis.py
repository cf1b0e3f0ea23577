"""What we say of our own endpoints is so: asked by schemathesis, which reads the description.

It asks what the description allows, and what it does not; every reply must be one that it names,
in the shape that it names, with no member beside.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.pages import send
from tests.clients.closed import closed
from tests.support.proxy_process import proxy_process

TOKENS = {"HEADROOM_API_KEY": "callers", "HEADROOM_ADMIN_KEY": "operators"}
HEADER = "x-headroom-api-key"
SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
LONG_LOG = "\n".join(f"{i:05} INFO worker {i % 7} took {i * 37 % 991} ms" for i in range(1_500))
ROWS = json.dumps([{"id": i, "level": "INFO", "text": f"request {i}"} for i in range(300)])
CALL = {"id": "c", "type": "function", "function": {"name": "list_rows", "arguments": "{}"}}

# Endless.  What it sends is tried in tests/proxy/pages/test_live.py.
EVENTS = "/dashboard/events"


@dataclass(slots=True)
class Described:
    """A proxy that has had some traffic, and describes its endpoints."""

    url: str
    workspace: Path
    token: str = ""
    talk: str = ""
    """A request that is told of."""

    def get(self, path: str) -> Any:
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        request.add_header("content-type", "application/json")
        return self._ask(request)

    def _ask(self, request: urllib.request.Request) -> Any:
        if self.token:
            request.add_header(HEADER, self.token)
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)


@pytest.fixture(scope="module", params=["", "operators"], ids=["here", "with a token"])
def house(
    request: pytest.FixtureRequest, direct: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Described]:
    workspace = tmp_path_factory.mktemp("described")
    variables = TOKENS if request.param else {}
    flags = ("--docs", "--ccr-offer", "always", "--no-rate-limit", "--budget", "100")
    with proxy_process(workspace, direct, *flags, variables=variables) as url:
        house = Described(url, workspace, request.param)
        assert send(url, text=LONG_LOG) == [200]
        # Looked for at once: the random requests to come push it out of the recent ones.
        while not (recent := house.get("/stats")["recent_requests"]):
            time.sleep(0.02)
        house.talk = recent[0]["request_id"]
        yield house


def known(house: Described) -> dict[str, str]:
    """One value that exists for each part of a path."""
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": ROWS},
    ]
    compressed = house.post("/v1/compress", {"messages": messages, "model": "gpt-5"})
    blocks = house.get(f"/dashboard/requests/{house.talk}")["blocks"]
    signatures = house.get("/v1/telemetry/tools")["tools"]
    return {
        "file": "app.js",
        "hash": compressed["ccr_hashes"][0],
        "id": house.talk,
        "index": str(blocks[0]["index"]),
        "prefix": next(iter(signatures))[:8],
        "signature": next(iter(signatures)),
        "tool": "list_rows",
    }


def asked(house: Described, folder: Path, settings: str, *words: str) -> str:
    """What schemathesis says when it finds nothing wrong, with these settings."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(closed(house.get("/openapi.json"))), "utf-8")
    (folder / "schemathesis.toml").write_text(settings, "utf-8")
    command = [
        *(SCHEMATHESIS, "run", described, "--url", house.url, "--checks", "all", "--no-color"),
        *("--seed", "1", "--continue-on-failure", "--exclude-path", EVENTS, *words),
        *(("-H", f"{HEADER}: {house.token}") if house.token else ()),
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120.0, check=False
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr
    return done.stdout


STRICT = "[checks.response_schema_conformance]\nvalidate-formats = true\n"


def test_A6_what_is_asked_at_random_is_answered_as_described(
    house: Described, tmp_path: Path
) -> None:
    said = asked(house, tmp_path, STRICT, "--max-examples", "10")

    assert "failures" not in said, said


def test_what_exists_is_told_as_described(house: Described, tmp_path: Path) -> None:
    values = "".join(f'"path.{name}" = {json.dumps(one)}\n' for name, one in known(house).items())
    in_paths = ("--include-path-regex", r"\{", "--max-examples", "5", "--mode", "positive")
    # The texts of a block are for its caller, and for the operator's token.
    left_out = () if house.token else ("--exclude-path", "/dashboard/requests/{id}/{index}")

    said = asked(house, tmp_path, f"{STRICT}[parameters]\n{values}", *in_paths, *left_out)

    assert "failures" not in said, said
    assert "404" not in said
