"""Why savings are small: what the proxy does not do, and why blocks were left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headroom.cli.diagnosis.facts import Facts, Json
from headroom.cli.diagnosis.finding import Finding, Meaning, note, ok, problem
from headroom.cli.words import count, money, share, times
from headroom.observe.book import NO_TOOL
from headroom.observe.cause import NEVER_TOUCHED

ABOUT = "savings"
LITTLE = 0.03
"""Of the tokens that were to be sent: below, the reasons are told one by one."""
LEAST_LOSS = 0.005
"""Of what going direct would have cost: what is below is no loss to speak of."""
LEAST_SHARE_TOLD = 0.02
"""Of the tokens that were sent for the first time: what counts for less is no reason."""

CAUSES: Mapping[str, Meaning] = {
    "small": Meaning(
        "are small",
        "Nothing leaves results of so few tokens: --min-tokens says how few. Agents that read in "
        "small pieces save little, and need little.",
    ),
    "protected": Meaning(
        "are of protected tools", "They are named with --protect-tools: name fewer."
    ),
    "skipped_kind": Meaning(
        "are of a kind that is skipped", "It is named with --skip-kind: name fewer."
    ),
    "lossless_only": Meaning(
        "may lose nothing",
        "The proxy keeps no originals (--stateless, --store memory), leaves nothing out "
        "(--no-ccr-marker), or their conversation has cost more than going direct "
        "(--no-stop-at-loss).",
    ),
    "no_way_back": Meaning(
        "could not be had again by the model",
        "It was not given headroom_retrieve: start the proxy with --ccr-offer always, and without "
        "--no-ccr-inject-tool; it counts for new conversations.",
    ),
    "would_not_pay": Meaning(
        "would not pay for being asked for again",
        "That is right as it is: what is asked for again costs more than it saves.",
    ),
    "nothing_to_gain": Meaning(
        "can be written no shorter",
        "They are of no kind that Headroom knows, or dense already.",
    ),
    "too_little": Meaning("would become hardly shorter", "They are dense already."),
    "short": Meaning(
        "are of no kind that anything may leave",
        "headroom explain FILE shows which; prose loses sentences with the extra ml and "
        "--kompress-model.",
    ),
    "all_telling": Meaning("tell something in every part", "Nothing in them says too little."),
    "error": Meaning("are errors", "Errors stay whole: the model needs them."),
    "instructions": Meaning("are instructions", "Instructions stay whole."),
    "drawing": Meaning("are drawings", "Drawings are copied, and stay whole."),
    "small_range": Meaning("are small ranges of a file", "Who asks for few lines needs them all."),
    "asked_again": Meaning("were asked for a second time", "What is asked for again stays whole."),
    "asked_back": Meaning(
        "are of a kind that models ask for again",
        "That was learned (docs/toin.md): --no-toin goes by nothing that was learned.",
    ),
    "failed": Meaning(
        "could not be read by a pass, which failed",
        "That is a fault of Headroom: its log says which; please tell us.",
    ),
    NEVER_TOUCHED: Meaning(
        "are words of people and of the model",
        "Those are never touched; what tools print is what can become shorter.",
    ),
}
"""Each word of `observe/cause.py` for people: what such blocks are, and what to do."""


def shortening(facts: Facts) -> Iterator[Finding]:
    """Whether requests are made shorter at all."""
    if _passes_all(facts):
        yield problem(
            ABOUT,
            "the proxy runs with --no-optimize: every byte passes as it came",
            "Start it without (and without HEADROOM_OPTIMIZE=false, or optimize = false in "
            "headroom.toml).",
            f"headroom proxy --port {facts.settings.port}",
        )


def _passes_all(facts: Facts) -> bool:
    return facts.health_told.get("config", {}).get("optimize") is False


def saved(facts: Facts) -> Iterator[Finding]:
    """What was saved lately; where that is little, why."""
    told, broken_down = _lately(facts)
    if not told.get("requests") or _passes_all(facts):
        return
    tokens = told.get("tokens", {})
    before, less = tokens.get("before", 0), tokens.get("saved", 0)
    asked = times(told["requests"], "request")
    if before and less >= LITTLE * before:
        yield ok(ABOUT, f"{count(less)} tokens of {count(before)} ({share(less, before)}), {asked}")
        return
    yield note(
        ABOUT,
        f"{count(less)} tokens of {count(before)} ({share(less, before) or 'nothing'}) in {asked}: "
        "that is little, for these reasons",
    )
    yield from _requests(told, broken_down)
    yield from _blocks(broken_down)


def _lately(facts: Facts) -> tuple[Json, Json]:
    """The running session; where it has no request, all that ever was."""
    stats = facts.stats
    if stats.get("session", {}).get("requests"):
        return stats["session"], stats.get("breakdown", {})
    return stats.get("lifetime", {}), stats.get("lifetime_breakdown", {})


def _requests(told: Json, broken_down: Json) -> Iterator[Finding]:
    """Requests that were not made shorter as a whole."""
    if told.get("bypassed"):
        yield note(
            ABOUT,
            f"{times(told['bypassed'], 'request')} came with x-headroom-bypass",
            "They pass as they came: take the header away.",
        )
    if told.get("compression_failed"):
        why = ", ".join(broken_down.get("compression_failures", {})) or "see the log"
        yield problem(
            ABOUT,
            f"in {times(told['compression_failed'], 'request')} shortening was given up ({why})",
            "Where it was late, the machine is busy: raise --plan-deadline-seconds. Else its log "
            "says what failed; please tell us.",
        )
    if told.get("cached"):
        yield ok(
            ABOUT, f"{times(told['cached'], 'request')} answered from stored replies, for free"
        )
    passed_on = told["requests"] - sum(
        told.get(name, 0)
        for name in ("compressed", "uncompressed", "bypassed", "cached", "refused", "failed")
    )
    passed_on -= told.get("client_left", 0) + told.get("provider_errors", 0)
    if passed_on > 0:
        yield note(
            ABOUT,
            f"{times(passed_on, 'request')} held no conversation that Headroom reads",
            "Lists of models, embeddings, counting and most WebSockets pass as they come.",
        )


def _blocks(broken_down: Json) -> Iterator[Finding]:
    """What was sent for the first time and left alone, what counts most first."""
    tools = broken_down.get("by_tool", {})
    if tools and set(tools) <= {NO_TOOL}:
        yield note(
            ABOUT,
            "no tool printed anything in these conversations",
            "It is output of tools (files, logs, listings, JSON) that becomes shorter: talk does "
            "not.",
        )
        return
    total = sum(one["tokens_before"] for one in tools.values())
    for cause, one in broken_down.get("left_alone", {}).items():
        tokens = one["tokens_before"]
        if not total or tokens < LEAST_SHARE_TOLD * total:
            continue
        unknown = Meaning(f"were left alone ({cause})", "headroom explain FILE tells of each.")
        means = CAUSES.get(cause, unknown)
        blocks = f"{times(one['blocks'], 'block')}, {share(tokens, total)} of what was new,"
        yield note(ABOUT, f"{blocks} {means.what}", means.fix)


def dollars(facts: Facts) -> Iterator[Finding]:
    """Whether what was saved is worth anything."""
    told, _ = _lately(facts)
    net = told.get("net", {})
    if not net:
        return
    if told.get("unpriced_requests") and not told.get("priced_requests"):
        yield note(
            "dollars",
            f"{times(told['unpriced_requests'], 'request')} used models without a known price",
            "Tokens are counted, dollars are not: name prices in models.json (docs/costs.md).",
        )
    loss, direct = -net.get("saved_usd", 0), net.get("counterfactual_usd", 0)
    if loss > LEAST_LOSS * direct:
        yield _loss(net, f"{money(loss)} ({share(loss, direct)}) more than going direct")


def _loss(net: Json, seen: str) -> Finding:
    """What made requests dearer than going direct."""
    marks = net.get("saved_by_cache_marks_usd", 0)
    causes = (
        (net.get("retrieval_cost_usd", 0) > 0, "originals were asked for again"),
        (net.get("busts_of_ours", 0) > 0, "the provider's cache was broken"),
        (marks < 0, "prompts were written to the provider's cache and not read again so far"),
    )
    why = ", ".join(cause for is_so, cause in causes if is_so) or "new prompts were written anew"
    fix = (
        "Early in a conversation that is usual; one that goes on losing is left as it is from then "
        "on."
    )
    if marks < 0:
        fix += " Where your requests never go on from one another, start with --no-auto-cache."
    return note("dollars", f"{seen}: {why}", fix)


def keeping(facts: Facts) -> Iterator[Finding]:
    """Whether anything may be left out at all."""
    runtime = facts.health_told.get("runtime", {})
    if runtime.get("store") != "memory":
        return
    if runtime.get("workers", 1) > 1:
        yield note(
            "store",
            f"{runtime['workers']} workers without a store: each tells what came to it alone",
            "What follows is a part of it.",
        )
    yield note(
        "store",
        "the proxy keeps nothing on disk (--stateless, or --store memory)",
        "Models are not given headroom_retrieve then, so that less is left out: leave that option "
        "out to save more.",
    )
