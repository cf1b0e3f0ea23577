"""Do agents come to the proxy: what the environment and their own settings say."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.cli.asking import is_loopback
from headroom.cli.diagnosis.agent_files import Said
from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding, note, ok, problem
from headroom.cli.diagnosis.judging import judged
from headroom.cli.diagnosis.variables import (
    COPILOT_TYPE,
    VARIABLES,
    Ending,
    Variable,
    title_of,
)
from headroom.cli.launch.claude import ELSEWHERE
from headroom.cli.pointer import pointer
from headroom.proxy.routes import Provider
from headroom.settings import Settings

CLAUDE, CODEX = "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"


def variables(facts: Facts) -> Iterator[Finding]:
    """Where the variables of this shell send their programs."""
    for variable in VARIABLES:
        value = facts.variables.get(variable.name)
        if value is None:
            continue
        ending, provider = _wanted(variable, facts)
        right = facts.base + ("" if ending == "any" else ending)
        yield judged(
            facts,
            pointer(value),
            about=variable.name,
            readers=variable.readers,
            ending=ending,
            provider=provider,
            command=f"export {variable.name}={right}",
        )


def _wanted(variable: Variable, facts: Facts) -> tuple[Ending, Provider]:
    copilot = variable.name.startswith("COPILOT_")
    if copilot and facts.variables.get(COPILOT_TYPE, "").lower() == "anthropic":
        return "", "anthropic"
    return variable.ending, variable.provider


def agent_files(facts: Facts) -> Iterator[Finding]:
    """Where agents' own settings send them, whatever the environment says."""
    for said in facts.said:
        if said.name in ELSEWHERE:
            yield _around(said.name, f"{said.file} sets it", f"Take it out of {said.file}")
        elif said.name.startswith("line "):
            yield from _mentioned(facts, said)
        else:
            yield _of_file(facts, said)


def _of_file(facts: Facts, said: Said) -> Finding:
    ending: Ending = "" if said.agent == "claude" else "/v1"
    provider: Provider = "anthropic" if said.agent == "claude" else "openai"
    to = pointer(said.value)
    where = f"{title_of(said.agent)} settings"
    if said.keyless and to.leads_to(facts.address.host, facts.settings.port):
        return problem(
            where,
            f"{said.file}: {said.name} {to.shown} leads here, but Codex sends no key there",
            "Give that provider requires_openai_auth = true (or env_key), or every request is "
            "answered 401.",
        )
    found = judged(
        facts,
        to,
        about=where,
        readers="",
        ending=ending,
        provider=provider,
        command="",
    )
    seen = f"{said.file}: {said.name} {found.seen}"
    if found.level == "ok":
        return ok(where, seen)
    right = facts.base + ending
    fix = (
        f"{found.fix} That file wins over the environment: set {said.name} to {right} there, "
        "or take it out."
    )
    return Finding(found.level, where, seen, fix)


def _mentioned(facts: Facts, said: Said) -> Iterator[Finding]:
    """An address of this machine in a file that is not understood: only what is surely meant."""
    to = pointer(said.value)
    where, named = f"{title_of(said.agent)} settings", f"{said.file}, {said.name}"
    if to.problem:
        return
    if to.leads_to(facts.address.host, facts.settings.port):
        yield ok(where, f"{named}: {to.shown} leads here")
    elif to.port == Settings().port and facts.listeners.get(to.port) == "nobody":
        yield problem(
            where,
            f"{named}: {to.shown}: nobody listens there",
            f"Put {facts.base}{to.path} there, or take it out.",
        )


def around(facts: Facts) -> Iterator[Finding]:
    """Variables that send Claude Code to a cloud instead."""
    for name in ELSEWHERE:
        value = facts.variables.get(name, "")
        if value and value.lower() not in ("0", "false"):
            yield _around(name, "it is set in this shell", "Unset it", f"unset {name}")


def _around(name: str, seen: str, fix: str, command: str = "") -> Finding:
    return problem(
        name,
        f"{seen}: Claude Code goes to {ELSEWHERE[name]}, whatever its base URL is",
        f"{fix}, or nothing of Claude Code comes through Headroom.",
        command,
    )


def pointing(facts: Facts) -> Iterator[Finding]:
    """Whether anything leads here at all."""
    if any(_leads_here(facts, value) for value in _addresses(facts)) or came_lately(facts):
        return
    yield note(
        "base URL",
        "no variable of this shell and no settings file leads to Headroom",
        "Start your agent with the address of Headroom, such as:",
        f"{CLAUDE}={facts.base} claude   # or {CODEX}={facts.base}/v1 for OpenAI's clients",
    )


def came_lately(facts: Facts) -> bool:
    """Whether any request has come in the running session."""
    return bool(facts.stats.get("session", {}).get("requests"))


def _addresses(facts: Facts) -> Iterator[str]:
    names = {one.name for one in VARIABLES}
    yield from (value for name, value in facts.variables.items() if name in names)
    yield from (one.value for one in facts.said if one.name not in ELSEWHERE)


def _leads_here(facts: Facts, value: str) -> bool:
    return pointer(value).leads_to(facts.address.host, facts.settings.port)


def net_proxies(facts: Facts) -> Iterator[Finding]:
    """Whether a proxy of the net catches what is meant for this machine."""
    network = facts.network
    if not network.proxies or not is_loopback(facts.address.host):
        return
    hosts = {pointer(value).host for value in _addresses(facts) if _leads_here(facts, value)}
    caught = sorted(host for host in hosts or {"127.0.0.1"} if not _spared(host, network.spared))
    named = ", ".join(f"{name} ({where})" for name, where in network.proxies.items())
    if not caught:
        return
    tell = problem if hosts else note
    yield tell(
        "NO_PROXY",
        f"{named} is set, and NO_PROXY does not spare {', '.join(caught)}: agents may ask that "
        "proxy for Headroom",
        "Let what is meant for this machine stay on it.",
        "export NO_PROXY=127.0.0.1,localhost",
    )


def _spared(host: str, spared: tuple[str, ...]) -> bool:
    return any(
        one in ("*", host) or (one == "127.0.0.0/8" and host[:4] == "127.") for one in spared
    )


def leftovers(facts: Facts) -> Iterator[Finding]:
    """What another Headroom has left in files of the user."""
    for left in facts.leftovers:
        yield note(
            "leftovers",
            f"{left.file}: {left.what}",
            "Headroom needs none of it: take it out, if it is not in use.",
        )


def unreadable(facts: Facts) -> Iterator[Finding]:
    """Settings files that nobody can read."""
    for file, why in facts.unreadable.items():
        yield note(
            "settings files", f"{file}: {why}", "Its program may go elsewhere: look into it."
        )
