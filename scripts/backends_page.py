"""docs/backends.md: who may answer in a provider's place, from the cases that the tests run."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.proxy.backends import BACKENDS, Listed
from headroom.proxy.backends.bedrock_models import GEOGRAPHIES, MODELS
from tests.contracts.backends import CASES

HEAD = """\
# Backends

<!-- Written by `make docs` from src/headroom/proxy/backends, tests/contracts/backends.py and
scripts/backends_page.py. Change it there. -->

Without more, Headroom passes each request on to its provider. With `--backend`
(`HEADROOM_BACKEND`) another answers in the provider's place: what your agent says and hears stays
the same, and so do shortening, the retrieval of originals, limits, budgets, stored replies and
statistics.

```bash
pip install "headroom-ai[proxy,bedrock]"
headroom proxy --backend bedrock --region eu-west-1

pip install "headroom-ai[proxy,vertex]"
headroom proxy --backend vertex --region global
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


def backends_page() -> str:
    """docs/backends.md."""
    lines = "".join(line for listed in BACKENDS for line in _lines(listed))
    models = "".join(
        f"| `{name}` | `anthropic.{known}` | {', '.join(where)} |\n"
        for name, (known, where) in MODELS.items()
    )
    starts = ", ".join(f"`{start}…` {' or '.join(where)}" for start, where in GEOGRAPHIES)
    return f"{HEAD}{lines}{FOOT}{models}{GEOGRAPHY}{starts}.\n{VERTEX}"


def _lines(listed: Listed) -> Iterator[str]:
    """A line for each route of this backend, from what the tests run."""
    for route in dict.fromkeys(case.route for case in CASES):
        run = [case for case in CASES if listed.is_named(case.backend) and case.route == route]
        for name in dict.fromkeys(case.backend for case in run):
            counts = any(case.counts for case in run if case.backend == name)
            counted = "yes" if counts else "–"
            yield f"| `{name}` | `{route}` | yes | yes | yes | yes | {counted} |\n"
