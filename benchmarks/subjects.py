"""Starts what is measured, each pinned to one core, and reads what it costs from /proc."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CLIENT_CORE, SUBJECT_CORE = 0, max(os.sched_getaffinity(0))

READY_WITHIN_S = 60.0

_LOOK_EVERY_S, _IDLE_SHARE = 0.1, 0.15

_TICKS = os.sysconf("SC_CLK_TCK")

_VOCABULARIES = "litellm/litellm_core_utils/tokenizers"

# Plain: one worker, keep-alive to the upstream, nothing buffered, nothing logged.
_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
    access_log off; client_max_body_size 64m; client_body_buffer_size 4m;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi; keepalive_requests 1000000;
    upstream provider {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        location / {{
            proxy_pass http://provider; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_set_header Host $host;
            proxy_buffering off; proxy_request_buffering off;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: how it is started, and how one sees that it is ready.

    *packages* is the folder whose size counts as its installed size.
    """

    name: str
    command: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    ready_path: str = ""
    packages: Path | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A subject that is up."""

    subject: Subject
    port: int
    session: int
    """The process session that holds all its processes; 0 when there is none."""
    ready_s: float

    def cpu_s(self) -> float:
        """Seconds of CPU that all its processes have used so far."""
        return sum(float(sum(map(int, fields[11:15]))) for fields in self._stats()) / _TICKS

    def settle(self, at_most_s: float) -> None:
        """Return when it has nothing to do any more, or has taken too long about it.

        Calls that were abandoned when a cell's time was up would else slow the next cell.
        """
        deadline = time.monotonic() + at_most_s
        used, before = _IDLE_SHARE + 1.0, self.cpu_s()
        while self.session and used > _IDLE_SHARE and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
            now = self.cpu_s()
            used, before = (now - before) / _LOOK_EVERY_S, now

    def memory_mb(self) -> float:
        """Resident memory of all its processes, in MB; shared pages are counted once (PSS)."""
        return sum(_pss_kb(folder) for folder, _ in self._found()) * 1024 / 1e6

    def _stats(self) -> list[list[str]]:
        return [fields for _, fields in self._found()]

    def _found(self) -> Iterator[tuple[Path, list[str]]]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue  # It ended in the meantime.
            fields = text.rpartition(")")[2].split()
            if self.session and int(fields[3]) == self.session:
                yield folder, fields


def _pss_kb(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # It ended in the meantime.
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def pinned(core: int, *command: str) -> tuple[str, ...]:
    """The command, kept on one core."""
    return ("taskset", "-c", str(core), *command)


@contextmanager
def upstream() -> Iterator[int]:
    """The canned provider, on the client's core; gives its port."""
    command = pinned(CLIENT_CORE, sys.executable, "-m", "tests.upstream", "--canned")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running(subject: Subject, port: int, folder: Path) -> Iterator[Running]:
    """Start the subject, wait until it is ready, stop all its processes at the end."""
    log = folder / "output.log"
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(SUBJECT_CORE, *subject.command),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=_environ(folder, subject),
            start_new_session=True,
        )
    try:
        _wait_until_ready(subject, port, process, log)
        yield Running(subject, port, process.pid, time.perf_counter() - begun)
    finally:
        _stop(process)


def _environ(folder: Path, subject: Subject) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(folder), **dict(subject.environ)}


def _wait_until_ready(
    subject: Subject, port: int, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port, subject.ready_path):
            return
        time.sleep(0.005)
    raise RuntimeError(f"{subject.name} did not start: {log.read_text(errors='replace')[-2000:]}")


def _is_ready(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.connect()
        if not path:
            return True
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        # What it left behind in its session.
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def nginx(port: int, upstream_port: int, folder: Path) -> Subject | None:
    """nginx as a plain reverse proxy; None when it is not installed."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, upstream=upstream_port))
    return Subject(
        "nginx", (program, "-p", str(folder), "-e", "error.log", "-c", str(configuration))
    )


def original(python: Path, name: str, port: int, upstream_port: int) -> Subject:
    """The original in its own virtual environment; its rate limit and reply cache are off."""
    command = (str(python.with_name("headroom")), "proxy", "--port", str(port))
    return Subject(
        name,
        (*command, "--no-rate-limit", "--no-cache"),
        (
            *_targets(upstream_port),
            ("HEADROOM_TELEMETRY", "off"),
            ("HF_HUB_OFFLINE", "1"),
            ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
            # Without vocabularies it would give up compressing, and look fast.
            ("TIKTOKEN_CACHE_DIR", str(site_packages(python) / _VOCABULARIES)),
        ),
        "/readyz",
        site_packages(python),
    )


WIDE = ("--rpm", "1000000000", "--tpm", "1000000000000")
"""Nobody works as fast as a benchmark."""


def ours(port: int, upstream_port: int) -> Subject:
    """`headroom proxy` of this repository, as a user would start it, but with wide limits."""
    program = Path(sys.executable).with_name("headroom")
    start = (str(program),) if program.exists() else (sys.executable, "-m", "headroom.cli.main")
    return Subject(
        "headroom",
        (*start, "proxy", *WIDE, "--port", str(port)),
        (*_targets(upstream_port), ("PYTHONPATH", str(ROOT / "src"))),
        "/readyz",
    )


def _targets(port: int) -> tuple[tuple[str, str], ...]:
    url = f"http://127.0.0.1:{port}"
    return (
        ("ANTHROPIC_TARGET_API_URL", url),
        ("OPENAI_TARGET_API_URL", url),
        ("GEMINI_TARGET_API_URL", url),
    )


def site_packages(python: Path) -> Path:
    """Where this interpreter's virtual environment keeps its packages."""
    return next(python.parent.parent.glob("lib/python*/site-packages"))


def size_mb(folder: Path) -> float:
    """Megabytes of disk under a folder, compiled Python left out."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.lstat().st_blocks * 512 for path in files) / 1e6
