"""Is there a proxy, is it ours, is it well, and is it the one that is meant?"""

from __future__ import annotations

from collections.abc import Iterator

from headroom.cli.diagnosis.facts import Facts
from headroom.cli.diagnosis.finding import Finding, note, ok, problem
from headroom.cli.inquiry import ELSEWHERE, MOST_UNWRITTEN, TROUBLES
from headroom.cli.words import count, duration, size, times
from headroom.extras import install

LEAST_FREE_BYTES = 100_000_000
ABOUT = "proxy"


def installation(facts: Facts) -> Iterator[Finding]:
    """Whether all is there that the proxy needs."""
    if facts.missing:
        yield problem(
            "installation",
            f"{', '.join(facts.missing)} is not installed, and the proxy needs it",
            "Install Headroom with its extra proxy.",
            install("proxy"),
        )


def answering(facts: Facts) -> Iterator[Finding]:
    """Who answers at the address of these settings."""
    where, port = facts.base, facts.settings.port
    trouble = facts.health.trouble
    if facts.runs:
        yield ok(ABOUT, _running(facts))
    elif trouble == "nobody" and facts.living:
        pids = ", ".join(map(str, facts.living))
        yield problem(
            ABOUT,
            f"nobody listens on {where}, but a Headroom with this workspace runs (pid {pids})",
            "It listens on another port: say which, or stop it and start it on this one.",
            "headroom doctor --port PORT",
        )
    elif trouble == "nobody":
        yield problem(
            ABOUT,
            f"nobody listens on {where}",
            "Start Headroom, or say where it runs: --host, --port.",
            f"headroom proxy --port {port}",
        )
    elif trouble == "stranger":
        yield problem(
            ABOUT,
            f"what answers on {where} is no Headroom",
            "Stop that program, or give Headroom another port, and its address to your agents.",
            f"headroom proxy --port {port % 65535 + 1}",
        )
    else:
        said = TROUBLES.get(trouble) or facts.health.detail
        yield problem(ABOUT, f"{where} is not well: {said}", "Stop it and start it again.")


def _running(facts: Facts) -> str:
    health = facts.health_told
    workers = health.get("runtime", {}).get("workers", 1)
    said = f"Headroom {health.get('version', '')} answers on {facts.base}"
    if "uptime_seconds" in health:
        said += f", up {duration(health['uptime_seconds'])}"
    return f"{said}, {workers} workers" if workers > 1 else said


def token(facts: Facts) -> Iterator[Finding]:
    """Whether it may be asked at all."""
    if facts.health.trouble != "token":
        return
    fix = TROUBLES["token"] if facts.address.is_loopback else ELSEWHERE
    yield problem(
        "token",
        f"Headroom on {facts.base} tells nothing of itself without its token",
        f"Of all that follows, what only the proxy knows is missing: {fix}.",
    )


def version(facts: Facts) -> Iterator[Finding]:
    """Whether what runs is what is installed."""
    runs = facts.health_told.get("version")
    if runs and runs != facts.version:
        yield note(
            "version",
            f"{runs} runs, and {facts.version} is installed here",
            "Stop the proxy and start it again: it goes on with the same conversations.",
            f"headroom proxy --port {facts.settings.port}",
        )


def health(facts: Facts) -> Iterator[Finding]:
    """What its own parts say is wrong with them."""
    checks = facts.health_told.get("checks", {})
    ill = {name: one for name, one in checks.items() if one.get("status") not in WELL}
    for name, check in ill.items():
        why = f": {check['error']}" if check.get("error") else ""
        tell = note if name in FOLLOWING and "store" in ill else problem
        yield tell(
            name.replace("_", " "),
            f"the proxy says that it is {check.get('status')}{why}",
            PARTS.get(name, "Look at what the proxy logs, and start it again."),
        )
    yield from _counts(facts)


WELL = ("healthy", "disabled")
FOLLOWING = ("cache", "rate_limiter")
"""What is well again as soon as the store is."""
PARTS = {
    "store": "While its store does not answer, new blocks lose nothing: make room on the disk, "
    "make the workspace writable, or let its Redis answer; it goes on by itself.",
    "cache": "Stored replies are not found while its store does not answer: mend the store.",
    "rate_limiter": "Nothing is limited while its store does not answer: mend the store.",
    "budget": "Calls under a budget are refused while its store does not answer: mend the store, "
    "or start it with --budget-fail-open.",
    "savings_file": "Requests go on; make the savings file writable, or name another one in "
    "HEADROOM_SAVINGS_PATH.",
    "startup": "It is starting or stopping: ask again in a moment.",
}


def _counts(facts: Facts) -> Iterator[Finding]:
    store = facts.stats.get("store", {})
    if store.get("unwritten", 0) > MOST_UNWRITTEN or store.get("lost"):
        yield note(
            "statistics",
            f"{times(store.get('unwritten', 0), 'request')} not written down yet, "
            f"{count(store.get('lost', 0))} never",
            "The sums lack these: the store did not answer for a while.",
        )


def workspace(facts: Facts) -> Iterator[Finding]:
    """Whether what is kept can be kept."""
    if facts.settings.store_kind != "sqlite" or not facts.address.is_loopback:
        return
    folder, found = facts.settings.workspace_dir, facts.workspace
    if found.problem:
        yield problem(
            "workspace",
            f"{folder}: {found.problem}",
            "Make it writable for you, or name another folder in HEADROOM_WORKSPACE_DIR.",
        )
    elif found.free_bytes is not None and found.free_bytes < LEAST_FREE_BYTES:
        yield problem(
            "workspace",
            f"only {size(found.free_bytes)} are free on the disk of {folder}",
            "Make room: originals that cannot be kept are not left out, so savings end.",
        )


def whose(facts: Facts) -> Iterator[Finding]:
    """Whether the proxy that answers keeps its things where this shell looks for them."""
    runtime = facts.health_told.get("runtime", {})
    pid, workers = runtime.get("pid"), runtime.get("workers", 1)
    if not pid or runtime.get("store") != "sqlite" or not facts.address.is_loopback:
        return
    if facts.settings.store_kind == "sqlite" and pid not in facts.living:
        yield note(
            "workspace",
            f"the proxy on {facts.base} (pid {pid}) keeps its things elsewhere than in "
            f"{facts.settings.workspace_dir}",
            "headroom status, perf and keys look there when it is down: give this shell the same "
            "HEADROOM_WORKSPACE_DIR (or --store) as the proxy.",
        )
    elif len(facts.living) > workers:
        others = ", ".join(str(one) for one in facts.living if one != pid)
        yield note(
            "several",
            f"{len(facts.living)} processes use this workspace (besides {pid}: {others}), and this "
            f"proxy has {times(workers, 'worker')}",
            "That is well where you started several proxies; make sure that your agents go to the "
            "one you look at.",
        )
