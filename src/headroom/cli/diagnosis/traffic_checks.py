"""What has come to the proxy lately, from which programs, and how it was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from headroom.cli.diagnosis.facts import Facts, Json
from headroom.cli.diagnosis.finding import Finding, Meaning, note, ok, problem
from headroom.cli.diagnosis.variables import title_of
from headroom.cli.words import duration, times
from headroom.observe.clients import DOUBLED

ABOUT = "requests"
ANSWERED = "answered"

ANSWERS: Mapping[str, Meaning] = {
    "401": Meaning(
        "the provider does not take the key",
        "Look at the key that this program sends; Headroom passes it on as it is. After a login, "
        "log in again.",
    ),
    "403": Meaning(
        "the provider forbids it",
        "The key may not use this model or this endpoint: look at the account.",
    ),
    "404": Meaning(
        "the provider knows no such path or model",
        "Look at the model's name, and at the end of the base URL: /v1 for OpenAI's clients, "
        "nothing for Anthropic's.",
    ),
    "400": Meaning(
        "the provider refuses the request",
        "Send one with the header x-headroom-bypass: true; where that is taken, tell us "
        "(its id stands in headroom status).",
    ),
    "413": Meaning(
        "the request is too large", "Raise --body-limit-mb, where it was Headroom's limit."
    ),
    "421": Meaning(
        "it was addressed to a host name that Headroom does not answer to",
        "Start the proxy with --allowed-host NAME.",
    ),
    "429": Meaning(
        "the provider's own limit is reached",
        "Wait, or ask less at once: the limit is the account's, and Headroom passes its answer on.",
    ),
    "529": Meaning("the provider is overloaded", "Wait: it is the provider's trouble."),
    "rate_limited": Meaning(
        "Headroom's own limit per minute refused it",
        "Raise --rpm and --tpm, or start the proxy with --no-rate-limit.",
    ),
    "over_budget": Meaning(
        "a budget is spent",
        "Raise --budget (--tenant-budget, or the virtual key's), or wait for its next period.",
    ),
    "upstream_failed": Meaning(
        "the provider could not be reached, or did not answer",
        "See providers above.",
    ),
    "cut": Meaning(
        "the provider broke off", "See providers above; a slow net may need more patience."
    ),
    "stopped": Meaning("the proxy was stopped meanwhile", "Send it again."),
    "client_left": Meaning(
        "the program itself broke off",
        "Where you did not stop it, its own patience may be too short.",
    ),
}
"""How a request may end that is not answered, what that means, and what to do."""

HARMLESS = ("client_left", "stopped")


def none_came(facts: Facts) -> Iterator[Finding]:
    """Whether anything has come at all."""
    stats = facts.stats
    if not stats or stats.get("session", {}).get("requests"):
        return
    last = stats.get("last_request_at")
    seen = (
        f"none for {duration(_since(last))}" if last else "none has ever come through this Headroom"
    )
    yield note(
        ABOUT,
        seen,
        "Ask your agent something from this shell, and ask again here. If still none is seen, it "
        "goes past Headroom: its own settings win over the environment, and a program that was "
        "started before the variable was set does not know it.",
    )


def _since(moment: str) -> float:
    told = datetime.fromisoformat(moment)
    return max((datetime.now(UTC) - told).total_seconds(), 0.0)


def clients(facts: Facts) -> Iterator[Finding]:
    """Each program that came lately, and how it was answered."""
    for name, told in facts.stats.get("clients", {}).items():
        yield from _client(facts, name, told)


def _client(facts: Facts, name: str, told: Json) -> Iterator[Finding]:
    answers = told.get("answers", {})
    asked, well = told.get("requests", 0), answers.get(ANSWERED, 0)
    title = title_of(name)
    last = duration(_since(told["last_request_at"]))
    seen = f"{title}: {times(asked, 'request')} lately, the last one {last} ago"
    if well == asked:
        yield ok(ABOUT, f"{seen}, all answered")
        return
    if well:
        yield ok(ABOUT, f"{seen}, {well:,} answered")
    doubled = DOUBLED in told.get("notes", {})
    for answer, many in answers.items():
        if answer == ANSWERED:
            continue
        if answer == "404" and doubled:
            yield _doubled(facts, title, many)
        else:
            yield _failing(title, answer, many, failed_all=not well)


def _doubled(facts: Facts, title: str, many: int) -> Finding:
    return problem(
        ABOUT,
        f"{title}: {times(many, 'request')} ended in 404: its path began with /v1/v1",
        f"Its base URL has a /v1 too many: give it {facts.base}, wherever it has it from.",
    )


def _failing(title: str, answer: str, many: int, *, failed_all: bool) -> Finding:
    unknown = Meaning(f"the provider answers {answer}", "Look at the provider's status page.")
    means = ANSWERS.get(answer, unknown)
    tell = problem if failed_all and answer not in HARMLESS else note
    return tell(
        ABOUT, f"{title}: {times(many, 'request')} ended in {answer}: {means.what}", means.fix
    )


def not_seen(facts: Facts) -> Iterator[Finding]:
    """Agents that are installed, and of which nothing came while others did."""
    seen = facts.stats.get("clients", {})
    if not seen:
        return
    titles = [one.agent.title for one in facts.agents if one.agent.name not in seen]
    if titles:
        yield note(
            "agents",
            f"nothing came lately of {', '.join(titles)}",
            "Where one of them was in use, it went past Headroom: see its base URL above.",
        )
