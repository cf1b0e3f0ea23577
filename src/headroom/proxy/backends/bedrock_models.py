"""What Bedrock calls the models that Anthropic calls by names of its own."""

from __future__ import annotations

from collections.abc import Mapping

from headroom.errors import BadRequest

VENDOR = "anthropic."

GEOGRAPHIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("us-gov-", ("us-gov",)),
    ("us-", ("us",)),
    ("ca-", ("us",)),
    ("eu-", ("eu",)),
    ("ap-northeast-1", ("jp", "apac")),
    ("ap-northeast-3", ("jp", "apac")),
    ("ap-southeast-2", ("au", "apac")),
    ("ap-southeast-4", ("au", "apac")),
    ("ap-", ("apac",)),
)
"""By how a region begins: where a prompt may be worked on that is sent from there.

A request never leaves its geography unless the operator says so: `global.` ids are cheaper, but
go anywhere (docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html, 2026-11).
"""

# The ids, and the geographies in which each has an inference profile, as LiteLLM 1.9x lists them
# (model_prices_and_context_window.json, 2026-11).
_ASIA = "apac au jp"
_MODELS: tuple[tuple[str, str, str], ...] = (
    ("claude-3-haiku-20240307", "claude-3-haiku-20240307-v1:0", "us eu apac us-gov"),
    ("claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022-v1:0", "us eu"),
    ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20240620-v1:0", "us eu apac us-gov"),
    ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022-v2:0", "us eu apac"),
    ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet-20250219-v1:0", "us eu apac us-gov"),
    ("claude-sonnet-4-20250514", "claude-sonnet-4-20250514-v1:0", "us eu apac"),
    ("claude-opus-4-20250514", "claude-opus-4-20250514-v1:0", "us eu"),
    ("claude-opus-4-1-20250805", "claude-opus-4-1-20250805-v1:0", "us eu"),
    ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929-v1:0", "us eu au jp us-gov"),
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001-v1:0", f"us eu {_ASIA}"),
    ("claude-opus-4-5-20251101", "claude-opus-4-5-20251101-v1:0", "us eu"),
    ("claude-opus-4-6", "claude-opus-4-6-v1", "us eu au"),
    ("claude-sonnet-4-6", "claude-sonnet-4-6", f"us eu {_ASIA}"),
    ("claude-opus-4-7", "claude-opus-4-7", f"us eu {_ASIA}"),
    ("claude-opus-4-8", "claude-opus-4-8", f"us eu {_ASIA}"),
    ("claude-opus-5", "claude-opus-5", f"us eu {_ASIA}"),
    ("claude-sonnet-5", "claude-sonnet-5", f"us eu {_ASIA}"),
    ("claude-fable-5", "claude-fable-5", "us eu apac au"),
    ("claude-fable-5-1", "claude-fable-5-1", "us eu"),
    ("claude-mythos-5-1", "claude-mythos-5-1", "us"),
    ("claude-haiku-5-5", "claude-haiku-5-5", f"us eu {_ASIA}"),
    ("claude-sonnet-5-5", "claude-sonnet-5-5", f"us eu {_ASIA}"),
    ("claude-opus-5-5", "claude-opus-5-5", f"us eu {_ASIA}"),
)
MODELS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    name: (known, tuple(where.split())) for name, known, where in _MODELS
}

# Anthropic's own shorter names (docs.anthropic.com/en/docs/about-claude/models, 2026-11).
ALIASES: Mapping[str, str] = {
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
}


def model_id(name: str, region: str, said: Mapping[str, str]) -> str:
    """What Bedrock calls this model in this region; *said* is what the operator calls them.

    An id or ARN of Bedrock stays as it is, and so does what nobody knows: AWS says what is wrong
    with that.  Raises BadRequest for what no id can be.
    """
    found = said.get(name) or _known(name, region)
    if found in (".", "..") or not found.isascii() or not found.isprintable():
        raise BadRequest("model: the id of a model of Bedrock, or a name of Anthropic, is needed")
    return found


def foundation(found: str) -> str:
    """The id of the model behind an inference profile's: the only one that tokens are counted for.

    An ARN stays as it is.
    """
    place, dot, _ = found.partition(f".{VENDOR}")
    return found[len(place) + 1 :] if dot and ":" not in place else found


def _known(name: str, region: str) -> str:
    known = MODELS.get(ALIASES.get(name, name))
    if known is None:
        return name
    here = next((where for start, where in GEOGRAPHIES if region.startswith(start)), ())
    geography = next((each for each in here if each in known[1]), "")
    return f"{geography}.{VENDOR}{known[0]}" if geography else f"{VENDOR}{known[0]}"
