"""`headroom mcp install`, `uninstall`, `status`: users' files, changed and given back."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from headroom.cli.mcp.commands import address_of, our_server
from headroom.errors import SettingsError
from headroom.settings import Settings
from tests.cli.running import run
from tests.support.proxy_process import proxy_process

CLAUDE = b'{\n  "numStartups": 7,\n  "mcpServers": {"gh": {"command": "gh"}},\n  "x": 1e2\n}'
CODEX = b'# mine\nmodel = "gpt-5"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".claude.json").write_bytes(CLAUDE)
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/config.toml").write_bytes(CODEX)
    return tmp_path


def headroom(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    named = {"HOME": str(home), "HEADROOM_PORT": "9", **variables}
    return run("mcp", *words, variables=named)


def test_agents_that_are_here_get_the_tools_and_lose_them_byte_for_byte(home: Path) -> None:
    done = headroom(home, "install")

    assert done.returncode == 0, done.stderr
    servers = json.loads((home / ".claude.json").read_bytes())["mcpServers"]
    assert servers["headroom"]["args"][-2:] == ["mcp", "serve"]
    assert servers["headroom"]["env"] == {"HEADROOM_PORT": "9"}
    assert Path(servers["headroom"]["command"]).is_file()
    told = tomllib.loads((home / ".codex/config.toml").read_text())
    assert told["mcp_servers"]["headroom"]["env"] == {"HEADROOM_PORT": "9"}
    assert not (home / ".gemini").exists()
    assert not (home / ".config").exists()

    done = headroom(home, "uninstall")

    assert done.stdout.count("byte for byte") == 2
    assert (home / ".claude.json").read_bytes() == CLAUDE
    assert (home / ".codex/config.toml").read_bytes() == CODEX
    assert "No agent had the tools" in headroom(home, "uninstall").stdout


def test_what_an_agent_wrote_meanwhile_stays(home: Path) -> None:
    headroom(home, "install", "--client", "claude")
    path = home / ".claude.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "numStartups": 8}))

    done = headroom(home, "uninstall")

    assert "lost only them" in done.stdout
    assert json.loads(path.read_bytes()) == {**json.loads(CLAUDE), "numStartups": 8}


def test_another_server_of_our_name_is_replaced_by_force_only_and_comes_back(home: Path) -> None:
    theirs = b'{"mcpServers": {"headroom": {"command": "tui"}}}'
    (home / ".claude.json").write_bytes(theirs)

    done = headroom(home, "install", "--client", "claude")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (home / ".claude.json").read_bytes() == theirs

    assert headroom(home, "install", "--client", "claude", "--force").returncode == 0
    assert b"serve" in (home / ".claude.json").read_bytes()
    headroom(home, "uninstall")
    assert (home / ".claude.json").read_bytes() == theirs


def test_a_later_install_is_what_holds(home: Path) -> None:
    headroom(home, "install", "--client", "claude")

    again = headroom(home, "install", "--client", "claude")
    other = headroom(home, "install", "--client", "claude", "--proxy-url", "http://10.0.0.1:8787")

    assert "had already" in again.stdout
    assert other.returncode == 0
    servers = json.loads((home / ".claude.json").read_bytes())["mcpServers"]
    assert servers["headroom"]["args"][-2:] == ["--proxy-url", "http://10.0.0.1:8787"]
    headroom(home, "uninstall")
    assert (home / ".claude.json").read_bytes() == CLAUDE


def test_a_file_that_cannot_be_read_is_left_alone_and_named(home: Path) -> None:
    (home / ".claude.json").write_bytes(b"{ // mine\n}")

    done = headroom(home, "install", "--client", "claude")

    assert done.returncode == 2
    assert f"{home}/.claude.json of Claude Code is left as it is: it is no JSON" in done.stderr
    assert (home / ".claude.json").read_bytes() == b"{ // mine\n}"


def test_where_no_agent_is_found_it_says_what_to_do(tmp_path: Path) -> None:
    done = headroom(tmp_path, "install")

    assert done.returncode == 1
    assert "--client" in done.stderr
    assert "--print" in done.stderr


def test_what_to_write_is_printed_for_any_client(tmp_path: Path) -> None:
    done = headroom(tmp_path, "install", "--print")

    assert done.returncode == 0
    assert "[mcp_servers.headroom]" in done.stdout
    assert '"mcpServers"' in done.stdout
    assert done.stdout.splitlines()[-1].endswith("mcp serve")
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_nothing_is_changed(home: Path) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; sys.modules['mcp_types'] = None;"
        "from headroom.cli.main import main; main()"
    )

    done = run("mcp", "install", variables={"HOME": str(home)}, code=code)

    assert done.returncode == 1
    assert 'pip install "headroom-ai[mcp]"' in done.stderr
    assert (home / ".claude.json").read_bytes() == CLAUDE


def test_status_tells_who_has_the_tools_and_who_answers(home: Path) -> None:
    before = headroom(home, "status")
    headroom(home, "install", "--client", "codex")

    after = headroom(home, "status")

    assert before.returncode == 1
    assert after.returncode == 0
    lines = {line[:12].strip(): line[13:] for line in after.stdout.splitlines()}
    assert lines["Claude Code"] == "no"
    assert lines["Codex"] == f"yes, in {home}/.codex/config.toml"
    assert lines["Library"] == "installed"
    assert lines["Answered by"].startswith("the server itself")


def test_status_tells_what_does_not_work(home: Path) -> None:
    entry = {"command": "/gone/headroom", "args": ["mcp", "serve"]}
    (home / ".claude.json").write_text(json.dumps({"mcpServers": {"headroom": entry}}))
    (home / ".codex/config.toml").write_bytes(b"[")

    done = headroom(home, "status", HEADROOM_PROXY_URL="http://127.0.0.1:9")

    assert done.returncode == 1
    assert "yes, but /gone/headroom cannot be started: headroom mcp install" in done.stdout
    assert "cannot be told" in done.stdout
    assert "nobody: http://127.0.0.1:9 cannot be asked (nobody)" in done.stdout


def test_status_names_the_proxy_that_answers(home: Path) -> None:
    with proxy_process(home, "http://127.0.0.1:9") as url:
        done = headroom(home, "status", HEADROOM_PORT=url.rpartition(":")[2])

    assert f"Answered by  the proxy at {url}" in done.stdout


@pytest.mark.parametrize(
    "url",
    ["https://a:1", "10.0.0.1:87", "http://:80", "http://h:x", "http://h/v1", "http://:p@h:99999"],
)
def test_S1_an_odd_address_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        address_of(url, Settings(workspace_dir=tmp_path))

    assert url not in str(caught.value)
    assert "http://127.0.0.1:8787" in str(caught.value)


def test_an_address_is_read(tmp_path: Path) -> None:
    settings = Settings(workspace_dir=tmp_path)

    assert address_of("http://localhost:8787/", settings).url == "http://localhost:8787"
    assert address_of("http://[::1]:8787", settings).url == "http://[::1]:8787"


def test_our_server_is_started_by_the_program_that_runs() -> None:
    environ = {"HEADROOM_WORKSPACE_DIR": "/w", "HEADROOM_API_KEY": "secret", "HEADROOM_PORT": " "}

    server = our_server(environ, None)

    assert server.variables == {"HEADROOM_WORKSPACE_DIR": "/w"}
    assert Path(server.command).parent == Path(sys.executable).parent
