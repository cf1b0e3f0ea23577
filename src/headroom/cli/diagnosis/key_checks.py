"""Which keys and logins there are, what their kinds mean, and which agents use them."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.cli.diagnosis.credentials import Credential
from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding, note, ok, problem
from headroom.cli.diagnosis.variables import TITLES


def keys(facts: Facts) -> Iterator[Finding]:
    """Each key and login, by its kind."""
    for one in facts.credentials:
        yield _key(facts, one)
    if not facts.credentials:
        yield note(
            "keys",
            "no key in this shell, and no login of Claude Code or Codex in their files",
            "That is well where your agent has its key elsewhere (a keychain, its own settings): "
            "Headroom passes on what comes, and has no key of its own.",
        )


def _key(facts: Facts, one: Credential) -> Finding:
    whose = TITLES[one.provider]
    if one.flaw:
        return problem(
            "keys",
            f"{one.where}: {one.flaw}",
            f"{whose} would answer 401: set it again, the bare key alone.",
        )
    if one.kind == "virtual":
        return _virtual(facts, one)
    if one.kind == "subscription":
        plan = "ChatGPT" if one.provider == "openai" else "Claude"
        return note(
            "keys",
            f"{one.where}: a login of a subscription ({plan})",
            "Nothing is billed by the token: shown dollars are what an API key would have paid, "
            "and what you gain is that the subscription's limits last longer.",
        )
    if one.kind == "other":
        return ok("keys", f"{one.where}: a key of a form unknown here; it is passed on as it is")
    return ok("keys", f"{one.where}: an API key of {whose}, billed by the token")


def _virtual(facts: Facts, one: Credential) -> Finding:
    config = facts.health_told.get("config", {})
    if config and not config.get("virtual_keys"):
        return problem(
            "keys",
            f"{one.where}: a virtual key of Headroom, and this proxy takes none",
            "Start it with virtual keys, or use the provider's own key.",
            f"headroom proxy --port {facts.settings.port} --virtual-keys",
        )
    return ok("keys", f"{one.where}: a virtual key of Headroom")


def agents(facts: Facts) -> Iterator[Finding]:
    """Which agents are installed."""
    if facts.agents:
        named = (f"{one.agent.title} {one.version}".strip() for one in facts.agents)
        yield ok("agents", f"installed here: {', '.join(named)}")
