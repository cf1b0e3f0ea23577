"""Can providers be reached, as the proxy reaches them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding, Meaning, note, ok, problem
from headroom.cli.diagnosis.variables import FLAGS, TITLES
from headroom.cli.pointer import pointer
from headroom.cli.words import milliseconds
from headroom.proxy.reaching import Obstacle, Reached, bases
from headroom.settings import DIRECT, Settings

ABOUT = "providers"
FAILS = 500

OBSTACLES: Mapping[Obstacle, Meaning] = {
    "name": Meaning(
        "nobody knows the name {host}",
        "Look at the network and its name server. Headroom goes straight to providers, and takes "
        "no proxy of the net.",
    ),
    "refused": Meaning(
        "nobody listens there (connection refused)",
        "Start what is to listen there, or give Headroom the right address with {flag}.",
    ),
    "late": Meaning(
        "{detail}",
        "A firewall may drop it, or the net is slow: try it from this machine with curl -v {url}.",
    ),
    "certificate": Meaning(
        "its certificate is not trusted here ({detail})",
        "Where a proxy of your company opens TLS, give the proxy its authority: set "
        "SSL_CERT_FILE for headroom proxy.",
    ),
    "net": Meaning(
        "no connection ({detail})",
        "Look at the network, and at the address that {flag} gives.",
    ),
    "answer": Meaning(
        "what answers speaks no HTTP ({detail})",
        "Give Headroom the right address with {flag}.",
    ),
}


def loops(facts: Facts) -> Iterator[Finding]:
    """Whether the proxy sends requests to itself."""
    for one in facts.upstreams:
        if not one.is_headroom and not _is_here(facts, one):
            continue
        flag = FLAGS[one.provider]
        if _is_here(facts, one):
            yield problem(
                ABOUT,
                f"{TITLES[one.provider]} requests go to {one.url}, where Headroom itself listens",
                f"They would go round in circles: give the provider's own address with {flag} "
                f"(or {_variable(one.provider)}).",
            )
        else:
            yield note(
                ABOUT,
                f"{TITLES[one.provider]} requests go to {one.url}, which is another Headroom",
                "Twice is not better than once: send them to the provider.",
            )


def _is_here(facts: Facts, one: Reached) -> bool:
    return pointer(one.url).leads_to(facts.address.host, facts.settings.port)


def _variable(provider: str) -> str:
    return f"{provider.upper()}_TARGET_API_URL"


def reached(facts: Facts) -> Iterator[Finding]:
    """Each provider, by what came of asking it without a key."""
    if facts.backend_lacks:
        yield problem(ABOUT, f"the backend {facts.backend} cannot start", facts.backend_lacks)
        return
    if facts.backend != DIRECT:
        yield note(
            ABOUT,
            f"the backend {facts.backend} answers in their place",
            "Its library, region and credentials are looked for when the proxy starts; what is "
            "wrong later, its callers are told in words.",
        )
        return
    asked = [one for one in facts.upstreams if not one.is_headroom and not _is_here(facts, one)]
    if facts.runs and facts.stats and not facts.upstreams:
        yield note(
            ABOUT,
            "the proxy does not tell whether it can reach them",
            "It is of another version, slow just now, or wants the operator's token.",
        )
    lost = [one for one in asked if one.obstacle]
    if len(lost) > 1 and len(lost) == len(asked) and _is_offline(lost):
        yield _offline(facts, lost)
        return
    by = "" if facts.asked_by_proxy or not facts.runs else ", asked from this shell"
    for one in asked:
        if one.obstacle:
            yield _lost(facts, one)
        elif one.status >= FAILS:
            yield problem(
                TITLES[one.provider],
                f"{one.url} answers {one.status}",
                "It is the provider, or a gateway before it, that fails: look at its status page.",
            )
        else:
            yield ok(TITLES[one.provider], f"{one.url} {_met(one)}{by}")


def _met(one: Reached) -> str:
    said = "wants a key" if one.status in (401, 403) else "answers"
    return f"{said} ({one.status} in {milliseconds(one.took_ms)})"


def _is_offline(lost: Sequence[Reached]) -> bool:
    return all(
        one.obstacle in ("name", "late", "net") and not pointer(one.url).is_loopback for one in lost
    )


def _offline(facts: Facts, lost: Sequence[Reached]) -> Finding:
    hosts = ", ".join(urlsplit(one.url).hostname or one.url for one in lost)
    who = "the proxy reaches" if facts.asked_by_proxy else "this machine reaches"
    if facts.network.proxies:
        names = ", ".join(facts.network.proxies)
        fix = (
            f"{names} is set, but Headroom goes straight to providers and uses no proxy of the "
            "net: let it out through the firewall, or point it to a gateway inside "
            "(--anthropic-api-url, --openai-api-url)."
        )
    else:
        fix = "It is offline, or a firewall lets nothing out: mend the network first."
    return problem(ABOUT, f"{who} no provider at all ({hosts}): {_why(lost[0])}", fix)


def _why(one: Reached) -> str:
    host = urlsplit(one.url).hostname or ""
    return OBSTACLES[one.obstacle].what.format(host=host, detail=one.detail)


def _lost(facts: Facts, one: Reached) -> Finding:
    fix = OBSTACLES[one.obstacle].fix.format(flag=FLAGS[one.provider], url=one.url)
    seen = f"{one.url} cannot be reached: {_why(one)}"
    if _is_used(facts, one):
        return problem(TITLES[one.provider], seen, fix)
    return note(TITLES[one.provider], f"{seen}; no request has gone there yet", fix)


def _is_used(facts: Facts, one: Reached) -> bool:
    """Whether anybody needs it: it was used, or the operator has named it."""
    used = facts.stats.get("lifetime_breakdown", {}).get("by_provider", {})
    usual = {str(provider): url for provider, url in bases(Settings()).items()}
    return one.provider in used or one.url != usual.get(one.provider)
