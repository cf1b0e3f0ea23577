"""How well Headroom did, for a terminal; each figure says whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from headroom.cli.showing import indented, plain_table
from headroom.cli.words import change, count, milliseconds, moment, money, share, times
from headroom.outcome import Stage

MOST_ROWS = 10
DIM = "dim"
STAGES: tuple[str, ...] = get_args(Stage)
NAMES = {("by_tool", "none"): "(no tool's)", ("by_kind", "any"): "(of any kind)"}

Json = Mapping[str, Any]


def as_page(found: Json) -> RenderableType:
    """All of it, section by section."""
    return Group(*_parts(found))


def _parts(found: Json) -> Iterator[RenderableType]:
    yield Text(_headline(found["window"]), style="bold")
    yield from _notes(found)
    totals = found["totals"]
    if not totals["requests"]:
        yield indented("No request was made in that time.")
        return
    yield from _section("Requests", _requests(totals))
    yield from _section("Tokens", _tokens(totals))
    yield from _section("Dollars, by what providers reported", _dollars(totals))
    yield from _models(found["by_model"])
    yield from _section("The provider's own cache, as reported", _cache(found["provider_cache"]))
    yield from _times(found["distributions"])
    yield from _sizes(found["distributions"])
    yield from _shares(found)
    yield from _section("What failed", _failures(found))


def _headline(window: Json) -> str:
    if window["of"] == "lifetime":
        return f"All requests since {moment(window['since'])}"
    return f"The last {times(window['hours'], 'hour')}, since {moment(window['since'])}"


def _notes(found: Json) -> Iterator[Padding]:
    window = found["window"]
    if window["of"] == "lifetime":
        yield indented(f"Told by the proxy, of all requests ever: {window['why']}.", DIM)
    elif not window["is_whole"]:
        yield indented(
            "No more is kept in full; /stats-history?series=daily goes back further.", DIM
        )


def _section(title: str, lines: Iterator[str]) -> Iterator[RenderableType]:
    told = list(lines)
    if told:
        yield ""
        yield Text(title, style="bold")
        yield from map(indented, told)


def _requests(totals: Json) -> Iterator[str]:
    known = (
        ("compressed", "made shorter"),
        ("uncompressed", "looked at and left as they came"),
        ("bypassed", "bypassed"),
        ("cached", "answered by stored replies"),
        ("refused", "refused"),
        ("failed", "failed on the way"),
        ("client_left", "left by their clients"),
    )
    said = [f"{count(totals[name])} {words}" for name, words in known if totals[name]]
    others = totals["requests"] - sum(totals[name] for name, _ in known)
    if others > 0:
        said.append(f"{count(others)} passed on unread, or refused by their provider")
    yield f"{count(totals['requests'])}: {', '.join(said)}" if said else count(totals["requests"])


def _tokens(totals: Json) -> Iterator[str]:
    tokens = totals["tokens"]
    yield (
        f"Headroom's own count: {count(tokens['before'])} became {count(tokens['after'])}, "
        f"{count(tokens['saved'])} fewer ({share(tokens['saved'], tokens['before']) or '0 %'})"
    )
    yield (
        f"reported by providers: input {count(tokens['input'])}, output {count(tokens['output'])} "
        f"(of {times(totals['reported_requests'], 'request')})"
    )
    estimated = totals["estimated"]
    if estimated["requests"]:
        yield (
            f"estimated, as nothing was reported: input {count(estimated['input_tokens'])}, output "
            f"{count(estimated['output_tokens'])} (of {times(estimated['requests'], 'request')})"
        )


def _dollars(totals: Json) -> Iterator[str]:
    net, usd = totals["net"], totals["usd"]
    if totals["priced_requests"]:
        saved = net["saved_usd"]
        verb = "saved" if saved >= 0 else "lost"
        yield (
            f"paid {money(net['actual_usd'])}, directly it would have been "
            f"{money(net['counterfactual_usd'])}: net {money(abs(saved))} {verb} "
            f"({share(abs(saved), net['counterfactual_usd']) or '0 %'})"
        )
        yield (
            f"of that, {money(usd['gained'])} gained and {money(usd['lost'])} lost where a request "
            f"came dearer ({count(totals['dearer_requests'])} did)"
        )
        yield (
            f"{times(totals['retrievals'], 'retrieval')}: {money(usd['retrievals'])}, in what was "
            "paid"
        )
    if totals["priced_as_dearest"]:
        yield (
            f"{times(totals['priced_as_dearest'], 'request')} of models whose price nobody knows "
            "went by the dearest of their provider"
        )
    if totals["unpriced_requests"]:
        yield f"in none of these: {times(totals['unpriced_requests'], 'request')} without a price"


def _models(models: Json) -> Iterator[RenderableType]:
    table = _table("By model", "requests", "tokens", "change", "cache read", "paid", "net saved")
    for name, totals in list(models.items())[:MOST_ROWS]:
        tokens, net = totals["tokens"], totals["net"]
        priced = bool(totals["priced_requests"])
        table.add_row(
            f"  {name}",
            count(totals["requests"]),
            count(tokens["before"]),
            change(tokens["before"], tokens["after"]),
            share(tokens["cache_read"], tokens["input"]) or "–",
            money(net["actual_usd"] if priced else None),
            money(net["saved_usd"] if priced else None),
        )
    yield from _shown(table, len(models))


def _cache(cache: Json) -> Iterator[str]:
    if not cache["input_tokens"]:
        return
    written = cache["written_tokens"]
    yield (
        f"{count(cache['read_tokens'])} tokens read ({cache['hit_rate_percent']:.1f} % of input), "
        f"{count(cache['uncached_tokens'])} neither read nor written"
    )
    yield (
        f"written for 5 minutes {count(written['5m'])}, for an hour {count(written['1h'])}, else "
        f"{count(written['other'])}"
    )
    yield f"it saved {money(cache['saved_usd'])} against having none, with or without Headroom"
    busts = cache["busts"]
    yield (
        f"broken by Headroom {times(busts['ours'], 'time')} ({count(busts['ours_tokens'])} "
        f"tokens), by others {times(busts['others'], 'time')} ({count(busts['others_tokens'])})"
    )


def _times(spreads: Json) -> Iterator[RenderableType]:
    table = _spreads("Time (quantiles are the bounds of buckets, at most so much)")
    rows = (
        ("overhead_ms", "Headroom's overhead"),
        ("first_byte_ms", "first byte"),
        ("total_ms", "whole request"),
    )
    for name, shown in rows:
        _row(table, f"  {shown}", spreads[name], milliseconds)
    stages = spreads["stages_ms"]
    for name in (*STAGES, *sorted(set(stages).difference(STAGES))):
        if name in stages:
            _row(table, f"    {name}", stages[name], milliseconds)
    yield from _shown(table, 0)


def _sizes(spreads: Json) -> Iterator[RenderableType]:
    table = _spreads("Conversation size, in tokens that providers reported")
    _row(table, "  prompts", spreads["prompt_tokens"], count)
    _row(table, "  answers", spreads["answer_tokens"], count)
    yield from _shown(table, 0)


def _spreads(title: str) -> Table:
    return _table(title, "count", "average", "p50", "p95", "p99", "most")


def _row(table: Table, name: str, spread: Json, word: Callable[[float], str]) -> None:
    if spread["count"]:
        values = (spread[each] for each in ("average", "p50", "p95", "p99", "max"))
        table.add_row(name, count(spread["count"]), *map(word, values))


def _shares(found: Json) -> Iterator[RenderableType]:
    known = (
        ("by_tool", "What was sent for the first time, by tool"),
        ("by_kind", "By kind of content"),
        ("by_pass", "By what made it shorter"),
    )
    for name, title in known:
        table = _table(title, "blocks", "tokens", "became", "change")
        for shown, each in list(found[name].items())[:MOST_ROWS]:
            before, after = each["tokens_before"], each["tokens_after"]
            cells = map(count, (each["blocks"], before, after))
            table.add_row(f"  {NAMES.get((name, shown), shown)}", *cells, change(before, after))
        yield from _shown(table, len(found[name]))


def _failures(found: Json) -> Iterator[str]:
    totals = found["totals"]
    known = (
        ("provider_errors", "answered by the provider with an error"),
        ("failed", "not answered, broken off, or stopped"),
        ("rate_limited", "refused: over their limit per minute"),
        ("over_budget", "refused: over a budget"),
        ("compression_failed", "went on as they came, as shortening was given up"),
    )
    told = False
    for name, words in known:
        if totals[name]:
            told = True
            yield f"{count(totals[name])} {words}"
    for why, number in found["compression_failures"].items():
        yield f"  {count(number)}: {why}"
    if not told:
        yield "nothing"


def _table(title: str, *columns: str) -> Table:
    return plain_table("", *columns, title=title)


def _shown(table: Table, rows: int) -> Iterator[RenderableType]:
    """The table, unless it is empty, and how many rows of so many it leaves out."""
    if not table.row_count:
        return
    yield ""
    yield table
    if rows > MOST_ROWS:
        yield indented(f"and {rows - MOST_ROWS} more (all with --raw)", DIM)
