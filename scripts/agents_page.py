"""docs/agents.md: how agents come through, from the table of agents and the cases of the tests."""

from __future__ import annotations

from headroom.cli.agents import AGENTS
from headroom.cli.launch.agent import Agent, Wanted
from tests.agents.cases import CASES, Case

BASE = "http://127.0.0.1:8787"

HEAD = """\
# Agents

<!-- Written by `make docs` from src/headroom/cli/agents.py, tests/agents/cases.py and
scripts/agents_page.py. Change it there. -->

```bash
headroom wrap claude                     # Claude Code, through Headroom
headroom wrap codex -- exec "fix it"     # what follows -- goes to the agent
headroom wrap copilot -- --model claude-sonnet-4-5
eval "$(headroom wrap env)"              # for anything else started from this shell
```

`headroom wrap` looks for a Headroom on the port (`--port`, 8787) and asks it who it is. Where none
runs, it starts one, which stops again when the last agent that came by `wrap` has ended, also when
the launcher was killed; its log is `~/.headroom/logs/proxy.log`. Then it starts the agent in your
terminal, with the variables below. Signals go to the agent, and its exit code is that of `wrap`.
Going back is starting the agent without `wrap`: none of your files was changed.

Options: `--port`, `--mode`, `--backend` and `--region` (of a proxy that is started), `--no-proxy`
(start none), `-v` (say what is set). What `wrap` does not know goes to the agent; `--` before it
leaves no doubt.

Where your variables name another address than the provider's (a gateway: `ANTHROPIC_BASE_URL`,
`OPENAI_BASE_URL`, `GOOGLE_GEMINI_BASE_URL`), a proxy that is started sends requests on to there.
One that runs already sends them where it was told to.

`headroom unwrap AGENT` takes out what an earlier Headroom wrote into that agent's own files (a base
URL in Claude Code's settings, a provider in Codex's, blocks in files of instructions); `--undo`
gives them back byte for byte.

## Which agents, and how they are told

"""

CASES_HEAD = """
## What was tried

Each line is a run of the agent's real command line in `tests/agents`: a task of several turns with
tools, once direct and once through `headroom wrap`, against a provider that answers by script. The
files are the same afterwards, so is the exit code, less is sent, and no turn that the provider had
in its cache has changed. It runs with `make test ARGS=tests/agents`.

| agent | route | streaming | credential | |
|---|---|---|---|---|
"""

FOOT = """
goose, Cline, Continue, OpenHands and Cursor are told as their own documentation says, and were not
run as a whole by the tests: the first and the fourth are in no package registry, the next two need
a sign-in.

## Particular agents

**Claude Code.** Subscriptions (OAuth) and keys go on as they came, and so do `anthropic-beta` and
`anthropic-version`. Behind another base URL Claude Code leaves out tool search;
`ENABLE_TOOL_SEARCH` and, where requests go on to Anthropic itself,
`_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL` keep it and the rest on. What you set of these stays.
Where `env` of its settings files names a base URL, which would win, `--settings` names ours. With
Bedrock, Vertex AI or Foundry it goes past Headroom, which is told at start.

**Codex.** `-c openai_base_url=…` changes the address of Codex's own provider, so sessions and login
stay what they are, and `config.toml` is not touched. A `model_provider` of your own goes past
Headroom, which is told at start.

**Copilot.** It is given a provider of your own (`copilot help providers`). `--provider-type auto`
is Anthropic's API, or OpenAI's where a backend translates. With OpenAI's, `--wire-api responses` is
chosen for GPT-5 models unless you say otherwise. It needs a model (`-- --model NAME`) and a key
(`ANTHROPIC_API_KEY` or `OPENAI_API_KEY`, unless `COPILOT_PROVIDER_API_KEY` is set).

**Cline, Continue, Gemini CLI.** Some of their settings are in files only. They run on a copy of
them in the workspace, for the owner only and removed afterwards; what you change in such a setting
during the run is gone with it. Continue's are YAML: `pip install "headroom-ai[continue]"`.

**Cursor.** It sends requests from its own servers, so it needs an address of Headroom that they can
reach. `headroom wrap cursor` says what to set.

## How long it takes

`make launch` measures from the command to the agent's first request at the provider, with an agent
that asks at once: 0.98 s (median of 8, two cores) where a proxy is started, 0.13 s where one runs.
"""


# Tried in tests/agents/test_codex.py, where connections are cut and refused too.
CODEX = """\
| codex | `/v1/responses`, WebSocket | yes | API key | shorter, all else the same |
| codex | the same, and HTTP | yes | login of ChatGPT | shorter, all else the same |
"""


def agents_page() -> str:
    """docs/agents.md."""
    head = "| `headroom wrap` | agent | APIs | what is set |\n|---|---|---|---|\n"
    agents = "".join(map(_agent, AGENTS))
    return HEAD + head + agents + CASES_HEAD + "".join(map(_case, CASES)) + CODEX + FOOT


def _agent(agent: Agent) -> str:
    keys = {"ANTHROPIC_API_KEY": "x", "OPENAI_API_KEY": "x", "HOME": "/nowhere/at/all"}
    launch = agent.configure(Wanted(BASE, keys))
    said = [f"`{name}`" for name in launch.variables if not name.endswith("API_KEY")]
    arguments = " ".join(launch.arguments).replace(BASE, "…")
    said += [f"`{arguments}`"] if arguments else []
    said += [COPIES[agent.name]] if agent.name in COPIES else []
    return f"| `{agent.name}` | {agent.title} | {agent.speaks} | {', '.join(said)} |\n"


COPIES = {
    "cline": "a copy of its providers' settings",
    "continue": "a copy of its settings",
    "gemini": "defaults of its own, where you never signed in",
}


def _case(case: Case) -> str:
    streaming = "yes" if case.streams else "no"
    told = f"| {case.agent} | `{case.route}` | {streaming} | {case.credential} "
    return f"{told}| shorter, all else the same |\n"
