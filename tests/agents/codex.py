"""The real Codex CLI, with a home of its own, in front of whatever a test names."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.agents.installed import environ, program

WITHIN_S = 60.0

COMMON = """
model = "gpt-5"
approval_policy = "never"
sandbox_mode = "danger-full-access"
chatgpt_base_url = "{url}/backend-api/"
"""
BY_KEY = """
model_provider = "lab"
[model_providers.lab]
name = "lab"
base_url = "{url}/v1"
wire_api = "responses"
supports_websockets = true
env_key = "LAB_KEY"
"""
BY_LOGIN = 'openai_base_url = "{url}/v1"\n'


def run(folder: Path, url: str, task: str, *, logs_in: bool = False) -> int:
    """Have it do the task in `folder/work`, asking at *url*; its exit code."""
    home, work = folder / "home", folder / "work"
    home.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    config = COMMON + (BY_LOGIN if logs_in else BY_KEY)
    (home / "config.toml").write_text(config.format(url=url))
    if logs_in:
        (home / "auth.json").write_text(json.dumps(_login()))
    done = subprocess.run(
        [program("codex"), "exec", "--skip-git-repo-check", task],
        cwd=work,
        env=environ({"CODEX_HOME": str(home), "LAB_KEY": "sk-test"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )
    return done.returncode


def _login() -> dict[str, Any]:
    """What the CLI keeps of a login, as far as it looks at it itself."""
    account = {"chatgpt_account_id": "account", "chatgpt_plan_type": "pro"}
    claims = {"exp": int(time.time()) + 86_400 * 9, "https://api.openai.com/auth": account}
    token = ".".join([_packed({"alg": "none"}), _packed(claims), "c2ln"])
    named = {"id_token": token, "access_token": token, "refresh_token": "r"}
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {**named, "account_id": "account"},
        "last_refresh": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()),
    }


def _packed(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
