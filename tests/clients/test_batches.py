"""Batches by the `anthropic` and `openai` Python SDKs, through the real proxy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import anthropic
import openai
import pytest
from anthropic.types.messages.batch_create_params import Request

from tests.proxy.batched import bodies_in, lines_of, params_in, talk
from tests.proxy.talks import results, texts_of
from tests.upstream import Provider, Say, Script

MESSAGES = "/v1/messages"
COUNT = 50


@pytest.fixture
def claude(url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as client:
        yield client


def requests_for(route: str) -> list[Any]:
    return [talk(route, number, results(1 + number % 5)) for number in range(COUNT)]


def answers(provider: Provider) -> list[str]:
    said = [f"Answer {number} — 漢字 and 🙂." for number in range(COUNT)]
    provider.next(*(Script((Say(one),)) for one in said))
    return said


def test_a_batch_of_anthropic_comes_back_whole(
    claude: anthropic.Anthropic, provider: Provider
) -> None:
    said = answers(provider)
    asked = [
        cast("Request", {"custom_id": f"r{number}", "params": one})
        for number, one in enumerate(requests_for(MESSAGES))
    ]

    made = claude.messages.batches.create(requests=asked)
    over = claude.messages.batches.retrieve(made.id)
    found = {}
    for one in claude.messages.batches.results(made.id):
        assert one.result.type == "succeeded"
        assert one.result.message.content[0].type == "text"
        found[one.custom_id] = one.result.message.content[0].text

    assert made.request_counts.processing == COUNT
    assert over.processing_status == "ended"
    assert found == {f"r{number}": text for number, text in enumerate(said)}


@pytest.mark.parametrize("route", ["/v1/chat/completions", "/v1/responses"])
def test_a_batch_of_openai_comes_back_whole(
    route: str, gpt: openai.OpenAI, provider: Provider
) -> None:
    said = answers(provider)
    file = gpt.files.create(
        file=("batch.jsonl", lines_of(route, requests_for(route))), purpose="batch"
    )

    made = gpt.batches.create(
        input_file_id=file.id, endpoint=cast("Any", route), completion_window="24h"
    )
    over = gpt.batches.retrieve(made.id)
    assert over.output_file_id is not None
    rows = [json.loads(line) for line in gpt.files.content(over.output_file_id).text.splitlines()]

    assert made.input_file_id == file.id
    assert over.status == "completed"
    assert [row["custom_id"] for row in rows] == [f"r{number}" for number in range(COUNT)]
    assert all(
        text in json.dumps(row, ensure_ascii=False) for text, row in zip(said, rows, strict=True)
    )


def test_both_are_shorter_for_the_provider(provider: Provider, proxied: str) -> None:
    with anthropic.Anthropic(base_url=proxied, api_key="key", max_retries=0) as claude:
        asked = requests_for(MESSAGES)
        params = [cast("Request", {"custom_id": "r", "params": one}) for one in asked]
        answer = claude.messages.batches.with_raw_response.create(requests=params)
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as gpt:
        lines = lines_of("/v1/responses", requests_for("/v1/responses"))
        told = gpt.files.with_raw_response.create(file=("b.jsonl", lines), purpose="batch")

    sent = [json.dumps(one).encode() for one in params_in(provider.received[0].body)]
    before = [json.dumps(one).encode() for one in asked]
    assert sum(map(len, sent)) < 0.5 * sum(map(len, before))
    assert [len(texts_of(MESSAGES, one)) for one in sent] == [
        len(texts_of(MESSAGES, one)) for one in before
    ]
    assert int(answer.headers["x-headroom-tokens-saved"]) > 10_000
    file = provider.batches.files["file-1"]
    assert len(file) < 0.6 * len(lines)
    assert len(bodies_in(file)) == COUNT
    assert told.parse().bytes == len(file)
    # What is read again is what the batch is made of.
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as gpt:
        assert gpt.files.content("file-1").read() == file


async def test_the_asynchronous_clients_work(url: str, provider: Provider) -> None:
    asked = requests_for(MESSAGES)[:5]
    async with anthropic.AsyncAnthropic(base_url=url, api_key="key", max_retries=0) as claude:
        params = [cast("Request", {"custom_id": "r", "params": one}) for one in asked]
        made = await claude.messages.batches.create(requests=params)
        results_ = [one async for one in await claude.messages.batches.results(made.id)]
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as gpt:
        lines = lines_of("/v1/responses", requests_for("/v1/responses")[:5])
        file = await gpt.files.create(file=("b.jsonl", lines), purpose="batch")
        batch = await gpt.batches.create(
            input_file_id=file.id, endpoint="/v1/responses", completion_window="24h"
        )

    assert [one.result.type for one in results_] == ["succeeded"] * 5
    assert batch.input_file_id == file.id


def test_a_batch_that_is_no_batch_is_answered_by_the_provider(
    claude: anthropic.Anthropic, provider: Provider
) -> None:
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.batches.create(requests=cast("Any", {"a": 1}))


def test_what_the_docs_say_works(
    provider: Provider, proxied: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "batches.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0].replace("http://127.0.0.1:8787", proxied)
    asked = requests_for("/v1/responses")[:3]
    (tmp_path / "batch.jsonl").write_bytes(lines_of("/v1/responses", asked))
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "key")
    requests = [{"custom_id": "r", "params": one} for one in requests_for(MESSAGES)[:3]]
    known: dict[str, Any] = {
        "anthropic": anthropic,
        "openai": openai,
        "Path": Path,
        "requests": requests,
    }

    exec(code.replace("requests=[...]", "requests=requests"), known)

    assert known["batch"].input_file_id == known["file"].id
    assert provider.batches.results["msgbatch_1"].count(b"\n") == 3
