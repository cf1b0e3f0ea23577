"""`headroom wrap`, from the outside: agents that say how they were started, real proxies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.pages import listening
from tests.cli.running import environment
from tests.support.addresses import free_port
from tests.support.proxy_process import answers_ready, proxy_process
from tests.upstream import Provider, running

SAYS = """#!{python}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "variables": dict(os.environ)}}), flush=True)
"""
ASKS = """
import urllib.request
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
turns = [{"role": "user", "content": "Hi"}]
said = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": turns}
head = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}
urllib.request.urlopen(urllib.request.Request(url, json.dumps(said).encode(), head)).read()
"""
WAITS = "sys.stdin.read()"
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """A user's home, with agents on the path."""

    home: Path
    port: int

    def has(self, command: str, does: str = "") -> None:
        """Install an agent that tells how it was started, and does this."""
        program = self.home / "bin" / command
        program.parent.mkdir(exist_ok=True)
        program.write_text(SAYS.format(python=sys.executable) + does)
        program.chmod(0o755)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def workspace(self) -> Path:
        return self.home / ".headroom"

    def start(
        self, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """`headroom wrap`, with pipes; in a group of its own, as a shell would start it."""
        own = {"HOME": str(self.home), "PATH": f"{self.home}/bin:/usr/bin:/bin"}
        return subprocess.Popen(
            [sys.executable, "-m", "headroom", "wrap", *words],
            env={**environment(), **own, **(variables or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            start_new_session=True,
        )

    def wrap(
        self, agent: str, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The same, to its end."""
        started = self.start(agent, "--port", str(self.port), *words, variables=variables)
        out, err = started.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(started.args, started.returncode, out, err)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, free_port())


def until(condition: Any) -> None:
    """Wait for another process.  Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def said(line: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(line)
    return told


def listens(house: House) -> bool:
    try:
        return answers_ready(house.url)
    except OSError:
        return False


def content_of(home: Path) -> dict[str, bytes]:
    """Every file of the user's own, by name."""
    return {
        str(file): file.read_bytes()
        for file in home.rglob("*")
        if file.is_file() and ".headroom" not in file.parts
    }


def test_an_agent_gets_its_variables_and_arguments_and_gives_its_exit_code(house: House) -> None:
    house.has("claude", "sys.exit(7)")

    done = house.wrap("claude", "--", "-p", "--port", "x y", variables={"HELLO": "there"})

    assert done.returncode == 7
    told = said(done.stdout)
    assert told["arguments"] == ["-p", "--port", "x y"]
    assert told["variables"]["ANTHROPIC_BASE_URL"] == house.url
    assert told["variables"]["HELLO"] == "there"
    assert done.stderr == ""


def test_words_that_are_not_ours_go_to_the_agent(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", "--model", "opus", "hello", "--continue")

    assert said(done.stdout)["arguments"] == ["--model", "opus", "hello", "--continue"]


def test_a_proxy_is_started_and_stops_with_the_last_agent(house: House) -> None:
    house.has("claude", WAITS)
    first, second = (house.start("claude", "--port", str(house.port)) for _ in range(2))
    for each in (first, second):
        assert each.stdout is not None
        assert said(each.stdout.readline())["variables"]["ANTHROPIC_BASE_URL"] == house.url
    log = (house.workspace / "logs" / "proxy.log").read_text()

    first.communicate("", timeout=PATIENCE_S)
    stands = listens(house)
    second.communicate("", timeout=PATIENCE_S)
    until(lambda: not listens(house))

    assert stands
    assert log.count("listens on") == 1
    assert (first.returncode, second.returncode) == (0, 0)


def test_T_a_killed_launcher_leaves_no_proxy_and_no_change(house: House) -> None:
    house.has("cline", WAITS)
    settings = house.home / ".cline" / "data" / "settings" / "providers.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"providers":{"anthropic":{"settings":{"apiKey":"sk-secret"}}}}')
    before = content_of(house.home)
    started = house.start("cline", "--port", str(house.port))
    assert started.stdout is not None
    told = said(started.stdout.readline())
    copy = Path(told["variables"]["CLINE_PROVIDER_SETTINGS_PATH"])
    written = json.loads(copy.read_bytes())
    mode = copy.stat().st_mode & 0o777

    os.killpg(started.pid, signal.SIGKILL)
    started.communicate(timeout=PATIENCE_S)
    until(lambda: not listens(house))

    assert written["providers"]["anthropic"]["settings"]["baseUrl"] == f"{house.url}/v1"
    assert mode == 0o600
    assert content_of(house.home) == before
    # What it has left is removed by the next one.
    house.has("cline")
    house.wrap("cline")
    assert not copy.exists()
    assert content_of(house.home)[str(settings)] == before[str(settings)]


def test_a_headroom_that_runs_is_used_and_goes_on(house: House, tmp_path: Path) -> None:
    house.has("claude", ASKS)
    provider = Provider()
    (tmp_path / "other").mkdir()
    with running(provider) as upstream, proxy_process(tmp_path / "other", upstream) as url:
        port = url.rpartition(":")[2]
        started = house.start("claude", "--port", port)
        out, err = started.communicate(timeout=PATIENCE_S)
        stands = answers_ready(url)

    assert (started.returncode, err) == (0, "")
    assert said(out)["variables"]["ANTHROPIC_BASE_URL"] == url
    assert stands
    assert len(provider.received) == 1
    assert not (house.workspace / "logs").exists()


def test_where_a_headroom_that_runs_may_send_them_elsewhere_that_is_told(
    house: House, tmp_path: Path
) -> None:
    house.has("claude")
    (tmp_path / "other").mkdir()
    with running(Provider()) as upstream, proxy_process(tmp_path / "other", upstream) as url:
        before = {"ANTHROPIC_BASE_URL": "https://user:secret@gateway.example/x?key=secret"}
        started = house.start("claude", "--port", url.rpartition(":")[2], variables=before)
        out, err = started.communicate(timeout=PATIENCE_S)

    assert said(out)["variables"]["ANTHROPIC_BASE_URL"] == url
    assert "Claude Code went to https://gateway.example/x; now its requests" in err
    assert "secret" not in err


def test_D_a_gateway_of_claude_codes_own_settings_gets_its_requests_and_its_key(
    house: House,
) -> None:
    house.has("claude", ASKS)
    provider = Provider()
    (house.home / ".claude").mkdir()

    with running(provider) as upstream:
        env = {"env": {"ANTHROPIC_BASE_URL": upstream}}
        (house.home / ".claude" / "settings.json").write_text(json.dumps(env))
        done = house.wrap("claude")

    assert done.returncode == 0, done.stderr
    assert [each.header("x-api-key") for each in provider.received] == ["sk-test"]
    assert said(done.stdout)["arguments"][0] == "--settings"


def test_requests_go_on_to_where_they_went_before(house: House) -> None:
    house.has("claude", ASKS)
    provider = Provider()

    with running(provider) as upstream:
        done = house.wrap("claude", variables={"ANTHROPIC_BASE_URL": upstream})

    assert done.returncode == 0, done.stderr
    assert [each.path for each in provider.received] == ["/v1/messages"]


def test_its_own_address_is_not_where_requests_go_on_to(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", variables={"ANTHROPIC_BASE_URL": house.url})

    assert done.returncode == 0
    assert "https://api.anthropic.com" in (house.workspace / "logs" / "proxy.log").read_text()


def test_something_else_on_the_port_is_told(house: House) -> None:
    house.has("claude")

    with listening({"/health": (200, b'{"service": "another"}')}) as other:
        port = other.port
        started = house.start("claude", "--port", str(port))
        _, err = started.communicate(timeout=PATIENCE_S)

    assert started.returncode == 2
    assert f"http://127.0.0.1:{port} is no Headroom" in err
    assert f"--port {port + 1}" in err


def test_an_agent_that_is_not_installed_is_told_with_how_to_get_it(house: House) -> None:
    done = house.wrap("codex")

    assert done.returncode == 1
    assert done.stderr == (
        "headroom: Codex is not installed here (codex): install it with "
        "npm install -g @openai/codex.\n"
    )
    assert not house.workspace.exists()


def test_without_a_proxy_none_is_started(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", "--no-proxy")

    assert done.returncode == 0
    assert said(done.stdout)["variables"]["ANTHROPIC_BASE_URL"] == house.url
    assert f"nothing listens on {house.url}" in done.stderr
    assert not (house.workspace / "logs").exists()


def test_a_proxy_that_cannot_start_is_told_with_what_it_said(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", variables={"HEADROOM_LOG_FILE": "/nowhere/at/all"})

    assert done.returncode == 1
    assert "it said: The log file /nowhere/at/all cannot be written" in done.stderr
    assert str(house.workspace / "logs" / "proxy.log") in done.stderr
    assert done.stdout == ""


def test_a_backend_and_its_region_go_to_the_proxy_that_is_started(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", "--backend", "bedrock", "--region", "eu-west-1",
                      variables={"AWS_BEARER_TOKEN_BEDROCK": "key"})  # fmt: skip

    assert done.returncode == 0
    log = (house.workspace / "logs" / "proxy.log").read_text()
    assert "Requests go to the backend bedrock in eu-west-1" in log


def test_a_backend_that_cannot_be_starts_no_agent(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", "--backend", "vertex")

    assert done.returncode == 1
    assert "it said: The backend vertex needs a region: set --region" in done.stderr
    assert done.stdout == ""


def test_a_backend_that_is_not_there_is_refused(house: House) -> None:
    house.has("claude")

    done = house.wrap("claude", "--backend", "moon")

    assert done.returncode == 2
    assert "moon" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_signals_go_to_the_agent_and_its_end_is_ours(house: House, number: signal.Signals) -> None:
    house.has("claude", WAITS)
    # Who runs the tests may ignore it (nohup does), and then so would the agent.
    before = signal.signal(number, signal.SIG_DFL)
    started = house.start("claude", "--port", str(house.port))
    signal.signal(number, before)
    assert started.stdout is not None
    started.stdout.readline()

    started.send_signal(number)

    assert started.wait(PATIENCE_S) == -number
    started.communicate(timeout=PATIENCE_S)


def test_ctrl_c_is_the_agents_to_answer(house: House) -> None:
    answers = "import signal\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(5))\n"
    house.has("claude", f"{answers}print('ready', flush=True)\n{WAITS}")
    started = house.start("claude", "--port", str(house.port))
    assert started.stdout is not None
    started.stdout.readline()
    assert started.stdout.readline() == "ready\n"

    os.killpg(started.pid, signal.SIGINT)

    assert started.wait(PATIENCE_S) == 5
    started.communicate(timeout=PATIENCE_S)
    until(lambda: not listens(house))


def test_what_is_set_is_told_when_asked_and_no_key(house: House) -> None:
    house.has("copilot")
    keys = {"ANTHROPIC_API_KEY": "sk-secret", "COPILOT_MODEL": "claude-sonnet-4-5"}

    done = house.wrap("copilot", "-v", variables=keys)

    assert done.returncode == 0
    assert f"headroom: started {house.url}" in done.stderr
    assert f"COPILOT_PROVIDER_BASE_URL={house.url}\n" in done.stderr
    assert "sk-secret" not in done.stderr
    assert said(done.stdout)["variables"]["COPILOT_PROVIDER_API_KEY"] == "sk-secret"


def test_exports_are_printed_for_any_shell(house: House) -> None:
    done = house.wrap("env")

    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"export ANTHROPIC_BASE_URL={house.url}",
        f"export OPENAI_BASE_URL={house.url}/v1",
        f"export OPENAI_API_BASE={house.url}/v1",
        f"export GOOGLE_GEMINI_BASE_URL={house.url}",
    ]
    assert "nothing listens there yet" in done.stderr


def test_cursor_is_told_what_to_set(house: House) -> None:
    done = house.wrap("cursor")

    assert done.returncode == 0
    assert f"Override OpenAI Base URL  {house.url}/v1" in done.stdout
