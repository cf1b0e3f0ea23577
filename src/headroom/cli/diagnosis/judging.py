"""What to say of a base URL: does it lead to this Headroom, and does it end as it must?"""

from __future__ import annotations

from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding, note, ok, problem
from headroom.cli.diagnosis.variables import FLAGS, Ending
from headroom.cli.pointer import Pointer, pointer
from headroom.proxy.reaching import bases
from headroom.proxy.routes import Provider
from headroom.settings import Settings

VERSIONS = ("/v1", "/v1beta", "/v1alpha")


def judged(
    facts: Facts,
    to: Pointer,
    *,
    about: str,
    readers: str,
    ending: Ending,
    provider: Provider,
    command: str,
) -> Finding:
    """What to say of a base URL that these programs are given."""
    who = f" ({readers})" if readers else ""
    if to.problem:
        fix = "Nobody can use it: write it as one plain URL."
        return problem(about, f"{to.shown}{who}: {to.problem}", fix, command)
    if to.leads_to(facts.address.host, facts.settings.port):
        return _ended(to, about=about, who=who, ending=ending, command=command)
    if to.is_loopback:
        return _local(facts, to, about=about, who=who, command=command)
    fix = "Point it here."
    if to.host != pointer(bases(Settings())[provider]).host:
        fix += (
            " Where that is a gateway which you need, let Headroom send there: "
            f"headroom proxy {FLAGS[provider]} {to.shown}"
        )
    return note(about, f"{to.shown} leads past this Headroom{who}", fix, command)


def _ended(to: Pointer, *, about: str, who: str, ending: Ending, command: str) -> Finding:
    """What to say of one that leads here: whether its path is right."""
    if to.scheme == "https":
        fix = "Headroom speaks plain HTTP on this machine: write http."
        return problem(about, f"{to.shown}: https, where http is spoken{who}", fix, command)
    if ending == "any" or to.path == ending:
        return ok(about, f"{to.shown} leads here{who}")
    if to.path in VERSIONS and ending == "":
        fix = "Its programs add the version themselves: take it away, or every request is a 404."
        return problem(about, f"{to.shown} leads here with a {to.path} too many{who}", fix, command)
    if to.path == "":
        fix = "What Headroom knows works without it too; add it, so that all else does."
        return note(about, f"{to.shown} leads here, but /v1 is missing{who}", fix, command)
    fix = "No provider knows that path: requests would be answered 404."
    return problem(about, f"{to.shown} leads here with an odd path{who}", fix, command)


def _local(facts: Facts, to: Pointer, *, about: str, who: str, command: str) -> Finding:
    """What to say of one that leads to another port of this machine."""
    listener = facts.listeners.get(to.port, "nobody")
    if listener == "headroom":
        fix = "Point it to this one, or ask about that one."
        ask = f"headroom doctor --port {to.port}"
        return note(about, f"{to.shown}: another Headroom listens there{who}", fix, ask)
    seen = {
        "nobody": "nobody listens there",
        "late": "nothing answers there in time",
        "stranger": "something else listens there, no Headroom",
    }[listener]
    return problem(about, f"{to.shown}: {seen}{who}", "Point it to Headroom.", command)
