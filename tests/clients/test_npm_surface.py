"""The whole surface of the original's npm SDK, against the real proxy, with the real packages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.test_npm import FOLDER, NODE, run
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider

pytestmark = [
    pytest.mark.skipif(NODE is None or shutil.which("node") is None, reason="no node"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules" / "ai").exists(),
        reason="the npm SDKs are not installed: cd tests/node && npm ci (make test does it)",
    ),
]

# What asks nobody and is told by a name alone.
PATHS = {
    *("beaconLockPath", "binDir", "bridgeStatePath", "configDir", "debug400Dir", "deployRoot"),
    *("licenseCachePath", "logDir", "memoryDbPath", "modelsConfigPath", "nativeMemoryDir"),
    *("proxyLogPath", "savingsPath", "sessionStatsPath", "subscriptionStatePath"),
    *("syncStatePath", "toinPath", "workspaceDir", "pluginConfigDir", "pluginWorkspaceDir"),
}
VARIABLES = {
    f"HEADROOM_{name}_ENV"
    for name in (
        *("CONFIG_DIR", "SAVINGS_PATH", "SUBSCRIPTION_STATE_PATH", "TOIN_PATH", "WORKSPACE_DIR"),
    )
}
ERRORS = {
    *("CacheError", "ConfigurationError", "HeadroomAuthError", "HeadroomCompressError"),
    *("HeadroomConnectionError", "HeadroomError", "ProviderError", "StorageError"),
    *("TokenizationError", "TransformError", "ValidationError", "mapProxyError"),
}

# Everything that it exports, each tried by a scenario of surface.mjs or headroom.mjs.  What an
# update brings stands in none of these: the test fails until it is tried too.
COVERED: Mapping[str, set[str]] = {
    "index": {
        *ERRORS,
        *PATHS,
        *VARIABLES,
        *("compress", "detectFormat", "toOpenAI", "fromOpenAI", "HeadroomClient", "simulate"),
        *("CompressionHooks", "SharedContext", "collectStream", "parseSSE"),
        *("camelToSnake", "snakeToCamel", "deepCamelCase", "deepSnakeCase"),
        *("countTurns", "extractToolCalls", "extractUserQuery"),
    },
    "openai": {"withHeadroom"},
    "anthropic": {"withHeadroom"},
    "gemini": {"withHeadroom"},
    "vercel-ai": {"withHeadroom", "headroomMiddleware", "compressVercelMessages"},
    "client": {
        *("compress", "compressRaw", "health", "proxyStats", "prometheusMetrics", "statsHistory"),
        *("memoryUsage", "clearCache", "getMetrics", "getSummary", "getStats", "validateSetup"),
        *("retrieve", "getCCRStats", "handleToolCall", "close", "rawFetch"),
        # Its own, which the others call.
        *("_fetch", "_doCompress"),
    },
    "completions": {"create", "simulate"},
    "messages": {"create", "stream", "simulate"},
    "telemetry": {"getStats", "export", "import", "getTools", "getTool"},
    "feedback": {"getStats", "getHints"},
    "toin": {"getStats", "getPatterns", "getPattern"},
    "context": {"put", "get", "getEntry", "keys", "stats", "clear", "evictExpired", "evictIfFull"},
    "hooks": {"preCompress", "computeBiases", "postCompress"},
}

SHORTER = {"tokensBefore": 4_225, "compressed": True}
STREAMED = {"whole": "Done.", "streamed": "Done."}


@pytest.fixture(scope="module")
def offering(direct: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    flags = ("--ccr-offer", "always", "--no-cache")
    with proxy_process(tmp_path_factory.mktemp("surface"), direct, *flags) as url:
        yield url


def told(url: str, scenario: str, *words: str) -> Any:
    return run("surface", url, scenario, *words)


def test_all_that_it_exports_is_tried() -> None:
    names = told("http://127.0.0.1:9", "names")

    assert {where: set(found) for where, found in names.items()} == COVERED


def test_every_dialect_that_it_takes_comes_back_shorter_in_the_same_dialect(offering: str) -> None:
    formats = told(offering, "formats")

    assert list(formats) == ["openai", "anthropic", "vercel", "gemini"]
    for name, result in formats.items():
        assert result["format"] == name
        assert result["compressed"] is True
        assert result["tokensAfter"] < result["tokensBefore"] / 5
        assert result["compressionRatio"] < 0.2
        assert len(result["ccrHashes"]) == 1
        assert result["transformsApplied"]
    assert formats["gemini"]["roles"] == ["user", "model", "user"]
    assert formats["vercel"]["keys"] == ["role", "content"]


def test_a_token_budget_is_met(offering: str) -> None:
    budget = told(offering, "budget")

    assert budget["without"] > 8_000 >= budget["with"]


def test_a_config_is_taken_and_changes_nothing(offering: str) -> None:
    result = told(offering, "config")

    assert result["compressed"] is True
    assert result["tokensAfter"] == told(offering, "formats")["openai"]["tokensAfter"]


def test_hooks_hear_what_was_asked_and_what_came_of_it(offering: str) -> None:
    before, biases, after = told(offering, "hooks")

    assert before == [
        "pre",
        {
            "model": "gpt-5",
            "userQuery": "Look.",
            "turnNumber": 1,
            "toolCalls": ["list"],
            "provider": "",
        },
    ]
    assert biases == ["biases", 3]
    assert after[0] == "post"
    assert after[1]["tokensSaved"] == after[1]["tokensBefore"] - after[1]["tokensAfter"] > 0


# Hashes and scores of a library that we are not.
UNTOLD = {"stablePrefixHash", "cacheAlignmentScore"}


def test_M6_a_simulation_tells_what_it_declares_and_counts_as_nothing(offering: str) -> None:
    done = told(offering, "simulate")

    for one in done["told"]:
        assert one["tokensSaved"] == one["tokensBefore"] - one["tokensAfter"] > 0
        assert one["transforms"] == one["transformsApplied"]
        assert one["estimatedSavings"].startswith("$0.")
        assert one["messagesOptimized"] == one["messages"]
        assert one["blockBreakdown"]["toolResult"] > 4_000
        assert one["wasteSignals"]["jsonBloat"] == one["tokensSaved"]
        assert one["diffArtifact"]["totalTokensSaved"] == one["tokensSaved"]
        assert not UNTOLD & set(one)
    # Others may have compressed meanwhile, but for what stands here.
    for where in ("requests", "tokens", "cost", "lifetime", "recentRequests"):
        assert done["before"][where] == done["after"][where]


def test_D3_originals_come_back_whole_in_part_and_as_a_tools_result(offering: str) -> None:
    done = told(offering, "retrieve")

    rows = json.loads(done["whole"]["originalContent"])
    assert len(rows) == done["whole"]["originalItemCount"] == 300
    assert done["whole"]["retrievalCount"] >= 1
    assert "request 77" in json.dumps(done["found"]["results"])
    assert done["found"]["count"] == len(done["found"]["results"])
    assert done["anthropic"]["toolResult"]["toolUseId"] == "t"
    assert done["openai"]["toolResult"]["toolCallId"] == "t"
    assert done["anthropic"]["success"] and done["openai"]["success"]
    assert done["unknown"]["success"] is False


def test_what_cannot_be_had_is_said_by_its_errors_in_our_words(offering: str) -> None:
    done = told(offering, "retrieve")

    assert done["missing"]["raised"] == "HeadroomCompressError"
    assert done["missing"]["statusCode"] == 404
    assert done["missing"]["errorType"] == "not_found"
    assert "never kept for this caller" in done["missing"]["message"]
    assert done["wrong"]["raised"] == "ValidationError"
    assert "24 digits" in done["wrong"]["message"]


def test_it_falls_back_tries_again_and_gives_up_as_it_says(offering: str) -> None:
    done = told(offering, "errors")

    assert done["tree"] is True
    assert list(done["mapped"].values()).count("HeadroomCompressError") == 1
    assert (done["badModel"]["raised"], done["badModel"]["statusCode"]) == (
        "HeadroomCompressError",
        400,
    )
    assert "model must be" in done["badModel"]["message"]
    assert (done["kept503"]["raised"], done["kept503"]["times"]) == ("HeadroomCompressError", 3)
    assert (done["fellBack503"]["told"]["compressed"], done["fellBack503"]["times"]) == (False, 2)
    assert (done["stopped400"]["raised"], done["stopped400"]["times"]) == (
        "HeadroomCompressError",
        1,
    )
    assert (done["stopped401"]["raised"], done["stopped401"]["times"]) == ("HeadroomAuthError", 1)
    assert done["refused"]["raised"] == "HeadroomConnectionError"
    assert done["fellBack"]["told"]["compressed"] is False
    assert done["stack"] == "a_stack"
    assert (done["noPage"]["raised"], done["noPage"]["statusCode"]) == (
        "HeadroomCompressError",
        405,
    )


def test_B7_its_own_headers_reach_no_provider(offering: str, provider: Provider) -> None:
    told(offering, "clients")

    names = [name for one in provider.received for name, _ in one.headers]
    assert names
    assert not [name for name in names if name.lower().startswith(b"x-headroom")]


def test_its_clients_ask_stream_and_raise(offering: str, provider: Provider) -> None:
    done = told(offering, "clients")

    assert (done["chat"], done["messages"], done["created"]) == ("Done.", "Done.", "Done.")
    assert done["failed"]["raised"] == "HeadroomAuthError"
    assert "x-api-key" in done["failed"]["message"]
    sizes = [len(one.body) for one in provider.received if "chat" in one.path]
    # What is only looked on is sent as it came.
    assert sizes[0] < sizes[1] / 5
    assert done["audited"] == "Done."


@pytest.mark.parametrize("adapter", ["openai", "anthropic"])
def test_an_adapter_shortens_what_the_providers_own_sdk_sends(
    adapter: str, offering: str, provider: Provider
) -> None:
    done = told(offering, adapter)

    assert {name: done[name] for name in STREAMED} == STREAMED
    asked = [one for one in provider.received if one.path.endswith(("messages", "completions"))]
    assert len(asked) == 2
    assert all(len(one.body) < 5_000 for one in asked)


def test_the_gemini_adapter_shortens_what_its_sdk_sends(offering: str) -> None:
    done = told(offering, "gemini")

    assert {name: done[name] for name in STREAMED} == STREAMED
    assert all(size < done["size"] / 5 for size in done["sizes"])


def test_the_vercel_adapter_shortens_whoever_answers(offering: str, provider: Provider) -> None:
    done = told(offering, "vercel")

    assert (done["middleware"], done["wrapped"], done["streamed"]) == ("Done.",) * 3
    assert done["saved"] > 3_000
    assert done["roles"] == ["user", "assistant", "tool"]
    assert all(len(one.body) < 5_000 for one in provider.received)


def test_a_shared_context_holds_what_it_was_given(offering: str) -> None:
    done = told(offering, "context")

    # It asks as a user, whose words are never made shorter.
    assert done["entry"]["same"] is True
    assert done["entry"]["originalTokens"] == done["entry"]["compressedTokens"] > 4_000
    assert (done["full"], done["b"], done["none"]) == (True, "short", None)
    assert (done["keys"], done["left"], done["cleared"]) == (["a", "b"], ["b", "c"], [])


def test_what_asks_nobody_is_there() -> None:
    done = told("http://127.0.0.1:9", "local")

    assert (done["query"], done["turns"], done["calls"]) == ("Look.", 1, ["list"])
    assert done["cases"] == ["aB", "a_b", {"aB": [{"cD": 1}]}, {"a_b": 1}]
    assert done["events"] == [{"a": 1}]
    assert set(done["variables"]) == VARIABLES
    assert len(PATHS) == done["paths"] + 2
    assert Path(done["plugins"][0]).name == "x"
