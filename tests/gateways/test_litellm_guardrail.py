"""LiteLLM's own Headroom guardrail, as it comes from the index, in its real gateway.

client ──▶ LiteLLM ──▶ provider
              └──▶ `/v1/compress`, `/v1/retrieve` of a real proxy
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from headroom.marker import TOOL, find_markers
from tests.gateways.environment import needed
from tests.gateways.litellm_gateway import MASTER_KEY, Guardrail, Line, litellm_gateway
from tests.proxy.house import NOWHERE
from tests.proxy.talks import conversation, log, texts_of
from tests.support.proxy_process import proxy_process
from tests.upstream import Call, Provider, Received, Say, Script, running

pytestmark = needed

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
TOKEN = "token-of-callers-0123456789"
TABLES = [
    json.dumps(
        [{"id": n * k, "level": "INFO", "text": f"request {n} was served"} for n in range(200)]
    )
    for k in (1, 3, 7)
]


@dataclass(frozen=True, slots=True)
class Stage:
    """A gateway, what its guardrails asked on the line, and what the provider was sent."""

    gateway: str
    client: openai.OpenAI
    provider: Provider
    line: Line

    def ask(self, body: Any, guardrail: str, **how: Any) -> Any:
        """The reply of the gateway to this request."""
        self.provider.received.clear()
        self.line.received.clear()
        beside = {"guardrails": [guardrail], **how.pop("extra_body", {})}
        return self.client.chat.completions.create(
            **{**body, "model": "gpt-6"}, extra_body=beside, **how
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A proxy of the same machine."""
    with (
        running(provider := Provider()) as upstream,
        proxy_process(tmp_path_factory.mktemp("open"), upstream) as ours,
        running(line := Line(ours)) as noted,
    ):
        guardrails = [
            Guardrail("headroom", noted, {}),
            Guardrail("plain", noted, {"ccr_retrieval": False}),
            Guardrail("closed", NOWHERE, {}),
            Guardrail("open", NOWHERE, {"unreachable_fallback": "fail_open"}),
        ]
        with stage_of(
            tmp_path_factory.mktemp("litellm"), provider, upstream, line, guardrails
        ) as it:
            yield it


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two workers that want a token, behind a gateway of their own: LiteLLM asks the proxy of the
    first guardrail that it knows for what was left out, whichever was used.
    """
    workers = ("--workers", "2")
    told = {"HEADROOM_API_KEY": TOKEN}
    folder = tmp_path_factory.mktemp("guarded")
    with (
        running(provider := Provider()) as upstream,
        proxy_process(folder, upstream, *workers, variables=told) as ours,
        running(line := Line(ours)) as noted,
    ):
        guardrails = [
            Guardrail("token", noted, {"api_key": TOKEN}),
            Guardrail("wrong", noted, {"api_key": "another"}),
        ]
        with stage_of(
            tmp_path_factory.mktemp("litellm"), provider, upstream, line, guardrails
        ) as it:
            yield it


@contextmanager
def stage_of(
    folder: Path, provider: Provider, upstream: str, line: Line, guardrails: Sequence[Guardrail]
) -> Iterator[Stage]:
    with (
        litellm_gateway(folder, upstream, guardrails) as gateway,
        openai.OpenAI(base_url=f"{gateway}/v1", api_key=MASTER_KEY, max_retries=0) as client,
    ):
        yield Stage(gateway, client, provider, line)


def chat(texts: list[str], *more: dict[str, Any]) -> Any:
    body = conversation(CHAT, texts)
    body["messages"] += more
    return body


def sent(stage: Stage, number: int = 0) -> list[str]:
    """The tools' texts that came to the provider."""
    return texts_of(CHAT, stage.provider.received[number].body)


def test_earlier_results_become_shorter_and_the_last_stays(stage: Stage) -> None:
    reply = stage.ask(chat(TABLES), "headroom")

    assert reply.choices[0].message.content == "Done."
    first, second, last = sent(stage)
    assert len(first) < len(TABLES[0]) / 3
    assert len(second) < len(TABLES[1]) / 3
    assert last == TABLES[2]


def test_it_asks_as_its_contract_says(stage: Stage) -> None:
    stage.ask(chat(TABLES), "headroom", extra_headers={"x-litellm-session-id": "session-1"})
    stage.ask(chat(TABLES), "plain")

    [asked] = stage.line.received
    assert (asked.method, asked.path) == ("POST", "/v1/compress")
    assert set(asked.json()) == {"messages", "model"}
    assert {row["role"] for row in asked.json()["messages"]} == {"tool"}


def test_the_affinity_of_a_session_is_taken_and_goes_no_further(stage: Stage) -> None:
    stage.ask(chat(TABLES), "headroom", extra_headers={"x-litellm-session-id": "session-1"})

    [asked] = stage.line.received
    assert re.fullmatch(r"[0-9a-f]{64}", asked.header("x-headroom-affinity") or "")
    assert asked.json()["config"] == {"mode": "ccr"}
    assert stage.provider.received[0].header("x-headroom-affinity") is None


def retrieving(words: str) -> Any:
    """A model that asks for what the first marker names, and says these words when it has it."""

    def answer(received: Received) -> Script:
        texts = texts_of(CHAT, received.body)
        [marker, *_] = [one for text in texts for one in find_markers(text)]
        if any(text == TABLES[0] for text in texts):
            return Script((Say(words),))
        return Script((Call(TOOL, {"hash": marker.key}),))

    return answer


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_law_3_the_model_has_again_what_was_left_out(stage: Stage, stream: bool) -> None:
    stage.provider.otherwise(retrieving("There are two hundred."))
    try:
        reply = stage.ask(chat(TABLES), "headroom", stream=stream)
        said = (
            "".join(chunk.choices[0].delta.content or "" for chunk in reply if chunk.choices)
            if stream
            else reply.choices[0].message.content
        )
    finally:
        stage.provider.otherwise(Script())

    assert said == "There are two hundred."
    assert [one.method for one in stage.line.received if one.method == "GET"] == ["GET"]
    assert sent(stage, 1)[-1] == TABLES[0]


def test_law_3_a_query_gives_the_rows_that_match(stage: Stage) -> None:
    def answer(received: Received) -> Script:
        texts = texts_of(CHAT, received.body)
        [marker, *_] = [one for text in texts for one in find_markers(text)]
        asks = len(texts) == 3
        call = Call(TOOL, {"hash": marker.key, "query": "request 77"})
        return Script((call,) if asks else (Say("Served."),))

    stage.provider.otherwise(answer)
    try:
        stage.ask(chat(TABLES), "headroom")
    finally:
        stage.provider.otherwise(Script())

    assert "request 77 was served" in sent(stage, 1)[-1]
    assert len(sent(stage, 1)[-1]) < len(TABLES[0]) / 2


def test_law_3_without_retrieval_nothing_leaves(stage: Stage) -> None:
    stage.ask(chat(TABLES), "plain")

    tools = stage.provider.received[0].json()["tools"]
    assert [tool["function"]["name"] for tool in tools] == ["Bash"]
    assert not [marker for text in sent(stage) for marker in find_markers(text)]
    assert len(sent(stage)[0]) < len(TABLES[0]) / 1.5


def test_law_2_a_result_keeps_its_form_when_the_conversation_goes_on(stage: Stage) -> None:
    texts = [*TABLES, log(1, 200), log(2, 200)]
    more = [
        {"role": "assistant", "content": "Look: request 120 was late."},
        {"role": "user", "content": "Why was request 77 served by worker-1 for item 150?"},
    ]
    turns = [chat(texts[:count]) for count in range(2, 6)]
    turns += [chat(texts, *more)]

    forms = []
    for turn in turns:
        stage.ask(turn, "headroom")
        forms.append(sent(stage))

    # LiteLLM leaves the last result as it is until the next turn.
    for before, after in itertools.pairwise(forms):
        assert after[: len(before) - 1] == before[:-1]


def test_A1_a_proxy_that_is_down_fails_as_configured(stage: Stage) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        stage.ask(chat(TABLES), "closed")
    stage.ask(chat(TABLES), "open")

    assert refused.value.status_code == 502
    assert sent(stage) == TABLES


def test_E5_from_another_machine_it_needs_the_token(guarded: Stage) -> None:
    guarded.ask(chat(TABLES), "token")
    first, *_ = sent(guarded)
    with pytest.raises(openai.APIStatusError) as refused:
        guarded.ask(chat(TABLES), "wrong")

    assert len(first) < len(TABLES[0]) / 3
    assert refused.value.status_code == 502
    assert not guarded.provider.received


def test_law_3_with_a_token_and_two_workers_the_model_has_it_again_too(guarded: Stage) -> None:
    guarded.provider.otherwise(retrieving("Two hundred."))
    try:
        reply = guarded.ask(chat(TABLES), "token")
    finally:
        guarded.provider.otherwise(Script())

    assert reply.choices[0].message.content == "Two hundred."
    assert [one.method for one in guarded.line.received] == ["POST", "GET"]


def test_the_bypass_header_is_heeded(stage: Stage) -> None:
    stage.ask(chat(TABLES), "headroom", extra_headers={"x-headroom-bypass": "true"})

    assert sent(stage) == TABLES
    assert not stage.line.received


def test_messages_of_anthropic_become_shorter_too(stage: Stage) -> None:
    stage.provider.received.clear()
    body = conversation(MESSAGES, TABLES, system="You are careful.", model="claude")

    with anthropic.Anthropic(base_url=stage.gateway, api_key=MASTER_KEY, max_retries=0) as client:
        reply = client.messages.create(**body, extra_body={"guardrails": ["headroom"]})

    first, _, last = texts_of(MESSAGES, stage.provider.received[0].body)
    assert [block.text for block in reply.content if block.type == "text"] == ["Done."]
    assert len(first) < len(TABLES[0]) / 3
    assert last == TABLES[2]
