"""`headroom dashboard`: where it is, and a browser that shows it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.pages import listening, page
from tests.cli.running import run

TOKEN = "0123456789abcdef" * 3
OURS = {"/livez": page(service="headroom-proxy")}

# A browser that writes down what it was given, and where that led it.
BROWSER = """\
#!{python}
import sys, urllib.request

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None

led = ""
try:
    urllib.request.build_opener(Stay()).open(sys.argv[1], timeout=5)
except urllib.error.HTTPError as answer:
    led = answer.headers.get("location", "")
open({file!r}, "w").write(sys.argv[1] + "\\n" + led)
"""


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    script = tmp_path / "browser"
    script.write_text(BROWSER.format(python=sys.executable, file=str(tmp_path / "visited")))
    script.chmod(0o700)
    return script


def dashboard(
    workspace: Path, port: int, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    environ = {"HEADROOM_WORKSPACE_DIR": str(workspace), "HEADROOM_PORT": str(port), **variables}
    return run("dashboard", *words, variables=environ)


def test_its_address_is_printed_and_opened(tmp_path: Path, browser: Path) -> None:
    with listening({**OURS, "/dashboard": page()}) as listener:
        result = dashboard(tmp_path, listener.port, BROWSER=f"{browser} %s")

    address = f"http://127.0.0.1:{listener.port}/dashboard"
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{address}\n", "")
    assert (tmp_path / "visited").read_text().splitlines()[0] == address


def test_no_browser_is_opened_where_none_is_wanted(tmp_path: Path, browser: Path) -> None:
    with listening(OURS) as listener:
        result = dashboard(tmp_path, listener.port, "--no-open", BROWSER=f"{browser} %s")

    assert result.returncode == 0
    assert not (tmp_path / "visited").exists()


def test_S3_unlocked_the_browser_is_led_there_and_nobody_else_reads_the_token(
    tmp_path: Path, browser: Path
) -> None:
    (tmp_path / "admin_key").write_text(f"{TOKEN}\n")
    with listening(OURS) as listener:
        result = dashboard(tmp_path, listener.port, "--unlock", BROWSER=f"{browser} %s")

    given, led = (tmp_path / "visited").read_text().splitlines()
    assert result.returncode == 0
    assert led == f"http://127.0.0.1:{listener.port}/dashboard#token={TOKEN}"
    assert TOKEN not in given + result.stdout + result.stderr
    assert {file.name for file in tmp_path.iterdir()} == {"admin_key", "browser", "visited"}


def test_the_token_is_printed_only_where_that_is_asked_for(tmp_path: Path) -> None:
    with listening(OURS) as listener:
        result = dashboard(
            tmp_path, listener.port, "--unlock", "--no-open", HEADROOM_ADMIN_KEY="said"
        )

    assert result.stdout == f"http://127.0.0.1:{listener.port}/dashboard#token=said\n"


def test_without_a_token_it_is_said_what_to_do(tmp_path: Path) -> None:
    with listening(OURS) as listener:
        none = dashboard(tmp_path, listener.port, "--unlock", "--no-open")
        (tmp_path / "admin_key").write_text("broken")
        broken = dashboard(tmp_path, listener.port, "--unlock", "--no-open")

    assert none.returncode == broken.returncode == 2
    assert "set HEADROOM_ADMIN_KEY" in none.stderr
    assert "holds no token" in broken.stderr


def test_where_nothing_runs_it_is_said_how_to_start_it(tmp_path: Path) -> None:
    result = dashboard(tmp_path, 1)

    assert (result.returncode, result.stdout) == (3, "")
    assert "start it with headroom proxy" in result.stderr


def test_what_hangs_is_not_opened(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = dashboard(tmp_path, silent.getsockname()[1])

    assert (result.returncode, result.stdout) == (1, "")
    assert "hangs" in result.stderr


def test_what_is_no_headroom_is_not_opened(tmp_path: Path, browser: Path) -> None:
    with listening({"/livez": page(service="other")}) as listener:
        result = dashboard(tmp_path, listener.port, BROWSER=f"{browser} %s")

    assert result.returncode == 1
    assert "is no Headroom" in result.stderr
    assert not (tmp_path / "visited").exists()


def test_without_a_browser_it_is_said(tmp_path: Path) -> None:
    with listening(OURS) as listener:
        result = dashboard(tmp_path, listener.port, BROWSER="/nowhere/at/all %s", PATH="")

    assert result.returncode == 0
    assert "no browser was found here" in result.stderr
