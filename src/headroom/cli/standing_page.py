"""How Headroom stands, for a terminal; the same words without colours where it goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from headroom.cli.showing import indented, plain_table
from headroom.cli.standing import Json, Standing
from headroom.cli.words import PERIODS, count, duration, moment, money, share, size, times

INDENT = "  "
COLUMNS = (("today", "today (UTC)"), ("session", "this session"), ("lifetime", "in all"))
Cell = Callable[[Json], str]
SWITCHES = (
    ("optimize", "shortens"),
    ("cache", "stores replies"),
    ("rate_limit", "limits rates"),
    ("budget", "has a budget"),
    ("virtual_keys", "takes virtual keys"),
)
ERRORS = {
    "upstream_failed": "its provider could not be reached, or did not answer",
    "cut": "its provider broke off",
    "stopped": "the proxy stopped before it was answered",
    "rate_limited": "refused: over the limit per minute",
    "over_budget": "refused: over a budget",
}
GOOD, BAD, DIM = "green", "red", "dim"


def as_page(standing: Standing) -> RenderableType:
    """All of it, from what matters most to what matters least."""
    return Group(*_parts(standing))


def _parts(standing: Standing) -> Iterator[RenderableType]:
    yield _headline(standing)
    yield from _lines(_running(standing))
    yield from _lines(_advice(standing))
    for problem in standing.problems:
        yield indented(f"! {problem}", BAD)
    if standing.sums:
        yield ""
        if standing.source == "store":
            yield indented("Read from the store, as no proxy tells:", DIM)
        if standing.sums["lifetime"].get("requests"):
            yield _table(standing.sums)
            yield ""
        else:
            yield indented("No request has been made yet.")
        yield from _lines(_net(standing.sums))
    yield from _lines(map(_budget, standing.budgets))
    yield from _lines(_store(standing.store))
    if standing.errors:
        yield ""
        yield indented("Last errors, the latest first (headroom doctor says what to do)")
        yield from map(_error, standing.errors)


def _lines(texts: Iterator[str]) -> Iterator[Padding]:
    return map(indented, texts)


def _headline(standing: Standing) -> Text:
    if standing.is_up:
        version = f" {standing.health['version']}" if standing.health.get("version") else ""
        said, style = f"Headroom{version} runs on {standing.address}", GOOD
    elif standing.trouble == "late":
        said, style = f"Nothing on {standing.address} answers in time", BAD
    else:
        said, style = f"Headroom does not run on {standing.address}", BAD
    return Text(said, style=f"bold {style}")


def _running(standing: Standing) -> Iterator[str]:
    health = standing.health
    if "uptime_seconds" not in health:
        return
    runtime = health.get("runtime", {})
    workers = runtime.get("workers", 1)
    said = [f"up {duration(health['uptime_seconds'])}"]
    if workers > 1:
        said = [f"{workers} workers", f"the one that answered is up {said[0][3:]}"]
    if "pid" in runtime:
        said.append(f"pid {runtime['pid']}")
    yield ", ".join(said)
    config = health.get("config")
    if config:
        on = [word for name, word in SWITCHES if config.get(name)]
        off = [] if config.get("optimize") else ["every byte passes as it came"]
        yield ", ".join([f"mode {runtime.get('mode', 'unknown')}", *on, *off])


def _advice(standing: Standing) -> Iterator[str]:
    if standing.trouble == "nobody":
        if standing.others:
            pids = ", ".join(map(str, standing.others))
            yield f"One that uses this store runs elsewhere (pid {pids}): say where, with --port."
        else:
            yield "Start it with: headroom proxy. If it runs elsewhere, say where: --host, --port."
        if standing.store.get("problem"):
            yield f"Its store tells nothing either: {standing.store['problem']}."
    elif standing.sums and not standing.sums["session"]["tokens"]["saved"]:
        yield "Nothing was saved in this session: headroom doctor says why."


def _table(sums: Json) -> Table:
    known = [(shown, sums[name]) for name, shown in COLUMNS if name in sums]
    table = plain_table("", *(shown for shown, _ in known))
    for shown, cell in ROWS:
        table.add_row(INDENT + shown, *(cell(totals) for _, totals in known))
    return table


def _dollars(name: str) -> Cell:
    def cell(totals: Json) -> str:
        net = totals["net"]
        return money(net[name]) if net["priced_requests"] else "–"

    return cell


def _gained(totals: Json) -> str:
    return money(totals["usd"]["gained"]) if totals["net"]["priced_requests"] else "–"


ROWS: tuple[tuple[str, Cell], ...] = (
    ("requests", lambda totals: count(totals["requests"])),
    ("tokens saved", lambda totals: count(totals["tokens"]["saved"])),
    (
        "  of those to be sent",
        lambda totals: share(totals["tokens"]["saved"], totals["tokens"]["before"]) or "–",
    ),
    ("gained", _gained),
    ("lost (came dearer)", _dollars("lost_usd")),
    ("paid", _dollars("actual_usd")),
    ("directly", _dollars("counterfactual_usd")),
    ("saved net", _dollars("saved_usd")),
    (
        "  of what it would be",
        lambda totals: (
            share(totals["net"]["saved_usd"], totals["net"]["counterfactual_usd"]) or "–"
        ),
    ),
)


def _net(sums: Json) -> Iterator[str]:
    """What is deducted, and what is counted apart; of all that was ever counted."""
    totals = sums.get("lifetime")
    if not totals or not totals["requests"]:
        return
    net = totals["net"]
    yield (
        f"The provider's cache was broken {times(net['busts_of_ours'], 'time')} by Headroom; "
        f"{times(net['retrievals'], 'retrieval')} cost {money(net['retrieval_cost_usd'])} "
        "(deducted)."
    )
    yield from _apart(totals)
    brought = sums.get("brought", {})
    if brought.get("tokens_saved") or brought.get("requests"):
        yield (
            f"An older history that was brought tells of {times(brought['requests'], 'request')} "
            f"and {count(brought['tokens_saved'])} tokens saved; they are not in these sums."
        )


def _apart(totals: Json) -> Iterator[str]:
    if totals["unpriced_requests"]:
        yield (
            f"{times(totals['unpriced_requests'], 'request')} used models without a known price: "
            "in no dollars (models.json can name one)."
        )
    estimated = totals["estimated"]["requests"]
    if estimated:
        yield (
            f"Of {times(estimated, 'request')} no provider reported usage: counted by Headroom "
            "itself, and in no dollars here."
        )


def _budget(budget: Json) -> str:
    whose = {"all": "", "tenant": " of one caller", "key": " of a virtual key"}[budget["scope"]]
    who = f" {budget['who']}" if budget["who"] else ""
    return (
        f"Budget{whose}{who}: {money(budget['spent_usd'])} of {money(budget['limit_usd'])} per "
        f"{PERIODS[budget['period']]} spent, {money(budget['left_usd'])} left until "
        f"{moment(budget['ends'])}"
    )


def _store(store: Json) -> Iterator[str]:
    if "kind" not in store or (store.get("problem") and "status" not in store):
        return
    said = [store["kind"] if store["kind"] != "memory" else "memory, which ends with the process"]
    if store.get("bytes"):
        said.append(size(store["bytes"]))
    said.append(store.get("status", "readable"))
    if store.get("unwritten"):
        said.append(f"{count(store['unwritten'])} still to be written")
    yield f"Store: {', '.join(said)}"
    if store.get("notice"):
        yield store["notice"]


def _error(told: Json) -> Padding:
    what = ERRORS.get(told["error"]) or told["error"].replace("_", " ")
    what = what.replace("status ", "its provider answered ")
    where = told["model"] or told["provider"] or told["route"]
    return indented(f"{moment(told['timestamp'])}  {where}: {what} ({told['request_id']})")
