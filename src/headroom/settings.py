"""Every option, once.

`Settings` is what the rest of the house reads.  Flags, `--no-` forms, environment names, the
table in docs/settings.md and the `config` of `/health` derive from its fields, so a new option
is one new field.  A value is looked for in this order: flag, variable, config file, default;
a blank variable is no variable.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from headroom import own_models, sources
from headroom.errors import SettingsError
from headroom.options import (
    API_URL,
    BACKEND,
    BASE_URLS,
    DOLLARS,
    EXPORTER,
    FILE,
    FOLDER,
    HEADERS,
    HOST_NAMES,
    LABEL,
    LISTENING_HOST,
    MODELS,
    ORIGINS,
    PAIRS,
    PATTERNS,
    PORT,
    PROJECT,
    REGION,
    SECONDS,
    SHARE,
    STORE,
    SWITCH,
    TEXT,
    VERSIONED_API_URL,
    WHOLE_SECONDS,
    Entry,
    choice,
    choices,
    option,
    whole_number,
)
from headroom.own_models import OwnModels

CONFIG_FILE = "headroom.toml"
DIRECT = "anthropic"
"""The backend that is none: each request goes on to its provider."""
SAVINGS_FILE = "proxy_savings.json"

Mode = Literal["token", "cache"]
Offer = Literal["auto", "always"]
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
BudgetPeriod = Literal["hourly", "daily", "monthly"]
"""Calendar periods in UTC."""

# The original's older names for the two modes.
MODE_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "token_mode": "token",
        "token_savings": "token",
        "token_headroom": "token",
        "cache_mode": "cache",
        "cost_savings": "cache",
    }
)

KINDS = (
    *("records", "tabular", "log", "search", "listing", "numbered", "diff", "code", "markup"),
    *("prose", "kompress", "passage"),
)
"""Of content, each with a way of its own to become shorter."""

MESSAGES_KEPT = (
    "What is said is written to {}: who reads that file reads all prompts and replies "
    "(--log-messages, HEADROOM_LOG_MESSAGES)."
)
MESSAGES_NOWHERE = (
    "--log-messages (HEADROOM_LOG_MESSAGES) writes nothing without --log-file (HEADROOM_LOG_FILE)."
)

WORKSPACE = Path("~/.headroom")

COLLECTOR = "http://127.0.0.1:4318"
"""Where OpenTelemetry's collectors listen if nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator has decided."""

    host: str = option(LISTENING_HOST, "Address to listen on.", default="127.0.0.1")
    port: int = option(PORT, "Port to listen on; 0 takes a free one.", default=8787, short="-p")
    mode: Mode = option(
        choice(("token", "cache"), MODE_ALIASES),
        "token: what was sent is rewritten where that is free, pays, or must be; cache: it is "
        "never rewritten, unless a request would not fit otherwise.",
        default="token",
    )
    backend: str = option(
        BACKEND,
        "Who answers: anthropic passes each request on to its provider; the others stand in the "
        "provider's place, with credentials of this machine instead of the callers'.",
        default=DIRECT,
        health="backend",
    )
    region: str = option(
        REGION,
        "The region of the backends bedrock and vertex.",
        default="",
        # The second is the original's name.
        variables=("HEADROOM_REGION", "HEADROOM_BEDROCK_REGION"),
        default_shown="what AWS_REGION or AWS_DEFAULT_REGION, CLOUD_ML_REGION or "
        "GOOGLE_CLOUD_LOCATION say",
    )
    model_map: str = option(
        PAIRS,
        "What the backends bedrock and vertex call models, as name=id with commas, where it is "
        "not known or should be another one.",
        default="",
    )
    vertex_project: str = option(
        PROJECT,
        "The project of the backend vertex.",
        default="",
        default_shown="that of Google's credentials",
        variables=(
            "HEADROOM_VERTEX_PROJECT",
            "ANTHROPIC_VERTEX_PROJECT_ID",
            "GOOGLE_CLOUD_PROJECT",
        ),
    )
    bedrock_api_url: str = option(
        API_URL,
        "Where requests of the backend bedrock go.",
        default="",
        default_shown="the region's endpoint",
        variables=("HEADROOM_BEDROCK_API_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    )
    vertex_api_url: str = option(
        VERSIONED_API_URL,
        "Where requests of the backend vertex go.",
        default="",
        default_shown="the region's endpoint",
        variables=("HEADROOM_VERTEX_API_URL",),
    )
    anyllm_provider: str = option(
        LABEL,
        "Which provider the backend anyllm asks.",
        default="",
    )
    while_used: Path | None = option(
        FILE,
        "Stop once nobody shares the lock of this file; `headroom wrap` starts it so.",
        default=None,
    )
    optimize: bool = option(
        SWITCH,
        "Make requests shorter; --no-optimize passes every byte as it came.",
        default=True,
        health="optimize",
    )
    anthropic_api_url: str = option(
        VERSIONED_API_URL,
        "Where Anthropic requests go.",
        default="https://api.anthropic.com",
        variables=("ANTHROPIC_TARGET_API_URL",),
    )
    openai_api_url: str = option(
        VERSIONED_API_URL,
        "Where OpenAI requests go.",
        default="https://api.openai.com",
        variables=("OPENAI_TARGET_API_URL",),
    )
    chatgpt_api_url: str = option(
        API_URL,
        "Where requests of Codex go that is logged in with ChatGPT.",
        default="https://chatgpt.com",
        variables=("CHATGPT_TARGET_API_URL",),
    )
    gemini_api_url: str = option(
        API_URL,
        "Where Gemini requests go.",
        default="https://generativelanguage.googleapis.com",
        variables=("GEMINI_TARGET_API_URL",),
    )
    connect_timeout_seconds: float = option(
        SECONDS, "How long a connection to the provider may take.", default=10.0
    )
    request_timeout_seconds: float = option(
        SECONDS, "How long the first byte of a reply may take.", default=300.0
    )
    idle_timeout_seconds: float = option(
        SECONDS, "How long a reply may pause between two pieces.", default=300.0
    )
    body_limit_mb: int = option(
        whole_number(1, 4096),
        "The largest request body, unpacked, in megabytes (1,048,576 bytes).",
        default=32,
    )
    plan_deadline_seconds: float = option(
        SECONDS,
        "How long shortening one request may take; when late, what is new goes on as it came.",
        default=2.0,
    )
    batch_limit_mb: int = option(
        whole_number(0, 4096),
        "So many megabytes of batches are held at once, by each process, to make the requests in "
        "them shorter; what goes beyond is passed on as it came, and with 0 all of it.",
        default=256,
    )
    batch_plan_seconds: float = option(
        SECONDS,
        "How long shortening all requests of a batch may take; what is late goes on as it came.",
        default=60.0,
    )
    workers: int = option(
        whole_number(1, 64),
        "How many processes take calls on the one port; they share the store.",
        default=1,
        health="workers",
    )
    store: str = option(
        STORE,
        "Where forms of conversations and originals are kept: sqlite, a file in the workspace "
        "that all processes share; memory, which ends with the process; or the address of a Redis "
        "or Valkey that several machines share.",
        default="sqlite",
        variables=("HEADROOM_STORE", "HEADROOM_REDIS_URL"),
        # The address may hold a password.
        secret=True,
    )
    stateless: bool = option(SWITCH, "Keep nothing on disk, whatever --store says.", default=False)
    store_limit_mb: int = option(
        whole_number(1, 1_048_576),
        "How large the store's content may grow, in megabytes; what was unseen for longest leaves.",
        default=1024,
    )
    store_days: int = option(
        whole_number(1, 3650),
        "How many days a conversation is kept after it was last seen.",
        default=7,
    )
    ccr_inject_tool: bool = option(
        SWITCH,
        "Give the model a small tool, headroom_retrieve, that shows what was left out; "
        "--no-ccr-inject-tool never does, and then only what the agent can read again leaves.",
        default=True,
    )
    ccr_offer: Offer = option(
        choice(("auto", "always")),
        "When that tool is given, from a conversation's first request on: auto, where it is "
        "expected to pay; always, wherever a request brings tools.",
        default="auto",
    )
    ccr_marker: bool = option(
        SWITCH,
        "Leave something out where a marker can say so; --no-ccr-marker leaves nothing out.",
        default=True,
    )
    stop_at_loss: bool = option(
        SWITCH,
        "Leave nothing out of a conversation's new blocks any more once it has cost more than "
        "going direct; --no-stop-at-loss goes on, whatever it costs.",
        default=True,
    )
    auto_cache: bool = option(
        SWITCH,
        "Ask Anthropic to cache the prompts of clients that set no cache_control, where these "
        "pay by the token and go on; --no-auto-cache leaves new conversations uncached.",
        default=True,
    )
    min_tokens: int = option(
        whole_number(1, 1_000_000),
        "Tokens of a block below which nothing is left out of it.",
        default=400,
    )
    target_ratio: float = option(
        SHARE,
        "A wish: what should stay of a long block, as a share of its tokens; 0 leaves it to each "
        "kind of content.",
        default=0.0,
    )
    protect_tools: tuple[str, ...] = option(
        PATTERNS,
        "A tool whose results are never shortened, as a pattern such as mcp__billing__*.",
        default=(),
    )
    skip_kinds: tuple[str, ...] = option(
        choices(KINDS),
        "A kind of content that is left as it is.",
        default=(),
        flag="--skip-kind",
        variables=("HEADROOM_SKIP_KINDS",),
    )
    code_aware: bool = option(
        SWITCH,
        "Fold bodies in long files of source code, along their syntax.",
        default=True,
        variables=("HEADROOM_CODE_AWARE_ENABLED",),
    )
    code_tokens: int = option(
        whole_number(100, 1_000_000),
        "Tokens of one read of source code above which bodies are folded.",
        default=4_000,
    )
    intelligent_context: bool = option(
        SWITCH,
        "When a request would not fit the model's window, let turns leave by importance; "
        "--no-intelligent-context by age.",
        default=True,
    )
    intelligent_scoring: bool = option(
        SWITCH,
        "Tell importance by several signs; --no-intelligent-scoring by place alone.",
        default=True,
    )
    similarity_model: str = option(
        TEXT,
        "A folder with a model of sentence embeddings as ONNX, or the name of one in the cache of "
        "the Hugging Face hub, which tells how near turns are to the task instead of BM25; needs "
        "the extra ml.",
        default="",
    )
    compress_first: bool = option(
        SWITCH,
        "Shorten long results more before whole turns leave a full window.",
        default=True,
    )
    kompress_model: str = option(
        TEXT,
        "A folder with a ModernBERT token classifier as ONNX, or the name of one in the cache of "
        "the Hugging Face hub, by which long prose loses sentences; needs the extra ml.",
        default="",
    )
    kompress_evidence: bool = option(
        SWITCH,
        "Let that classifier also shorten what tools told, which it never does otherwise.",
        default=False,
    )
    toin: bool = option(
        SWITCH,
        "Learn from what is asked back which of a tool's outputs should lose less, and which "
        "fields stay; --no-toin counts nothing and goes by nothing that was learned.",
        default=True,
    )
    cache: bool = option(
        SWITCH,
        "Answer an identical request of the same caller from the stored reply, where it brings no "
        "tools; --no-cache stores none.",
        default=True,
        variables=("HEADROOM_CACHE_ENABLED",),
        health="cache",
    )
    cache_ttl: int = option(
        WHOLE_SECONDS, "How long a stored reply is given, in whole seconds.", default=3600
    )
    cache_max_entries: int = option(
        whole_number(1, 100_000),
        "How many replies are stored at most, of all callers and workers; those unread for longest "
        "leave.",
        default=1000,
    )
    cache_max_mb: int = option(
        whole_number(1, 65_536),
        "How much stored replies hold at most, in megabytes, and never more than a quarter of the "
        "store.",
        default=64,
    )
    rate_limit: bool = option(
        SWITCH,
        "Limit requests and tokens per minute of each caller.",
        default=True,
        variables=("HEADROOM_RATE_LIMIT_ENABLED",),
        health="rate_limit",
    )
    rpm: int = option(
        whole_number(0, 1_000_000_000),
        "How many requests per minute one caller may make, at once or spread; 0: no limit.",
        default=3_000,
    )
    tpm: int = option(
        whole_number(0, 1_000_000_000_000),
        "How many tokens per minute one caller may use, read from a cache not counted; 0: no "
        "limit.",
        default=5_000_000,
    )
    allowed_hosts: tuple[str, ...] = option(
        HOST_NAMES,
        "A host name, besides localhost and addresses, that this proxy answers to.",
        default=(),
        flag="--allowed-host",
        variables=("HEADROOM_ALLOWED_HOSTS", "HEADROOM_ALLOWED_HOST"),
    )
    allowed_origins: tuple[str, ...] = option(
        ORIGINS,
        "A web page's origin that may use the proxy from a browser.",
        default=(),
        flag="--allowed-origin",
        variables=("HEADROOM_ALLOWED_ORIGINS", "HEADROOM_ALLOWED_ORIGIN"),
    )
    allowed_base_urls: tuple[str, ...] = option(
        BASE_URLS,
        "An origin (https) that callers may have their requests sent to, by the header "
        "x-headroom-base-url.",
        default=(),
        flag="--allowed-base-url",
        variables=("HEADROOM_ALLOWED_BASE_URLS", "HEADROOM_ALLOWED_BASE_URL"),
    )
    api_key: str = option(
        TEXT,
        "The token that callers of Headroom's own endpoints must bring, also on this machine; "
        "without it, callers on this machine need none, and others the one in the workspace.",
        default="",
        flag="",
        # The second is what gateways' pages tell people to set (Portkey, Kong, 2026-11).
        variables=("HEADROOM_API_KEY", "HEADROOM_PROXY_TOKEN"),
        secret=True,
    )
    admin_key: str = option(
        TEXT,
        "The operator's token, which opens all of Headroom's own endpoints from anywhere; without "
        "it, the one in the workspace does.",
        default="",
        flag="",
        secret=True,
    )
    virtual_keys: bool = option(
        SWITCH,
        "Take virtual keys (headroom keys) in place of provider credentials.",
        default=False,
        health="virtual_keys",
    )
    budget: float | None = option(
        DOLLARS,
        "The most that all calls together may spend per period, in US dollars; then calls that "
        "cost are refused.",
        default=None,
        health="budget",
    )
    budget_period: BudgetPeriod = option(
        choice(("hourly", "daily", "monthly")),
        "How long budgets last: a calendar hour, day or month in UTC.",
        default="daily",
    )
    tenant_budget: float | None = option(
        DOLLARS,
        "The most that calls with the same credentials may spend per period, in US dollars.",
        default=None,
        health="budget",
    )
    budget_fail_open: bool = option(
        SWITCH,
        "Let calls go on while it cannot be counted what they spend; else they are refused then.",
        default=False,
    )
    model_limits: str = option(
        MODELS,
        f"What models hold and cost, as JSON or the path of a file with it; it counts before "
        f"`{own_models.FILE}` in the config folder, and both before what is known of models.",
        default="",
        flag="",
    )
    workspace_dir: Path = option(
        FOLDER,
        "The folder for everything that Headroom keeps.",
        default=WORKSPACE,
        flag="",
    )
    config_dir: Path = option(
        FOLDER,
        f"The folder where {CONFIG_FILE} is looked for.",
        default=WORKSPACE / "config",
        default_shown="`config` in the workspace",
        flag="",
    )
    savings_path: Path | None = option(
        FILE,
        "The file in which other tools find what was saved; written also with --stateless, where "
        "it is said.",
        default=None,
        default_shown=f"`{SAVINGS_FILE}` in the workspace",
        flag="",
    )

    docs: bool = option(
        SWITCH,
        "Describe Headroom's own endpoints at /openapi.json, and on a page at /docs.",
        default=False,
    )
    log_file: Path | None = option(
        FILE,
        "Write one line of JSON per request to this file, without anything that was said.",
        default=None,
    )
    log_messages: bool = option(
        SWITCH,
        "Write what was said to that file too: the messages as they were sent on, and the reply.",
        default=False,
    )
    log_format: LogFormat = option(
        choice(("text", "json")),
        "How the log on stderr is written: text, for people; json, one object per line.",
        default="text",
    )
    log_level: LogLevel = option(
        choice(("debug", "info", "warning", "error")),
        "From where on the log on stderr tells: each request is info, what went wrong warning.",
        default="info",
    )
    telemetry: bool = option(
        SWITCH,
        "Let anonymous totals go to the telemetry endpoint, if there is one; --no-telemetry sends "
        "nothing.",
        default=True,
    )
    telemetry_endpoint: str = option(
        API_URL,
        "Where anonymous totals are sent; without it nothing is.",
        default="",
    )
    sdk: str = option(
        LABEL, "How anonymous totals name what runs this proxy.", default="proxy", flag=""
    )

    otel_metrics_enabled: bool = option(
        SWITCH,
        "Export metrics by OpenTelemetry; needs the extra otel.",
        default=False,
        flag="",
    )
    otel_metrics_exporter: str = option(
        EXPORTER,
        "Where metrics go: otlp_http, to a collector; console, to stdout.",
        default="otlp_http",
        flag="",
    )
    otel_metrics_endpoint: str = option(
        API_URL,
        "The collector's address for metrics; where it has no path, `/v1/metrics` is added.",
        default=f"{COLLECTOR}/v1/metrics",
        flag="",
    )
    otel_metrics_headers: str = option(
        HEADERS,
        "Headers of exported metrics, as name=value with commas; %XX in values is read.",
        default="",
        flag="",
        secret=True,
    )
    otel_metrics_export_interval_ms: int = option(
        whole_number(100, 86_400_000),
        "Milliseconds between two exports of metrics.",
        default=10_000,
        flag="",
    )
    otel_traces_enabled: bool = option(
        SWITCH,
        "Export a trace of each call by OpenTelemetry; needs the extra otel.",
        default=False,
        flag="",
    )
    otel_traces_exporter: str = option(
        EXPORTER,
        "Where traces go: otlp_http, to a collector; console, to stdout.",
        default="otlp_http",
        flag="",
    )
    otel_traces_endpoint: str = option(
        API_URL,
        "The collector's address for traces; where it has no path, `/v1/traces` is added.",
        default=f"{COLLECTOR}/v1/traces",
        flag="",
    )
    otel_traces_headers: str = option(
        HEADERS,
        "Headers of exported traces, as name=value with commas; %XX in values is read.",
        default="",
        flag="",
        secret=True,
    )
    otel_service_name: str = option(
        TEXT, "The service's name in metrics and traces.", default="headroom-proxy", flag=""
    )
    otel_resource_attributes: str = option(
        PAIRS,
        "More attributes of the service in metrics and traces, as name=value with commas.",
        default="",
        flag="",
    )
    otel_sdk_disabled: str = option(
        # The SDK reads it by itself: what it does not take for `true` stops no start.
        TEXT,
        "`true` switches OpenTelemetry off in the whole process, and so all exports.",
        default="",
        flag="",
        variables=("OTEL_SDK_DISABLED",),
    )
    langfuse_enabled: bool = option(
        SWITCH,
        "Send a trace of each call to Langfuse; needs the extra otel and both keys.",
        default=False,
        flag="",
    )
    langfuse_public_key: str = option(
        TEXT,
        "The public key of the Langfuse project.",
        default="",
        flag="",
        variables=("LANGFUSE_PUBLIC_KEY",),
        secret=True,
    )
    langfuse_secret_key: str = option(
        TEXT,
        "The secret key of the Langfuse project.",
        default="",
        flag="",
        variables=("LANGFUSE_SECRET_KEY",),
        secret=True,
    )
    langfuse_base_url: str = option(
        # Other programs read these variables too: what ours cannot use stops no start.
        TEXT,
        "Where Langfuse is.",
        default="https://cloud.langfuse.com",
        flag="",
        variables=("LANGFUSE_BASE_URL", "LANGFUSE_OTEL_HOST", "LANGFUSE_HOST"),
    )
    langfuse_content: bool = option(
        SWITCH,
        "Send Langfuse also what was asked and answered: the beginnings of a request's last text "
        "or result of a tool, and of the reply, as they are.",
        default=False,
        flag="",
    )
    langfuse_service_name: str = option(
        TEXT, "The service's name in traces for Langfuse.", default="headroom-proxy", flag=""
    )
    langfuse_resource_attributes: str = option(
        PAIRS,
        "More attributes of the service in traces for Langfuse, as name=value with commas.",
        default="",
        flag="",
    )

    # Not options: how the values came about.

    given: frozenset[str] = dataclasses.field(default=frozenset(), compare=False, repr=False)
    """The names of the fields that a flag, a variable or the config file decided."""
    own_models: OwnModels = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """What `model_limits` and the file beside the config file say of models."""
    notices: tuple[str, ...] = dataclasses.field(default=(), compare=False, repr=False)
    """What the operator should be told at start, one sentence each."""

    def __post_init__(self) -> None:
        """Expand `~`, so that nobody makes a folder of that name."""
        for entry in ENTRIES:
            value = getattr(self, entry.name)
            if isinstance(value, Path):
                object.__setattr__(self, entry.name, value.expanduser())

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str],
        *,
        flags: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> Settings:
        """The settings that these sources give; raises SettingsError, one sentence.

        *flags* are values from the command line by field name.  *config* is the config file's
        content by field name; without it, the file itself is read if there is one.
        """
        given = [
            *sources.from_flags(ENTRIES, flags or {}),
            *sources.from_variables(ENTRIES, environ),
        ]
        values = sources.read_all(given, environ)
        folder = config_folder(values, environ)
        file = folder / CONFIG_FILE
        content = sources.load(file) if config is None else config
        given += sources.from_config(ENTRIES, content, file)
        values = sources.read_all(given, environ)
        # The file was found there: it cannot say that it stands elsewhere.
        values["config_dir"] = folder
        values.setdefault("workspace_dir", sources.expanded(WORKSPACE, environ))
        notices = (
            *sources.unknown_variables(ENTRIES, environ),
            *sources.unknown_keys(ENTRIES, content, file),
        )
        if values.get("api_key") and values["api_key"] == values.get("admin_key"):
            raise SettingsError(
                "HEADROOM_API_KEY and HEADROOM_ADMIN_KEY are the same, so that each caller "
                "would be the operator: choose two."
            )
        if values.get("log_messages"):
            written = values.get("log_file")
            told = MESSAGES_NOWHERE if written is None else MESSAGES_KEPT.format(written)
            notices = (*notices, told)
        names = frozenset(source.entry.name for source in given)
        models = _models(values, folder, where=_where_of("model_limits", given))
        return cls(**values, given=names, own_models=models, notices=notices)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the proxy."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_durable(self) -> bool:
        """Whether anything outlives the process."""
        return self.store != "memory" and not self.stateless

    @property
    def savings_file(self) -> Path | None:
        """Where other tools find what was saved; None: nowhere, as nothing is kept on disk."""
        if self.savings_path is not None:
            return self.savings_path
        return self.workspace_dir / SAVINGS_FILE if self.is_durable else None

    @property
    def keeps_messages(self) -> bool:
        """Whether what is said goes into a file."""
        return self.log_messages and self.log_file is not None

    @property
    def sends_telemetry(self) -> bool:
        """Whether anonymous totals leave this machine."""
        return self.telemetry and bool(self.telemetry_endpoint)

    @property
    def has_budget(self) -> bool:
        """Whether every call is under a budget."""
        return self.budget is not None or self.tenant_budget is not None

    @property
    def offers_tool(self) -> bool:
        """Whether new conversations may be given our tool."""
        return self.ccr_inject_tool and self.ccr_marker and self.is_durable

    @property
    def store_kind(self) -> str:
        """`sqlite`, `memory` or `redis`."""
        if not self.is_durable:
            return "memory"
        return "redis" if "://" in self.store else self.store

    def as_environ(self) -> dict[str, str]:
        """The variables from which another process reads these same settings."""
        changed = (entry for entry in ENTRIES if self._is_decided(entry))
        texts = {
            entry.variables[0]: sources.as_text(getattr(self, entry.name)) for entry in changed
        }
        return {name: text for name, text in texts.items() if text}

    def _is_decided(self, entry: Entry) -> bool:
        return entry.name in self.given or getattr(self, entry.name) != entry.default

    def health_config(self) -> dict[str, object]:
        """The `config` of `/health`: what is really on."""
        shown: dict[str, object] = {}
        for entry in ENTRIES:
            if entry.option.health:
                value = getattr(self, entry.name)
                # Whether an amount is set, not how much it is.
                on = value is not None if entry.option.kind is DOLLARS else value
                shown[entry.option.health] = shown.get(entry.option.health) or on
        return shown


ENTRIES: tuple[Entry, ...] = tuple(
    Entry(field.name, field.default, field.metadata["option"])
    for field in dataclasses.fields(Settings)
    if "option" in field.metadata
)


def _where_of(name: str, given: list[sources.Source]) -> str:
    return next((source.where for source in given if source.entry.name == name), name)


def _models(values: Mapping[str, Any], folder: Path, *, where: str) -> OwnModels:
    """What is said of models: in the setting, in the config folder, in the workspace."""
    said = own_models.models_said(values.get("model_limits", ""), where)
    files = [Path(place, own_models.FILE) for place in (folder, values["workspace_dir"])]
    beside = next((file for file in files if file.exists()), None)
    return {**(own_models.load_models(beside) if beside else {}), **said}


def config_folder(values: Mapping[str, Any], environ: Mapping[str, str]) -> Path:
    """Where the config file is looked for: as said, else `config` in the workspace."""
    if "config_dir" in values:
        return Path(values["config_dir"])
    return Path(values.get("workspace_dir", sources.expanded(WORKSPACE, environ)), "config")
