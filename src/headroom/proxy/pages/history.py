"""`/stats-history`: what was saved in all, by when, and in each hour, day, week and month."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

import msgspec

from headroom.observe.history import compact, points, series, taken_down
from headroom.observe.periods import SERIES
from headroom.observe.savings_view import (
    POLICY,
    RETENTION,
    SCHEMA_VERSION,
    display_session,
    lifetime,
    older_histories,
    points_told,
)
from headroom.observe.shown import second
from headroom.observe.statistics import Point, Statistics
from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.pages.stats import statistics_now, storage_path
from headroom.proxy.pages.told import NO_STORE, refused
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import TEXT, one_of
from headroom.proxy.shapes.errors import NO_CHOICE
from headroom.proxy.shapes.history import HISTORY as HISTORY_SHAPE

Format = Literal["json", "csv"]
HistoryMode = Literal["compact", "full", "none"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "format": get_args(Format),
    "series": ("history", *SERIES),
    "history_mode": get_args(HistoryMode),
}
"""The first of each is meant where nothing is said."""

HISTORY = Described(
    "What was saved in all: by when, and in each hour, day, week and month",
    said="With `format=csv` one series as a table.",
    parameters=(
        Parameter("format", "How it is told.", one_of(CHOICES["format"])),
        Parameter("series", "Which one is exported as CSV.", one_of(CHOICES["series"])),
        Parameter("history_mode", "How many points.", one_of(CHOICES["history_mode"])),
    ),
    replies={
        200: Reply("The history.", {JSON: HISTORY_SHAPE, "text/csv": TEXT}),
        422: Reply("No such choice.", {JSON: NO_CHOICE}),
    },
)

POINT_COLUMNS = (
    *("timestamp", "total_tokens_saved", "compression_savings_usd"),
    *("total_input_tokens", "total_input_cost_usd"),
)
SERIES_COLUMNS = (
    *("timestamp", "tokens_saved", "compression_savings_usd_delta"),
    *("total_tokens_saved", "compression_savings_usd"),
    *("total_input_tokens_delta", "total_input_tokens"),
    *("total_input_cost_usd_delta", "total_input_cost_usd"),
)

EXPORTS = {
    "default_format": CHOICES["format"][0],
    "available_formats": CHOICES["format"],
    "available_series": CHOICES["series"],
}


async def history(proxy: Proxy, call: Call, send: Send) -> None:
    """`GET /stats-history?format=&series=&history_mode=`."""
    words = dict(parse_qsl(call.query.decode("latin-1"), keep_blank_values=True))
    wrong = [one for name, choices in CHOICES.items() if (one := _refused(words, name, choices))]
    if wrong:
        told = {**refused(422, ""), "detail": wrong}
        told["error"]["message"] = "; ".join(f"{one['loc'][1]}: {one['msg']}" for one in wrong)
        await answer(send, 422, msgspec.json.encode(told), NO_STORE)
        return
    asked = {name: words.get(name, choices[0]) for name, choices in CHOICES.items()}
    statistics, _ = await statistics_now(proxy)
    frozen = taken_down(statistics)
    # It may be a thousand periods: others have their turn meanwhile.
    if asked["format"] == "csv":
        body = await asyncio.to_thread(_csv, frozen, asked["series"], asked["history_mode"])
        await _send_csv(send, body, asked["series"])
        return
    told_first = {
        "generated_at": second(proxy.planning.clock()),
        "storage_path": storage_path(proxy),
    }
    body = await asyncio.to_thread(_json, frozen, told_first, asked["history_mode"])
    await answer(send, 200, body, NO_STORE)


def _refused(words: Mapping[str, str], name: str, choices: Sequence[str]) -> dict[str, Any] | None:
    """What is wrong with a word, as FastAPI says it; None where it is one of the choices."""
    word = words.get(name, choices[0])
    if word in choices:
        return None
    quoted = [f"'{choice}'" for choice in choices]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return {
        "type": "literal_error",
        "loc": ["query", name],
        "msg": f"Input should be {expected}",
        "input": word[:LONGEST_INPUT],
        "ctx": {"expected": expected},
    }


LONGEST_INPUT = 64


def _chosen(found: Sequence[Point], mode: str) -> Sequence[Point]:
    if mode == "none":
        return ()
    return found if mode == "full" else compact(found)


def _json(statistics: Statistics, told: Mapping[str, Any], mode: str) -> bytes:
    stored = points(statistics)
    returned = _chosen(stored, mode)
    return msgspec.json.encode(
        {
            "schema_version": SCHEMA_VERSION,
            **told,
            "lifetime": lifetime(statistics),
            "older_histories": older_histories(statistics),
            "display_session": display_session(statistics),
            "display_session_policy": POLICY,
            "history": points_told(returned),
            "history_summary": {
                "mode": mode,
                "stored_points": len(stored),
                "returned_points": len(returned),
                "compacted": mode == "compact" and len(returned) < len(stored),
            },
            "series": {name: series(statistics, name) for name in SERIES},
            "exports": EXPORTS,
            "retention": RETENTION,
        }
    )


def _csv(statistics: Statistics, name: str, mode: str) -> bytes:
    of_series = next((one for one in SERIES if one == name), None)
    if of_series is None:
        columns: Sequence[str] = POINT_COLUMNS
        rows = points_told(_chosen(points(statistics), mode))
    else:
        columns, rows = SERIES_COLUMNS, series(statistics, of_series)
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


async def _send_csv(send: Send, body: bytes, name: str) -> None:
    file = f'attachment; filename="headroom-stats-history-{name}.csv"'
    headers = [
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"content-disposition", file.encode()),
        *NO_STORE,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
