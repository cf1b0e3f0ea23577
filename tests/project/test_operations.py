"""A first operator's way through docs/operations.md, command by command; and the files it names."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from headroom.proxy.http import Limits
from headroom.proxy.serving import HARD_STOP_SECONDS
from headroom.proxy.workers import STOP_S
from headroom.settings import ENTRIES, Settings
from headroom.sources import CLIENT_VARIABLES
from tests.support.dockerfile import can_replay
from tests.support.from_wheel import ROOT, environment_in, wheel_in

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
UNIT = ROOT / "deploy" / "headroom.service"
NGINX = ROOT / "deploy" / "nginx.conf"
USER = 10_001
SERVES = ("gunicorn ", "headroom proxy ", "nohup headroom proxy ")

READY = """
ready() {
    for _ in $(seq 300); do
        curl --fail --silent --output /dev/null http://127.0.0.1:8787/readyz && return
        sleep 0.1
    done
    echo never ready; return 1
}
server=
stopped() { [ -z "$server" ] || { kill $server 2>/dev/null; wait $server; }; server=; }
trap stopped EXIT
"""


def as_typed(block: str) -> str:
    """The block, as somebody types it: what serves goes on in another terminal until the next."""
    *before, last = block.replace("\\\n", " ").strip().splitlines()
    if not last.startswith(SERVES):
        # pip has nothing to do: the packages are there, see the test.
        return re.sub(r"^(python3 -m venv|\S+/pip) .*$", ":", block, flags=re.MULTILINE)
    beside = f"{last}\nserver=$!" if " & " in last else f"{last} & server=$!"
    return "\n".join([*before, "stopped", beside, "ready"])


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of somebody who is not root, with an environment in it.

    It is made beforehand, at the locked versions, as no index can be reached from where it is used.
    """
    # What pytest makes is root's alone, with all that stands above it.
    with tempfile.TemporaryDirectory(prefix="headroom-") as place:
        Path(place).chmod(0o755)
        home = Path(place, "home")
        home.mkdir()
        environment = home / "headroom"
        environment_in(environment, f"{wheel_in(Path(place))}[proxy]", "gunicorn")
        python, config = environment / "bin" / "python", environment / "pyvenv.cfg"
        python.unlink()
        python.symlink_to(f"/usr/local/bin/python{sys.version_info[0]}.{sys.version_info[1]}")
        told = re.sub(r"^home = .*", "home = /usr/local/bin", config.read_text(), flags=re.M)
        config.write_text(told)
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(home)], check=True)
        yield home


@pytest.mark.skipif(not can_replay(), reason="needs root, unshare and overlays")
def test_a_first_operators_way_through_the_page(home: Path) -> None:
    """In a network of its own, by a user who is not root, from the wheel."""
    typed = "\n".join(["set -eux", "cd", READY, *map(as_typed, BLOCKS), "echo all done"])
    variables = [f"HOME={home}", "LD_LIBRARY_PATH=/usr/local/lib"]
    variables.append("PATH=/usr/local/bin:/usr/bin:/bin")
    operator = shlex.join(
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
         "env", "-i", *variables, "bash", "-c", typed]
    )  # fmt: skip
    script = f"ip link set lo up; mount --bind {sys.base_prefix} /usr/local; {operator}"
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", script],
        capture_output=True, text=True, check=False, timeout=150,
    )  # fmt: skip

    assert "all done" in done.stdout, done.stdout[-4000:] + done.stderr[-6000:]
    assert done.stdout.count("hk-") == 2
    assert done.stdout.count("nightly-bot") >= 2, "the keys are there again after the backup"
    assert re.search("^[0-9a-f]{48}$", done.stdout, re.M), "the token is shown"
    assert (home / "backup" / "state.db").stat().st_mode & 0o077 == 0


def test_it_names_the_specifications_command() -> None:
    command = (
        "gunicorn headroom.proxy.server:app --workers 4 --bind 0.0.0.0:8787 "
        "--worker-class uvicorn.workers.UvicornWorker"
    )
    assert command in BLOCKS[1].splitlines()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bHEADROOM_[A-Z_]+", PAGE))))
def test_each_variable_exists(name: str) -> None:
    assert name in CLIENT_VARIABLES.union(*(entry.variables for entry in ENTRIES))


def test_each_metric_that_is_to_be_watched_exists() -> None:
    told = (ROOT / "docs" / "metrics.md").read_text("utf-8")

    for name in set(re.findall(r"`(headroom_[a-z_]+)", PAGE)):
        assert f"| `{name}`" in told, name


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    found.read_string(UNIT.read_text("utf-8"))
    return found


def test_the_unit_gives_running_calls_the_time_that_they_have() -> None:
    service = unit()["Service"]

    assert int(service["TimeoutStopSec"]) > STOP_S > HARD_STOP_SECONDS > Limits().drain_seconds
    assert service["Restart"] == "on-failure"
    for name in ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert f"/var/lib/{service['StateDirectory']}" in UNIT.read_text("utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/headroom/bin/headroom", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_allows_what_headroom_does_and_buffers_nothing() -> None:
    told = re.sub(r"#.*", "", NGINX.read_text("utf-8"))
    settings = Settings()
    longest = max(settings.request_timeout_seconds, settings.idle_timeout_seconds)

    assert f"client_max_body_size {settings.body_limit_mb}m" in " ".join(told.split())
    for name in ("proxy_buffering", "proxy_request_buffering", "proxy_next_upstream", "gzip"):
        assert re.search(rf"\b{name}\s+off;", told), name
    (waits,) = re.findall(r"proxy_read_timeout\s+(\d+)s", told)
    assert int(waits) > longest
    (idle,) = re.findall(r"keepalive_timeout\s+(\d+)s", told)
    assert int(idle) < Limits().keep_alive_seconds
    assert re.search(r"proxy_set_header\s+X-Forwarded-For", told)


@pytest.mark.skipif(
    shutil.which("nginx") is None or shutil.which("openssl") is None, reason="needs nginx, openssl"
)
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    text = NGINX.read_text("utf-8")
    text = re.sub(r"/etc/ssl/\S+\.pem", str(certificate), text)
    text = re.sub(r"/etc/ssl/\S+\.key", str(key), text)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ {text} }}\n")
    done = subprocess.run(
        ["nginx", "-t", "-c", str(whole)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
