"""docs/logs.md: the log file and the log on stderr, with every field of a request."""

from __future__ import annotations

from decimal import Decimal

from headroom.observe import content, shown
from headroom.observe.entry import LABEL_CHARACTERS, entry_of
from headroom.observe.log import line
from headroom.outcome import Outcome, Passage, Treated, Usage

EXAMPLE = Outcome(
    "hr_0123456789abcdef",
    "planned",
    method="POST",
    route="/v1/messages",
    provider="anthropic",
    model="claude-sonnet-4-5",
    status=200,
    streaming=True,
    tokens_before=18_204,
    tokens_after=11_960,
    transforms=("router:log:0.21",),
    usage=Usage(12_310, 412, cache_read_tokens=9_800, cache_write_5m_tokens=2_300),
    cost=Decimal("0.018375"),
    direct_cost=Decimal("0.041788"),
    units=1.0,
    direct_units=2.0,
    overhead_ms=3.2,
    first_byte_ms=812.4,
    total_ms=6_204.0,
    at=1_790_000_000.0,
    tenant="40a332d145d2cd3c",
    known_model="claude-sonnet-4-5",
    input_cost=Decimal("0.012195"),
    uncached_cost=Decimal("0.04311"),
    retrieval_cost=Decimal(0),
    passages=(Passage("plan", 0.5, 1.1), Passage("keep", 1.6, 0.4)),
    treated=(Treated(3, 1, "tool", "tool_result", "Bash", 7_900, 1_656, ("log",)),),
)

MEANS = {
    "record": "The number of the journal's record that it came with; it never falls.",
    "request_id": "Also in the reply's header `x-headroom-request-id`.",
    "timestamp": "When it ended, in UTC.",
    "verdict": "How it ended: `planned`, `bypassed`, `cached` (a stored reply), `relayed`, "
    "`refused`, `upstream_failed`, `client_left`, `cut` (the provider broke off), `stopped`; "
    "`compressed` for messages that `/v1/compress` was asked to shorten.",
    "provider": "`anthropic`, `openai`, `gemini`.",
    "model": "As the request or the reply named it.",
    "method": "Of HTTP.",
    "route": "On planned routes.",
    "status": "Of the reply.",
    "streaming": "Whether the reply was a stream.",
    "caller": "The beginning of a keyed hash over its credentials.",
    "key_id": "Of the virtual key, if it came with one.",
    "client": "Which program made it, as its `user-agent` says, in one word of a few "
    "(`claude`, `codex`, `openai_sdk`, …, `other`).",
    "input_tokens_original": "What the client asked to send, by our own count, "
    "where the provider took it.",
    "input_tokens_optimized": "What was sent, by the same count.",
    "tokens_saved": "The difference.",
    "savings_percent": "The same as a share.",
    "counted_exactly": "Whether the model reads the vocabulary that this count is by.",
    "usage": "`reported` by the provider, `estimated` by us where it reported none, or `none`.",
    "input_tokens": "The whole prompt, cache reads and writes included.",
    "output_tokens": "The answer.",
    "cache_read_tokens": "Of the prompt, read from the provider's cache.",
    "cache_write_5m_tokens": "Written to it for five minutes.",
    "cache_write_1h_tokens": "Written to it for an hour.",
    "cache_write_other_tokens": "Written to it, for a time that was not told.",
    "uncached_input_tokens": "Neither read nor written.",
    "cost_usd": "Dollars for all legs; null where no price is known.",
    "direct_cost_usd": "What the same would have cost directly.",
    "saved_usd": "The difference; negative where it came dearer.",
    "retrieval_cost_usd": "The part of the cost that asking again after retrievals was.",
    "priced_as_dearest": "Whether, its price unknown, a budget took that of the dearest model.",
    "legs": "How often the provider was asked.",
    "retrievals": "How often the model had something back.",
    "bust": "Whose doing it was that a cached prompt was not read: `ours`, `other`, or nothing.",
    "missed_cache_tokens": "How much was not read that an earlier request had left there.",
    "rewrite": "Why what had been sent was rewritten: `free`, `paying`, `window`, or nothing.",
    "rewritten_tokens": "How many tokens left by that.",
    "reply_cache": "What the stored replies had to do with it: `hit`, `miss`, `bypass`.",
    "cache_hit": "Whether a stored reply answered it.",
    "optimization_latency_ms": "From its arrival until it was sent on.",
    "first_byte_ms": "Until the first byte of the reply.",
    "total_latency_ms": "Until the last.",
    "stages_ms": "How long each stage took; `read` waits for the client.",
    "transforms_applied": "What made it shorter.",
    "waste_signals": "Tokens that left of what was new, by what they were.",
    "tags": "What its client calls it, in `x-headroom-…` headers.",
    "notes": "What else was decided about it.",
    "compression_failed": "Why compression was given up, if it was.",
    "refusal": "Why we refused it, in a word.",
    "error": "What went wrong, in a word or two; null where nothing did.",
}
CONTENT = {
    "messages": "The messages as they were sent on; where nothing was sent, all four are missing.",
    "reply": "All text of the reply, thinking included where it is shown.",
    "reply_calls": "The tools that the model called, with their arguments.",
    "truncated": "Whether something of these was too long.",
}

TEXT = """\
# Logs

<!-- Written by `make docs` from scripts/logs_page.py. Change it there. -->

There are two: a file with one line of JSON per request, if you ask for it, and what the proxy
says on stderr. Neither holds credentials, whatever header, query or body they came in; neither
holds anything that was said, unless `--log-messages` asks for that.

## The log file

```bash
headroom proxy --log-file ~/headroom.jsonl        # HEADROOM_LOG_FILE
```

**It tells the very requests that [`/stats`](statistics.md) counts**, each once, from the start of
the first proxy that was given the file. It is written behind the journal in the store, a
quarter of a second later, by one process for all workers. When that one is killed another goes
on: half a line is cut off, what is missing is added, nothing is told twice. Power loss may cost
the last lines, as it may cost the store's.

**Rotate it as you like.** It is opened for each write: moved away, it is made anew (for you
alone, 0600); emptied (`copytruncate`), it goes on from its beginning. No signal is needed.

**When it cannot be written** (a full disk, a missing folder) requests go on. One warning a
minute says so, and what is missing is written later; the journal holds 20,000 records. At start
`headroom proxy` ends with one sentence instead, as there is somebody to read it; under gunicorn
it warns.

- Proxies that share a workspace share a journal: each of their files tells the requests of all.
- On one [Redis](store.md) each machine writes what its own proxies carried; they are told apart
  by their workspaces, which must be writable.
- With `--stateless` or `--store memory` each worker writes its own requests to the one file, in
  whole lines, and counts `record` by itself. What it has not written when it is killed is lost.
- A pipe or `/dev/stdout` takes lines too; nothing can be cut off or looked up there.

### Fields

One line holds all of these, in this order, whatever became of the request. Words of clients and
providers are printable ASCII of at most {label} characters. New fields may come; none changes
its meaning.

| field | |
|---|---|
{fields}
### What was said

`--log-messages` (`HEADROOM_LOG_MESSAGES`) adds, on planned routes (`/v1/messages`,
`/v1/chat/completions`, `/v1/responses`):

| field | |
|---|---|
{content}
Messages and reply have {most} KB each; of messages that do not fit the last ones stay. A stream
that was cut has what had been said by then, a stored reply what it says. It waits in the store
until it is written, a day at most, and is then forgotten. **Whoever reads the file reads all
prompts**, and what secrets stand in them; the proxy says so at start.

## The log on stderr

```text
{example}
```

One line per request, as `INFO`, or `WARNING` where something went wrong; and what else there is
to say. Times are local. Of several workers each line has the process in brackets. A terminal
has colours, unless `NO_COLOR` is set. What does not print is escaped, so that a line is a line.
A terminal that is held up holds up no request: 10,000 lines wait, then lines are lost, and
their number is told. stdout has the banner and the last line, nothing else.

- `--log-level` (`HEADROOM_LOG_LEVEL`): `debug`, `info`, `warning`, `error`. `warning` leaves
  out the requests that went well. Of libraries only warnings and errors are told, at any level:
  what they say of their doings holds headers.
- `--log-format json` (`HEADROOM_LOG_FORMAT`): one object per line with `time` (UTC), `level`,
  `logger`, `message`, where there are several workers `process`, and for a request `request`
  with the fields above (but `record`). What is told at start has that form too, but for a new
  token, which is told to you and belongs in no log.
- Of an exception its kind and place are told, never its text.
- Under gunicorn its own log stays as it is. Ours is formed only where one of the two variables
  is set.
"""


def logs_page() -> str:
    """docs/logs.md."""
    told = ["record", *shown.request(entry_of(EXAMPLE))]
    said = [*content.Said().shown()]
    moment = shown.second(EXAMPLE.at).replace("T", " ").removesuffix("Z")
    return TEXT.format(
        label=LABEL_CHARACTERS,
        fields="".join(f"| `{name}` | {MEANS[name]} |\n" for name in told),
        content="".join(f"| `{name}` | {CONTENT[name]} |\n" for name in said),
        most=content.MOST_BYTES // 1024,
        example=f"{moment} INFO    {line(EXAMPLE)}",
    )
