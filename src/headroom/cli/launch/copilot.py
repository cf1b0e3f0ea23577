"""GitHub Copilot CLI, with a provider of one's own (`copilot help providers`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom.cli.launch.agent import Launch, Wanted
from headroom.errors import SettingsError

PREFIX = "COPILOT_PROVIDER_"
CREDENTIALS = tuple(f"{PREFIX}{name}" for name in ("API_KEY", "API_KEY_COMMAND", "BEARER_TOKEN"))
KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
NATIVE = ("anthropic", "bedrock", "vertex")
"""Backends that take Anthropic's API as it is; the first takes OpenAI's as well."""
RESPONSES = ("anthropic", "openrouter", "azure")
"""Backends that take OpenAI's Responses API; those that translate take chat completions."""
MODELS = ("COPILOT_MODEL", f"{PREFIX}MODEL_ID")

NO_MODEL = (
    "no model is named, and a provider of your own has no default: add -- --model NAME, "
    "or set COPILOT_MODEL."
)


def configure(wanted: Wanted) -> Launch:
    """What Copilot is started with.  Raises SettingsError where it cannot be."""
    own = wanted.environ.get(f"{PREFIX}BASE_URL")
    asked = wanted.provider_type
    if asked == "auto" and own:
        asked = wanted.environ.get(f"{PREFIX}TYPE") or "openai"
    kind = provider_type(asked, wanted.backend)
    model = _model(wanted)
    if model == "auto":
        raise SettingsError(
            "Copilot's --model auto chooses among GitHub's models; with a provider of your own "
            "name one: -- --model claude-sonnet-4-5."
        )
    variables = {
        f"{PREFIX}TYPE": kind,
        f"{PREFIX}BASE_URL": wanted.base if kind == "anthropic" else wanted.openai,
        **_wire(wanted, kind, model),
        **_key(wanted, kind),
    }
    return Launch(
        variables,
        notes=() if model else (NO_MODEL,),
        upstreams=wanted.went_to(kind, own),
    )


def provider_type(asked: str, backend: str) -> str:
    """`anthropic` or `openai`.

    `auto` is Anthropic's API where requests go on as they come, to it or to a cloud that takes
    the same, and OpenAI's where a backend translates them.  Raises SettingsError for others.
    """
    if asked == "auto":
        return "anthropic" if backend in NATIVE else "openai"
    if asked == "openai" and backend in NATIVE[1:]:
        raise SettingsError(
            f"The backend {backend} takes Anthropic's API: leave out --provider-type openai."
        )
    if asked not in KEYS:
        raise SettingsError(
            f"{PREFIX}TYPE is {asked}, which Headroom does not pass on: "
            "say --provider-type anthropic or openai."
        )
    return asked


def _wire(wanted: Wanted, kind: str, model: str) -> dict[str, str]:
    name = f"{PREFIX}WIRE_API"
    asked = wanted.wire_api or wanted.environ.get(name, "")
    if kind == "anthropic":
        if wanted.wire_api:
            raise SettingsError(
                f"--wire-api {wanted.wire_api} is for --provider-type openai; Anthropic's API has "
                "one form: leave it out."
            )
        return {}
    if asked == "responses" and wanted.backend not in RESPONSES:
        raise SettingsError(
            f"The backend {wanted.backend} translates chat completions, not responses: "
            "use --wire-api completions."
        )
    if not asked and model.startswith("gpt-5") and wanted.backend in RESPONSES:
        # GitHub's own advice for these.
        asked = "responses"
    return {name: asked or "completions"}


def _key(wanted: Wanted, kind: str) -> dict[str, str]:
    if any(wanted.environ.get(name) for name in CREDENTIALS):
        return {}
    name = KEYS[kind]
    key = wanted.environ.get(name)
    if not key:
        raise SettingsError(f"Copilot needs a key of its provider: set {name}, or {PREFIX}API_KEY.")
    return {f"{PREFIX}API_KEY": key}


def _model(wanted: Wanted) -> str:
    said = next(_said(wanted.arguments, "--model"), "")
    return said or next(filter(None, (wanted.environ.get(name) for name in MODELS)), "")


def _said(arguments: Sequence[str], option: str) -> Iterator[str]:
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name != option:
            continue
        if equals:
            yield value
        elif at + 1 < len(arguments):
            yield arguments[at + 1]
