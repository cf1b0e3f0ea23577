"""docs/backends.md: who may answer in a provider's place, from the cases that the tests run."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.proxy.backends import BACKENDS, Listed
from headroom.proxy.backends.bedrock_models import GEOGRAPHIES, MODELS
from headroom.proxy.backends.carriage import (
    ADVISORY,
    ANYLLM,
    CLAUDE,
    LITELLM,
    LITELLM_OTHERS,
    Row,
)
from headroom.proxy.backends.through_litellm import CREDENTIALS
from tests.contracts.backends import NATIVE
from tests.contracts.translated import TRANSLATED

HEAD = """\
# Backends

<!-- Written by `make docs` from src/headroom/proxy/backends, tests/contracts/backends.py,
tests/contracts/translated.py and scripts/backends_page.py. Change it there. -->

Without more, Headroom passes each request on to its provider. With `--backend`
(`HEADROOM_BACKEND`) another answers in the provider's place: what your agent says and hears stays
the same, and so do shortening, the retrieval of originals, limits, budgets, stored replies and
statistics.

```bash
pip install "headroom-ai[proxy,bedrock]"
headroom proxy --backend bedrock --region eu-west-1

pip install "headroom-ai[proxy,vertex]"
headroom proxy --backend vertex --region global

OPENROUTER_API_KEY=… headroom proxy --backend openrouter

pip install "headroom-ai[proxy,litellm]"
GEMINI_API_KEY=… headroom proxy --backend litellm-gemini
```

A backend that cannot be (its library is not installed, there are no credentials, no region) stops
the start with exit code 2 and one sentence that says what to install or set; under gunicorn the
workers stop with the same sentence. Nobody else is ever asked instead.

## Who may use it

A backend uses **credentials of the machine that Headroom runs on**, so its operator pays. Callers
on this machine need nothing; all others need [a token or a virtual key](access.md) for every
request, in place of the provider's key (`ANTHROPIC_API_KEY` of an agent) or as
`x-headroom-api-key`. With `HEADROOM_API_KEY` set, everybody does. What else a caller brings as a
key is read by nobody: it reaches no backend, and makes the caller nobody else, so that limits and
budgets per caller hold for its token or virtual key. Virtual keys need no provider credential
behind them here. `--allowed-base-url` cannot be combined with a backend.

## What each takes

Each line is run by `tests/contracts` against a server that speaks the backend's own wire and is
strict about it: whole and streamed replies, conversations of twenty turns with tools (each turn's
bytes are the beginning of the next one's, so the provider's cache holds), our own tool within a
reply, errors, limits, budgets, and a client that leaves.

| backend | route | whole | streamed | tools | originals asked back | tokens counted |
|---|---|---|---|---|---|---|
"""

FOOT = """
What a backend does not take is refused with 404 in the provider's shape, and words that say what
it does take. So are WebSockets and `GET /v1/models`.

## Amazon Bedrock

The planned body goes to `InvokeModel`, or `InvokeModelWithResponseStream`, as it is: only `model`
and `stream` leave it, and `anthropic_version` and `anthropic_beta` (from the header) come in. All
other bytes stay, so prompt caches and signatures of thinking hold. AWS's event stream comes back
as Anthropic's, event by event.

- **Credentials** are found and renewed by AWS's own library, in its usual order (variables,
  profiles, SSO, roles of containers and machines), or are a key of Bedrock
  (`AWS_BEARER_TOKEN_BEDROCK`).
- **Region**: `--region`, else `AWS_REGION`, else what the AWS profile says.
- **Models**: ids and ARNs of Bedrock go as they are. Names of Anthropic become the inference
  profile of the region's geography (table below), so that a prompt never leaves it. `global.…`
  ids, which are cheaper and go anywhere, are asked for by their id, or by `--model-map
  claude-opus-5-5=global.anthropic.claude-opus-5-5`. What nobody knows goes as it is, and AWS says
  what is wrong with it.
- **Betas** go on, but for `claude-code-20250219` and `oauth-2025-04-20`, which ask for nothing.
  One that Bedrock does not know is refused by AWS, in its own words; for Claude Code,
  `CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1` leaves them out.
- **Errors** keep AWS's words, with the status and type that Anthropic's clients know: throttling
  and quotas are 429, a service that is not available 529, a model's time-out 504.
- **Counting tokens** is asked of `CountTokens`, for the model behind the inference profile.
- **Prices** are AWS's of the profile that is asked for: those of a geography cost some ten percent
  more than `global.` ones for newer models.
- `--bedrock-api-url` (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`) names another address, such as that of
  a VPC endpoint.

| name | model of Bedrock | geographies with a profile |
|---|---|---|
"""

GEOGRAPHY = """
Regions stand in a geography by how they begin; of several the first with a profile is taken, and
without any the model itself is asked for: """

VERTEX = """
## Google Vertex AI

The planned body goes to `rawPredict`, or `streamRawPredict`: only `model` leaves it, and
`anthropic_version` comes in. What Vertex replies is passed on as it comes.

- **Credentials** are Application Default Credentials, found and renewed by Google's own library:
  `GOOGLE_APPLICATION_CREDENTIALS`, `gcloud auth application-default login`, or the account of a
  machine.
- **Region**: `--region`, else `CLOUD_ML_REGION`, `GOOGLE_CLOUD_LOCATION` or
  `GOOGLE_CLOUD_REGION`; `global`, `us` and `eu` are regions too.
- **Project**: `--vertex-project` (`ANTHROPIC_VERTEX_PROJECT_ID`, `GOOGLE_CLOUD_PROJECT`), else
  that of the credentials.
- **Models**: the date of a name moves behind an @ (`claude-sonnet-4-5-20250929` is
  `claude-sonnet-4-5@20250929`); `--model-map` says others.
- **Betas** go on as the header `anthropic-beta`, but for `oauth-2025-04-20`.
- **Errors** of Google have the shape, status and type that Anthropic's clients know, and Google's
  words.
- **Counting tokens** is asked of `count-tokens:rawPredict`.
- **Prices** are Anthropic's; regions other than `global` cost some ten percent more for newer
  models.
- `--vertex-api-url` names another address.
"""

OTHERS = """
## OpenRouter and Azure

`openrouter` and `azure` speak the dialects themselves, so the planned body goes on byte for byte,
with all headers but those that say who the caller is: cache marks, signatures of thinking and
fields that nobody here knows arrive. LiteLLM would write chat completions of an Anthropic request,
and cache marks, documents, citations and what failed would be lost; so these names are no names of
LiteLLM's here. `litellm-openrouter` and `litellm-azure` ask for that.

- `openrouter` needs `OPENROUTER_API_KEY`; `OPENROUTER_API_BASE` names another address.
- `azure` needs `AZURE_API_KEY` and `AZURE_API_BASE` (`https://<resource>.openai.azure.com`), and
  uses the v1 API: the model is the name of a deployment. It does not take `/v1/messages`.

## Translated: `litellm-<provider>` and `anyllm`

For clients of `/v1/messages` and `/v1/chat/completions` whose model speaks another dialect.
`litellm-<provider>` (extra `litellm`) takes the names of [LiteLLM's
providers](https://docs.litellm.ai/docs/providers); `anyllm` (extra `anyllm`) those of any-llm that
speak OpenAI's dialect, chosen by `--anyllm-provider` (`HEADROOM_ANYLLM_PROVIDER`; `openai` without
more). The library translates. Whatever it would drop is refused with 400, by its name and place:

> the backend litellm-gemini cannot carry document blocks with a url source
> (messages.0.content.1): leave that out, or use one that passes this dialect on as it is, such as
> anthropic, openrouter, bedrock or vertex

- **Credentials** are those that the library finds: {credentials}, and for others its documentation.
- **Models**: the provider's names; `<provider>/` before them is added, or may stand there.
- **A request is sent once**: the libraries' own retries are off. What they raise comes back with
  the provider's status and words, and with `retry-after`, unless a stream of Gemini's is written
  in Anthropic's dialect by LiteLLM.
- **Thinking** becomes effort, and comes back as thinking where the provider tells it. Signatures of
  another provider's thinking are refused. Reasoning that OpenAI gave encrypted goes back as it
  came; if OpenAI refuses it, LiteLLM asks once more without it.
- **Failed tools** begin with `Error:`, as most providers have no other place for that.
- **Gemini's thought signatures** come as `provider_specific_fields` of a call, and go back if the
  client keeps them.
- **Network**: neither library asks for anything but the provider; LiteLLM's own price list,
  telemetry and logs are off. LiteLLM takes about 4 s to import, and a worker with it 340 MB; the
  proxy is ready once that is done.

`tests/gateways` run the real libraries against servers in the providers' wire formats: each line
of the first table by the same contract as the backends above (`tests/contracts`), and what the
second one says arrives; conversations of twenty turns on both SDKs, streamed and whole.

{routes}
What arrives, beyond words, tools, choices and sampling:

{table}
Left out where it is not carried, as it changes no answer:

{advisory}"""

SHOWN = (
    ("images", "user.image.base64", "user.image.data"),
    ("images by address", "user.image.url", "user.image.url"),
    ("documents", "user.document.base64", "user.file"),
    ("citations", "document.citations", ""),
    ("cache marks", "cache_control", "cache_control"),
    ("signed thinking", "assistant.thinking", ""),
    ("encrypted reasoning", "thinking.encrypted", ""),
    ("redacted thinking", "assistant.redacted_thinking", ""),
    ("effort", "output_config.effort", "reasoning_effort"),
    ("a format", "output_config.format", "response_format.json_schema"),
    ("strict tools", "tool.strict", "tool.strict"),
    (
        "one call at a time",
        "tool_choice.disable_parallel_tool_use",
        "parallel_tool_calls",
    ),
    ("`top_k`", "top_k", "top_k"),
)


def _others() -> str:
    rows = [*LITELLM.values(), CLAUDE, LITELLM_OTHERS, ANYLLM]
    named = {CLAUDE: "Claude on `litellm-bedrock`", LITELLM_OTHERS: "any other", ANYLLM: "`anyllm`"}
    heads = [named.get(row, f"`litellm-{row.name}`") for row in rows]
    table = f"| | {' | '.join(heads)} |\n|---|{'---|' * len(rows)}\n" + "".join(
        f"| {said} | {' | '.join(_cell(row, messages, chat) for row in rows)} |\n"
        for said, messages, chat in SHOWN
    )
    keys = [
        " or ".join(f"`{name}`" for name in one)
        for wanted in CREDENTIALS.values()
        for one in wanted
    ]
    routes = (
        "| backend | route | whole | streamed | tools | originals asked back |\n"
        "|---|---|---|---|---|---|\n"
    )
    for case in TRANSLATED:
        routes += f"| `{case.backend}` | `{case.route}` | yes | yes | yes | yes |\n"
    advisory = "".join(f"- `{name}`: {why}\n" for name, why in ADVISORY.items())
    return OTHERS.format(credentials=", ".join(keys), routes=routes, table=table, advisory=advisory)


def _cell(row: Row, messages: str, chat: str) -> str:
    """Whether this arrives in each dialect that has it."""
    both = [name in row.anthropic for name in (messages,)] + [
        name in row.openai_chat for name in (chat,) if name
    ]
    if len(set(both)) == 1:
        return "yes" if both[0] else "–"
    return "messages" if both[0] else "chat"


def backends_page() -> str:
    """docs/backends.md."""
    lines = "".join(line for listed in BACKENDS for line in _lines(listed))
    models = "".join(
        f"| `{name}` | `anthropic.{known}` | {', '.join(where)} |\n"
        for name, (known, where) in MODELS.items()
    )
    starts = ", ".join(f"`{start}…` {' or '.join(where)}" for start, where in GEOGRAPHIES)
    return f"{HEAD}{lines}{FOOT}{models}{GEOGRAPHY}{starts}.\n{VERTEX}{_others()}"


def _lines(listed: Listed) -> Iterator[str]:
    """A line for each route of this backend, from what the tests run."""
    for route in dict.fromkeys(case.route for case in NATIVE):
        run = [case for case in NATIVE if listed.is_named(case.backend) and case.route == route]
        for name in dict.fromkeys(case.backend for case in run):
            counts = any(case.counts for case in run if case.backend == name)
            counted = "yes" if counts else "–"
            yield f"| `{name}` | `{route}` | yes | yes | yes | yes | {counted} |\n"
