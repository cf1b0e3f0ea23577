"""The real Claude Code starts our MCP server by itself, and a model uses its tools."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import TOOL, key_of
from tests.agents.installed import program
from tests.cli.mcp.talking import LOG
from tests.cli.running import environment, run
from tests.support.proxy_process import proxy_process
from tests.upstream import Call, Provider, Say, Script, running

SERVER = "mcp__headroom__"
LINES = "1-200"


@contextmanager
def in_front_of(url: str, workspace: Path, *, proxied: bool) -> Iterator[str]:
    """Where the agent goes: to our proxy, or straight to the provider."""
    if not proxied:
        yield url
        return
    workspace.mkdir()
    with proxy_process(workspace, url) as proxy:
        yield proxy


def claude(home: Path, base_url: str, *words: str, port: str = "9") -> str:
    """What it says to these words."""
    variables = {
        "HOME": str(home),
        "HEADROOM_WORKSPACE_DIR": str(home / "workspace"),
        "HEADROOM_PORT": port,
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": "sk-ant-api03-none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        # A scripted model calls a tool before a server could have started: wait for it.
        "MCP_CONNECTION_NONBLOCKING": "0",
    }
    if words[0] != "mcp":
        words = (*words, "--allowedTools", f"{SERVER}*")
    done = subprocess.run(
        [program("claude"), *words],
        env=environment(variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(home: Path, port: str) -> None:
    """Let it have the tools, of the Headroom on this port."""
    (home / ".claude.json").write_text("{}")
    variables = {
        "HOME": str(home),
        "HEADROOM_WORKSPACE_DIR": str(home / "workspace"),
        "HEADROOM_PORT": port,
    }
    done = run("mcp", "install", "--client", "claude", variables=variables)
    assert done.returncode == 0, done.stderr


def results(provider: Provider) -> list[str]:
    """What tools have answered, as the last request tells the provider."""
    bodies = [json.loads(one.body) for one in provider.received if one.body]
    messages = max((body["messages"] for body in bodies if "messages" in body), key=len)
    blocks = (
        block for one in messages if isinstance(one["content"], list) for block in one["content"]
    )
    return [_text(block["content"]) for block in blocks if block["type"] == "tool_result"]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(one["text"] for one in content)


def tools(provider: Provider) -> set[str]:
    bodies = [json.loads(one.body) for one in provider.received if one.body]
    return {
        tool["name"] for body in bodies for tool in body.get("tools", ()) if TOOL in tool["name"]
    }


def test_claude_code_connects_to_it(tmp_path: Path) -> None:
    install(tmp_path, "9")

    listed = claude(tmp_path, "http://127.0.0.1:9", "mcp", "list")

    assert "headroom:" in listed
    assert "Connected" in listed


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "by the proxy"])
def test_a_model_shortens_a_text_and_has_it_again_unshortened(
    tmp_path: Path, proxied: bool
) -> None:
    provider = Provider()
    asked = {"hash": key_of(LOG), "lines": LINES}
    provider.next(
        Script((Call(f"{SERVER}headroom_compress", {"content": LOG}),)),
        Script((Call(f"{SERVER}{TOOL}", asked),)),
        Script((Say("All is well."),)),
    )

    with (
        running(provider) as upstream,
        in_front_of(upstream, tmp_path / "workspace", proxied=proxied) as url,
    ):
        port = url.rpartition(":")[2] if proxied else "9"
        install(tmp_path, port)
        said = claude(tmp_path, url, "-p", "Shorten it, then look.", port=port)

    shortened, again = results(provider)
    assert said.strip() == "All is well."
    assert f"{TOOL} hash={key_of(LOG)}" in shortened
    assert "request 700 lost its connection" in shortened
    # As they stand in the original, all 200 of them: nothing has made them shorter again.
    first = [f"{at}: {line}" for at, line in enumerate(LOG.splitlines()[:200], 1)]
    assert again.splitlines()[:200] == first
    # The agent brings the tool, so the proxy gives it none of its own.
    assert tools(provider) == {f"{SERVER}{TOOL}"}
