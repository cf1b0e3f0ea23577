"""The real `headroom proxy` as a process of its own, in front of whatever a test names."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
READY_WITHIN_S = 20.0

HEADROOM = (sys.executable, "-c", "from headroom.cli.main import main; main()", "proxy")


@contextmanager
def proxy_process(
    workspace: Path, upstream: str, *flags: str, variables: Mapping[str, str] = NO_VARIABLES
) -> Iterator[str]:
    """Run the proxy on a free port in front of *upstream*; gives its URL once it is ready.

    Raises RuntimeError with what the process said when it does not get ready.
    """
    log = workspace / "proxy.log"
    environ = {**clean_environ(workspace, upstream), **variables}
    # What it runs is measured elsewhere, and that doubles what its start costs.
    environ.pop("COVERAGE_PROCESS_CONFIG", None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*HEADROOM, "--port", "0", *flags],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
        )
    try:
        yield _ready(process, log)
    finally:
        process.terminate()
        process.wait(READY_WITHIN_S)


def clean_environ(workspace: Path, upstream: str) -> dict[str, str]:
    """The variables of a proxy in front of *upstream*, without what this machine says of ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HEADROOM_") and not name.endswith("_TARGET_API_URL")
    }
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        "HEADROOM_WORKSPACE_DIR": str(workspace),
        "HEADROOM_CONFIG_DIR": str(workspace),
        # A machine that does much else needs longer to make plans.
        "HEADROOM_PLAN_DEADLINE_SECONDS": "10",
        "ANTHROPIC_TARGET_API_URL": upstream,
        "OPENAI_TARGET_API_URL": upstream,
        "CHATGPT_TARGET_API_URL": upstream,
        "GEMINI_TARGET_API_URL": upstream,
    }


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        banner = re.search(r"http://[\w.]+:\d+", log.read_text())
        if banner and answers_ready(banner.group()):
            return banner.group()
        # Polling another process: there is nothing to wait for but time.
        time.sleep(0.02)
    raise RuntimeError(f"the proxy did not get ready; it said: {log.read_text()}")


def answers_ready(url: str) -> bool:
    """Whether `/readyz` answers 200 at this URL."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=2.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
