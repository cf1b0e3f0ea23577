"""`headroom proxy`, from the outside where it can be."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from headroom.cli.proxy import (
    banner,
    free_port,
    prepare,
    prepare_log_file,
    prepare_workspace,
    summary_line,
    token_told,
)
from headroom.errors import SettingsError
from headroom.settings import Settings
from tests.cli.running import environment, run

WITHOUT_THE_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aiohttp", "uvicorn", "starlette", "httptools", "brotli"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from headroom.cli.main import main
main()
"""


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port", "x"], "--port is 'x', but a whole number from 0 to 65535 is needed."),
        (["--mode", "fast"], "--mode is 'fast', but the choices are token and cache."),
        (["--budget", "-1"], "--budget is '-1', but an amount in dollars, 0 or more, is needed."),
        (
            ["--connect-timeout-seconds", "0"],
            "--connect-timeout-seconds is '0', but a number of seconds above 0 is needed.",
        ),
    ],
)
def test_a_wrong_value_ends_with_one_sentence(words: list[str], sentence: str) -> None:
    result = run("proxy", *words)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"headroom: {sentence}\n"


def test_a_wrong_variable_ends_with_one_sentence() -> None:
    result = run("proxy", variables={"HEADROOM_MODE": "fast"})

    assert result.returncode == 2
    assert (
        result.stderr == "headroom: HEADROOM_MODE is 'fast', but the choices are token and cache.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--llmlingua"],
        ["--llmlingua-device", "cuda"],
        ["--llmlingua-rate", "0.3"],
        ["--llmlingua-rate=0.3"],
        ["--llmlingua-rate"],
    ],
)
def test_retired_options_name_what_replaced_them(words: list[str]) -> None:
    result = run("proxy", *words)

    assert result.returncode == 2
    assert result.stderr == (
        "headroom: --llmlingua and its companions are retired: "
        'use the extra ml instead (pip install "headroom-ai[ml]").\n'
    )


def test_an_option_that_does_not_exist_is_a_usage_error() -> None:
    result = run("proxy", "--teleport")

    assert result.returncode == 2
    assert "No such option" in result.stderr
    assert "--teleport" in result.stderr


def test_a_workspace_that_cannot_be_written_is_told_with_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = run("proxy", variables={"HEADROOM_WORKSPACE_DIR": str(tmp_path / "file" / "below")})

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"headroom: The workspace {tmp_path}/file/below cannot be")
    assert result.stderr.endswith("or name another folder in HEADROOM_WORKSPACE_DIR.\n")


def test_a_missing_extra_is_told_with_the_command_that_installs_it(tmp_path: Path) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path)}

    result = run("proxy", code=WITHOUT_THE_EXTRA, variables=variables)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert 'pip install "headroom-ai[proxy]"' in result.stderr


def test_a_port_in_use_is_told_with_another_one(tmp_path: Path, taken_port: int) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path)}

    result = run("proxy", "--port", str(taken_port), variables=variables)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"headroom: Port {taken_port} on 127.0.0.1 is in use, perhaps by another Headroom "
        "(see headroom doctor): "
        f"stop that one, or choose another port, such as --port {taken_port + 1}.\n"
    )


def test_a_host_that_is_not_this_machine_is_told() -> None:
    with pytest.raises(
        SettingsError, match=r"^Nothing can listen on 192\.0\.2\.1 port 8787 .*--host"
    ):
        free_port("192.0.2.1", 8787)


def test_port_zero_becomes_a_free_port() -> None:
    port = free_port("127.0.0.1", 0)

    assert free_port("127.0.0.1", port) == port


def test_the_workspace_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"

    prepare_workspace(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    prepare_workspace(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_the_banner_tells_where_how_and_what_to_export() -> None:
    lines = list(banner(Settings(port=9000, mode="cache")))

    assert "http://127.0.0.1:9000" in lines[0]
    assert "mode: cache" in lines[0]
    text = "\n".join(lines)
    assert "ANTHROPIC_BASE_URL=http://127.0.0.1:9000 claude" in text
    assert """codex -c openai_base_url='"http://127.0.0.1:9000/v1"'""" in text
    assert "export OPENAI_BASE_URL=http://127.0.0.1:9000/v1" in text
    assert "GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:9000 gemini" in text
    assert "Dashboard       http://127.0.0.1:9000/dashboard" in text
    assert "Other machines" not in text


def test_the_banner_says_whose_credentials_a_backend_uses() -> None:
    text = "\n".join(banner(Settings(backend="bedrock", region="eu-west-1")))

    assert "Requests go to the backend bedrock in eu-west-1, with credentials of this" in text
    assert "api.anthropic.com" not in text


def test_the_banner_names_no_client_that_a_backend_does_not_take() -> None:
    vertex = "\n".join(banner(Settings(backend="vertex")))
    azure = "\n".join(banner(Settings(backend="azure")))
    translated = "\n".join(banner(Settings(backend="litellm-groq")))

    assert ("claude" in vertex, "codex" in vertex, "gemini" in vertex) == (True, False, False)
    assert ("claude" in azure, "codex" in azure, "OPENAI_BASE_URL" in azure) == (False, True, True)
    assert ("claude" in translated, "codex" in translated) == (True, False)


def test_the_banner_says_when_nothing_is_shortened() -> None:
    assert "Nothing is shortened" in "\n".join(banner(Settings(optimize=False)))


def test_the_banner_says_whether_anything_may_be_lost() -> None:
    assert "originals are kept" in "\n".join(banner(Settings()))
    assert "losing nothing" in "\n".join(banner(Settings(ccr_marker=False)))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8787"),
        ("::", "http://127.0.0.1:8787"),
        ("192.0.2.1", "http://192.0.2.1:8787"),
        ("2001:db8::1", "http://[2001:db8::1]:8787"),
    ],
)
def test_the_banner_says_when_other_machines_can_reach_it(host: str, address: str) -> None:
    text = "\n".join(banner(Settings(host=host)))

    assert f"ANTHROPIC_BASE_URL={address} claude" in text
    assert f"it listens on {host}" in text


def test_E5_a_new_token_is_told_once_and_then_where_it_is_kept(tmp_path: Path) -> None:
    settings = Settings(host="0.0.0.0", workspace_dir=tmp_path)

    first, again = token_told(settings), token_told(settings)

    token = (tmp_path / "token").read_text().strip()
    assert token in first
    assert "http://<this machine>:8787" in first
    assert token not in again
    assert str(tmp_path / "token") in again


def test_E5_a_token_that_the_operator_has_set_is_not_told(tmp_path: Path) -> None:
    told = token_told(Settings(host="0.0.0.0", workspace_dir=tmp_path, api_key="mine"))

    assert "HEADROOM_API_KEY" in told
    assert "mine" not in told
    assert not list(tmp_path.iterdir())


def test_E5_where_nothing_is_kept_it_is_told_that_there_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for settings in (
        Settings(host="0.0.0.0", stateless=True),
        Settings(host="0.0.0.0", workspace_dir=tmp_path / "file" / "workspace"),
    ):
        assert "set HEADROOM_API_KEY" in token_told(settings)


@dataclass(frozen=True)
class Told:
    requests: int = 1234
    tokens_saved: int = 56789
    failed: int = 0
    saved: Decimal = Decimal(0)
    unpriced: int = 0


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (Told(), "Headroom stopped: 1,234 requests, 56,789 tokens saved, 0 failed."),
        (Told(1, 1, 1), "Headroom stopped: 1 request, 1 token saved, 1 failed."),
        (None, "Headroom stopped."),
        (
            Told(2, 3, 0, Decimal("1.234")),
            "Headroom stopped: 2 requests, 3 tokens saved, 0 failed, $1.23 less than direct.",
        ),
        (
            Told(2, 3, 0, Decimal("-0.5"), 1),
            (
                "Headroom stopped: 2 requests, 3 tokens saved, 0 failed, $0.50 more than direct, "
                "price unknown for 1 request."
            ),
        ),
        (
            Told(2000, 3, 0, Decimal(0), 2000),
            (
                "Headroom stopped: 2,000 requests, 3 tokens saved, 0 failed, "
                "price unknown for 2,000 requests."
            ),
        ),
    ],
)
def test_the_last_line_sums_up_what_is_known(summary: object, line: str) -> None:
    assert summary_line(summary) == line


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_proxy_starts_answers_and_sums_up_when_stopped(
    tmp_path: Path, stop: signal.Signals
) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "headroom", "proxy", "--port", "0", "--no-telemetry"),
            *("--openai-api-url", f"http://127.0.0.1:{free_port('127.0.0.1', 0)}"),
        ],
        env=environment({"HEADROOM_WORKSPACE_DIR": str(tmp_path), "HEADROOM_PROT": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process:
        address = process.stdout.readline().split(" listens on ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/livez", timeout=10) as reply:
            assert reply.status == 200
        with pytest.raises(urllib.error.HTTPError, match="502"):
            urllib.request.urlopen(f"{address}/v1/models", timeout=10)

        process.send_signal(stop)
        rest, errors = process.communicate(timeout=30)

    assert process.returncode == 0
    assert rest.splitlines()[-1] == "Headroom stopped: 1 request, 0 tokens saved, 1 failed."
    assert "WARNING" not in rest
    first, *logged = errors.splitlines()
    assert first == (
        "headroom: HEADROOM_PROT is ignored: no such variable (did you mean HEADROOM_PORT?)."
    )
    assert [line.split()[2] for line in logged] == ["WARNING", "WARNING"]
    assert " upstream_failed GET openai 502 " in logged[1]


def test_M6_several_workers_without_a_store_may_have_no_budget() -> None:
    done = run("proxy", "--budget", "1", "--stateless", "--workers", "2")

    assert done.returncode == 2
    assert "a budget of their own" in done.stderr


def test_a_log_file_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path)}

    done = run("proxy", "--log-file", f"{tmp_path}/missing/log.jsonl", variables=variables)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"headroom: The log file {tmp_path}/missing/log.jsonl cannot be written (No such file or "
        "directory): make its folder, and both writable, or name another file with --log-file "
        "(HEADROOM_LOG_FILE).\n"
    )


def test_the_log_file_may_stand_in_a_workspace_that_is_still_to_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"

    prepare(Settings(workspace_dir=folder, log_file=folder / "log.jsonl"))

    assert (folder / "log.jsonl").exists()


def test_S6_the_log_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    prepare_log_file(tmp_path / "log.jsonl")

    assert stat.S_IMODE((tmp_path / "log.jsonl").stat().st_mode) == 0o600


def test_in_json_what_is_told_at_start_is_json_too(tmp_path: Path, taken_port: int) -> None:
    variables = {
        "HEADROOM_WORKSPACE_DIR": str(tmp_path),
        "HEADROOM_PROT": "1",
        "HEADROOM_LOG_FORMAT": "json",
    }

    done = run("proxy", "--port", str(taken_port), variables=variables)

    told, error = done.stderr.splitlines()
    assert json.loads(told)["message"].startswith("HEADROOM_PROT is ignored")
    assert error.startswith("headroom: Port ")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (Settings(), "Nothing is sent about it to anybody (no telemetry endpoint)."),
        (Settings(telemetry=False), "Nothing is sent about it to anybody (telemetry is off)."),
        (
            Settings(telemetry=False, telemetry_endpoint="https://totals.example/in"),
            "Nothing is sent about it to anybody (telemetry is off).",
        ),
        (
            Settings(telemetry_endpoint="https://totals.example/in"),
            "Anonymous totals go to totals.example (--no-telemetry: nothing does).",
        ),
    ],
)
def test_P4_the_banner_says_what_is_sent_and_where(settings: Settings, line: str) -> None:
    assert f"  {line}" in list(banner(settings))


def test_what_may_be_spent_is_told_at_start() -> None:
    settings = Settings(budget=1234.5, tenant_budget=2.0, budget_period="monthly")

    said = list(banner(settings))

    assert "  At most $1,234.50 per month (UTC) may be spent by all calls together." in said
    assert "  At most $2.00 per month (UTC) may be spent by each credential." in said
    assert not any("may be spent" in line for line in banner(Settings()))
