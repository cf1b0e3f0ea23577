"""The npm SDKs of providers work through the proxy as without it; the original's works with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import TOOL
from tests.cli.pages import send
from tests.observe.metrics.scraped import samples, value
from tests.proxy.house import NOWHERE
from tests.proxy.keyrings import OPERATORS
from tests.support.proxy_process import HEADROOM, clean_environ, proxy_process
from tests.upstream import Call, Failure, Provider, Say, Script, Think

NODE = shutil.which("node")
FOLDER = Path(__file__).resolve().parent.parent / "node"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules").exists(),
        reason="the npm SDKs are not installed: cd tests/node && npm ci (make test does it)",
    ),
]

LOOKED = Script((Think("I must look."), Call("list_files", {"path": "src"})))
ANSWERED = Script((Say("There are two files."),))


def run(sdk: str, url: str, scenario: str, *words: str) -> Any:
    """What this scenario of an SDK printed, as JSON."""
    done = subprocess.run(
        [NODE or "node", f"{sdk}.mjs", url, scenario, *words],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=30.0,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_anthropic_creates_a_message(url: str, provider: Provider) -> None:
    message = run("anthropic", url, "create")

    assert message["content"] == [{"type": "text", "text": "Done."}]
    assert message["usage"]["input_tokens"] > 0


def test_anthropic_streams_a_message(url: str, provider: Provider) -> None:
    provider.next(Script((Think("Hm."), Say("Hello, dear world."), Call("list_files"))))

    streamed = run("anthropic", url, "stream")

    assert len(streamed["pieces"]) > 1
    assert "".join(streamed["pieces"]) == "Hello, dear world."
    kinds = [block["type"] for block in streamed["message"]["content"]]
    assert kinds == ["thinking", "text", "tool_use"]
    assert streamed["message"]["stop_reason"] == "tool_use"


def test_anthropic_goes_round_with_a_tool_and_bound_thinking(url: str, provider: Provider) -> None:
    provider.bind_thinking()
    provider.next(LOOKED, ANSWERED)

    turns = run("anthropic", url, "tools")

    assert turns["first"]["content"][1]["input"] == {"path": "src"}
    assert turns["second"]["content"][0]["text"] == "There are two files."


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (504, "GatewayTimeoutError"),
        (529, "OverloadedError"),
    ],
)
def test_anthropic_raises_the_right_exceptions(
    url: str, provider: Provider, status: int, expected: str
) -> None:
    provider.next(Failure(status, "As the provider said it.", retry_after="7"))

    raised = run("anthropic", url, "failure")

    assert raised["exception"] == expected
    assert raised["status"] == status
    assert "As the provider said it." in raised["message"]
    assert raised["requestId"] == "req_000001"
    assert raised["retryAfter"] == "7"


def test_anthropic_counts_tokens_and_lists_models(url: str, provider: Provider) -> None:
    assert run("anthropic", url, "count")["input_tokens"] > 0
    assert run("anthropic", url, "models") == ["claude-opus-5-5", "claude-haiku-5-5"]


def test_openai_creates_a_completion(url: str, provider: Provider) -> None:
    completion = run("openai", url, "create")

    assert completion["choices"][0]["message"]["content"] == "Done."


def test_openai_streams_a_completion(url: str, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),)))

    streamed = run("openai", url, "stream")

    assert streamed["text"] == "Hello, dear world."
    assert streamed["usage"]["prompt_tokens"] > 0


def test_openai_goes_round_with_tools(url: str, provider: Provider) -> None:
    provider.next(Script((Call("list_files", {"path": "a"}), Call("list_files"))), ANSWERED)

    turns = run("openai", url, "tools")

    arguments = [call["function"]["arguments"] for call in turns["first"]["tool_calls"]]
    assert arguments == ['{"path":"a"}', "{}"]
    assert turns["second"]["choices"][0]["message"]["content"] == "There are two files."


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
    ],
)
def test_openai_raises_the_right_exceptions(
    url: str, provider: Provider, status: int, expected: str
) -> None:
    provider.next(Failure(status, "As the provider said it.", code="a_code", retry_after="7"))

    raised = run("openai", url, "failure")

    assert raised["exception"] == expected
    assert raised["status"] == status
    assert raised["code"] == "a_code"
    assert raised["retryAfter"] == "7"


def test_openai_continues_a_response_in_a_stream(url: str, provider: Provider) -> None:
    provider.next(LOOKED, ANSWERED)

    turns = run("openai", url, "responses")

    assert turns["second"]["output_text"] == "There are two files."
    assert turns["second"]["previous_response_id"] == turns["first"]["id"]
    assert turns["numbers"] == list(range(len(turns["numbers"])))


def test_openai_lists_models_and_embeds(url: str, provider: Provider) -> None:
    assert run("openai", url, "models") == ["gpt-6.1-sol", "gpt-5.5"]
    assert run("openai", url, "embeddings") == [0.625, 0.5, -0.25]


# Where the model has our tool, and asks what was left out before it goes on.

ASKS = Call(TOOL, {"hash": "0" * 24})


@pytest.fixture(scope="module")
def offering(direct: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A proxy that gives its tool to every conversation that brings tools."""
    with proxy_process(tmp_path_factory.mktemp("offering"), direct, "--ccr-offer", "always") as url:
        yield url


def test_anthropic_sees_one_message_where_there_were_two_legs(
    offering: str, provider: Provider
) -> None:
    provider.bind_thinking()
    provider.next(
        Script((Think("Hm."), Say("Let me see. "), ASKS)),
        Script((Think("So."), Say("I must look."), Call("list_files", {"path": "src"}))),
        ANSWERED,
    )

    turns = run("anthropic", offering, "tools")

    kinds = [block["type"] for block in turns["first"]["content"]]
    assert kinds == ["thinking", "text", "thinking", "text", "tool_use"]
    assert turns["second"]["content"][0]["text"] == "There are two files."
    assert TOOL not in json.dumps(turns)
    assert len(provider.received) == 3


def test_openai_sees_one_completion_where_there_were_two_legs(
    offering: str, provider: Provider
) -> None:
    provider.next(Script((Say("Let me see. "), ASKS)), LOOKED, ANSWERED)

    turns = run("openai", offering, "tools")

    assert TOOL not in json.dumps(turns)
    assert "There are two files." in json.dumps(turns)
    assert len(provider.received) == 3
    assert [m["role"] for m in provider.received[-1].json()["messages"]][-4:] == [
        "assistant",
        "tool",
        "assistant",
        "tool",
    ]


def test_openai_sees_one_response_where_there_were_two_legs(
    offering: str, provider: Provider
) -> None:
    provider.next(LOOKED, Script((Say("Let me see. "), ASKS)), ANSWERED)

    turns = run("openai", offering, "responses")

    numbers = turns["numbers"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert TOOL not in json.dumps(turns)
    assert "There are two files." in json.dumps(turns["second"]["output"])


# The original's own SDK, which brings a token of ours or a virtual key as `Authorization: Bearer`.


@pytest.fixture(scope="module")
def guarded(
    direct: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A proxy whose callers need a token, and the words that open it."""
    workspace = tmp_path_factory.mktemp("guarded")
    variables = {"HEADROOM_API_KEY": "callers", **OPERATORS}
    with proxy_process(workspace, direct, "--virtual-keys", variables=variables) as url:
        keys = {name: _key(workspace, name) for name in ("anthropic", "openai")}
        yield url, {"token": "callers", **keys}


def _key(workspace: Path, provider: str) -> str:
    created = subprocess.run(
        [*HEADROOM[:-1], "keys", "create", "ann", "--provider", provider],
        env=clean_environ(workspace, NOWHERE),
        capture_output=True,
        text=True,
        check=True,
    )
    return created.stdout.strip()


@pytest.mark.parametrize("words", [(), ("wrong",), ("hk-" + "0" * 48,)])
def test_headroom_raises_its_own_error_without_a_token(
    guarded: tuple[str, Mapping[str, str]], words: tuple[str, ...]
) -> None:
    url, _ = guarded

    raised = run("headroom", url, "failure", *words)

    assert raised["exception"] == "HeadroomAuthError"
    assert "Headroom" in raised["message"]


@pytest.mark.parametrize("word", ["token", "anthropic"])
def test_headroom_compresses_and_retrieves_with_its_key(
    guarded: tuple[str, Mapping[str, str]], word: str
) -> None:
    url, words = guarded

    done = run("headroom", url, "compress", words[word])

    assert done["compressed"]["tokensSaved"] > 0
    assert done["health"] == "healthy"
    assert json.loads(done["original"])[7] == {"id": 7, "level": "INFO", "text": "request 7"}


@pytest.mark.parametrize(
    ("provider_named", "scenario"), [("anthropic", "message"), ("openai", "chat")]
)
def test_headroom_asks_a_model_with_a_virtual_key(
    guarded: tuple[str, Mapping[str, str]], provider: Provider, provider_named: str, scenario: str
) -> None:
    url, words = guarded

    assert run("headroom", url, scenario, "", words[provider_named]) == "Done."

    [received] = provider.received
    assert words[provider_named] not in str(received.headers)
    assert "operator" in str(received.headers)


# What it declares and we do not tell, and why.
UNTOLD = {
    # The store is limited in bytes, not in entries.
    "proxyStats": {"ProxyStats.compression.ccrMaxEntries"},
    "getCCRStats": {"CCRStats.store.maxEntries"},
    # Nothing limits how many batches are remembered by itself.
    "memoryUsage": {"MemoryUsage.components.batchContextStore.budgetMb"},
    # Scores and hashes of a library that we are not: nothing here is like them.
    "getMetrics": {
        f"RequestMetrics.{name}"
        for name in (
            *("breakpointsInserted", "cacheAlignmentScore", "estimatedSavingsPercent"),
            *("messagesHash", "stablePrefixHash", "toolUnitsDropped", "turnsDropped"),
        )
    },
    # The original tells a number, and nothing for a tool that nobody has asked back.
    "feedbackHints": {"ToolHints.hints.suggestedItems", "ToolHints.pattern"},
}

LONG_LOG = "\n".join(f"{i:05} INFO worker {i % 7} took {i * 37 % 991} ms" for i in range(1_500))

PAGES = (
    *("health", "proxyStats", "getMetrics", "getSummary", "getStats", "validateSetup"),
    *("statsHistory", "statsHistoryDaily", "prometheusMetrics", "memoryUsage", "getCCRStats"),
    *("telemetryStats", "telemetryExport", "telemetryImport", "telemetryTools", "telemetryTool"),
    *("feedbackStats", "feedbackHints", "toinStats", "toinPatterns", "toinPattern", "clearCache"),
)


@pytest.fixture(scope="module")
def looked_at(direct: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A proxy that has had some traffic, made with the SDK itself."""
    workspace = tmp_path_factory.mktemp("looked")
    with proxy_process(workspace, direct, "--ccr-offer", "always") as url:
        run("headroom", url, "compress")
        for scenario in ("message", "chat"):
            assert run("headroom", url, scenario, "", "a-key") == "Done."
        assert send(url, text=LONG_LOG) == [200]
        yield url


@pytest.fixture(scope="module")
def read_pages(looked_at: str) -> Mapping[str, Any]:
    """What each method that reads a page of ours gave, and where that is not as declared."""
    run("headroom", looked_at, "settled")
    found: Mapping[str, Any] = run("headroom", looked_at, "pages")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_headroom_reads_every_page_of_ours(read_pages: Mapping[str, Any], name: str) -> None:
    page = read_pages[name]

    assert "raised" not in page
    assert set(page["differences"]) == UNTOLD.get(name, set())


def test_every_page_of_its_client_is_read(read_pages: Mapping[str, Any]) -> None:
    assert set(read_pages) == set(PAGES)


def test_M6_headroom_reads_the_same_totals_everywhere(read_pages: Mapping[str, Any]) -> None:
    told = {name: page["told"] for name, page in read_pages.items()}
    requests, tokens = told["proxyStats"]["requests"], told["proxyStats"]["tokens"]

    # What it has made shorter itself is listed too, and is no request to a provider.
    calls = [one for one in told["getMetrics"] if one["verdict"] != "compressed"]
    assert requests["total"] == told["getSummary"]["totalRequests"] == len(calls) >= 3
    assert requests["total"] == told["getStats"]["totalRequests"]
    assert requests["total"] == told["statsHistory"]["lifetime"]["requests"]
    assert tokens["saved"] == told["statsHistory"]["lifetime"]["tokens_saved"]
    assert f"headroom_requests_total {requests['total']}" in told["prometheusMetrics"].replace(
        ".0\n", "\n"
    )


@pytest.mark.parametrize("series", ["history", "hourly", "daily", "weekly", "monthly"])
def test_headroom_reads_history_in_every_series(looked_at: str, series: str) -> None:
    told = run("headroom", looked_at, "history", "", "", series)

    assert told["lifetime"]["requests"] >= 3
    assert series in told["exports"]["available_series"]


def test_headroom_raises_where_a_series_is_none(looked_at: str) -> None:
    raised = run("headroom", looked_at, "history", "", "", "yearly")

    assert raised["raised"].startswith("series: Input should be 'history'")


def test_what_it_declares_is_read_as_it_stands() -> None:
    done = subprocess.run(
        [NODE or "node", "--input-type=module", "-e", DECLARED],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == {
        "right": [],
        "wrong": [
            *("X.a", "X.b[1]", "X.c.k", "X.d.f", "X.e", "X.g"),
        ],
    }


DECLARED = """
import { writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { Declarations } from "./declared.mjs";

const file = mkdtempSync(`${tmpdir()}/declared-`) + "/x.d.ts";
writeFileSync(file, `
interface X {
    /** a; b */
    a: number;
    b: string[];
    c: Record<string, number>;
    d: { f: boolean; };
    e: "one" | "two";
    g: Array<{ h?: string | null; }>;
    i?: any;
}
`);
const declared = new Declarations(file);
const right = { a: 1, b: ["x"], c: { k: 1 }, d: { f: true }, e: "two", g: [{}, { h: null }] };
const wrong = { a: "1", b: ["x", 2], c: { k: "1" }, d: {}, e: "three" };
console.log(JSON.stringify({
  right: declared.differences("X", right),
  wrong: declared.differences("X", wrong),
}));
"""


def test_headroom_reads_metrics_and_memory(guarded: tuple[str, Mapping[str, str]]) -> None:
    url, words = guarded

    read = run("headroom", url, "metrics", words["token"])

    assert value(samples(read["text"]), "headroom_requests_total") >= 0
    assert read["process"]["rssMb"] > 10
    assert set(read["components"]) == {
        "compressionStore", "semanticCache", "requestLogger", "batchContextStore",
    }  # fmt: skip
    assert read["totalTrackedBytes"] >= 0
