"""How Headroom stands, for a terminal; the same words without colours where it goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from headroom.cli.standing import Json, Standing
from headroom.cli.words import count, duration, moment, money, share, size, times

INDENT = "  "
ROWS = (("today", "today (UTC)"), ("session", "this session"), ("lifetime", "in all"))
SWITCHES = (
    ("optimize", "shortens"),
    ("cache", "stores replies"),
    ("rate_limit", "limits rates"),
    ("budget", "has a budget"),
    ("virtual_keys", "takes virtual keys"),
)
GOOD, BAD, DIM = "green", "red", "dim"


def as_page(standing: Standing) -> RenderableType:
    """All of it, from what matters most to what matters least."""
    return Group(*_parts(standing))


def _parts(standing: Standing) -> Iterator[RenderableType]:
    yield _headline(standing)
    yield from _lines(_running(standing))
    yield from _lines(_advice(standing))
    for problem in standing.problems:
        yield _line(f"! {problem}", BAD)
    if standing.sums:
        yield ""
        if standing.source == "store":
            yield _line("Read from the store, as no proxy tells:", DIM)
        yield _table(standing.sums)
        yield from _lines(_net(standing.sums))
    yield from _lines(map(_budget, standing.budgets))
    yield from _lines(_store(standing.store))
    if standing.errors:
        yield ""
        yield _line("Last errors, the latest first")
        yield from map(_error, standing.errors)


def _lines(texts: Iterator[str]) -> Iterator[Text]:
    return map(_line, texts)


def _line(text: str, style: str = "") -> Text:
    return Text(INDENT + text, style=style)


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
        yield "Start it with: headroom proxy. Or, if it runs elsewhere, say where: --host, --port."
        if standing.store.get("problem"):
            yield f"Its store tells nothing either: {standing.store['problem']}."


def _table(sums: Json) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    for name in ("requests", "tokens saved", "", "gained", "paid", "directly", "net saved", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for name, shown in ROWS:
        if name in sums:
            table.add_row(INDENT + shown, *_cells(sums[name]))
    return table


def _cells(totals: Json) -> Iterator[str]:
    tokens, net = totals["tokens"], totals["net"]
    yield count(totals["requests"])
    yield count(tokens["saved"])
    yield share(tokens["saved"], tokens["before"])
    if not net["priced_requests"]:
        yield from ("–", "–", "–", "–", "")
        return
    yield money(totals["usd"]["gained"])
    yield money(net["actual_usd"])
    yield money(net["counterfactual_usd"])
    yield money(net["saved_usd"])
    yield share(net["saved_usd"], net["counterfactual_usd"])


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
    if net["lost_usd"]:
        dearer = times(totals["dearer_requests"], "request")
        yield f"{dearer} came dearer than directly, by {money(net['lost_usd'])} (deducted)."
    yield from _apart(totals)
    brought = sums.get("brought", {})
    if brought.get("requests"):
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
    period = {"hourly": "hour", "daily": "day", "monthly": "month"}[budget["period"]]
    who = f" {budget['who']}" if budget["who"] else ""
    return (
        f"Budget{whose}{who}: {money(budget['spent_usd'])} of {money(budget['limit_usd'])} per "
        f"{period} spent, {money(budget['left_usd'])} left until {moment(budget['ends'])}"
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


def _error(told: Json) -> Text:
    what = told["error"]
    where = told["model"] or told["provider"] or told["route"]
    return _line(f"{moment(told['timestamp'])}  {what:<16}  {where}  {told['route']}")
