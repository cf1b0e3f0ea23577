"""Whole conversations through a library: agents on the real SDKs, a scripted model far away."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headroom.marker import TOOL
from tests.gateways.environment import needed
from tests.gateways.far_side import FarSide
from tests.gateways.translating import Translating, translating
from tests.proxy.agents import AskingModel
from tests.proxy.talks import table
from tests.reliability.test_retrieval import agent_at, talk
from tests.upstream import Call, Received, Say, Script, Think

pytestmark = needed

TURNS = 20
SETTINGS = {"ccr_offer": "always", "stop_at_loss": False, "toin": False}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translating]:
    with translating(tmp_path_factory.mktemp("translated")) as opened:
        yield opened


def said_in(received: Received) -> list[Any]:
    """The messages of a request as they arrived, in the provider's own dialect."""
    body = json.loads(received.body)
    said = body.get("messages") or body.get("input") or body["contents"]
    assert isinstance(said, list)
    return [_unmarked(each) for each in said]


def _unmarked(value: Any) -> Any:
    """Without cache marks, which wander on with each turn, and with a lone text as the text.

    LiteLLM writes what holds a mark as parts, as only those can hold one.
    """
    if isinstance(value, list):
        parts = [_unmarked(each) for each in value]
        lone = (
            len(parts) == 1 and isinstance(parts[0], dict) and parts[0].keys() == {"type", "text"}
        )
        return parts[0]["text"] if lone else parts
    if not isinstance(value, dict):
        return value
    return {name: _unmarked(each) for name, each in value.items() if name != "cache_control"}


def assert_no_bust(far: FarSide) -> None:
    """Each request begins with all of the one before it."""
    for before, after in itertools.pairwise(far.received):
        earlier, later = said_in(before), said_in(after)
        assert later[: len(earlier)] == earlier


@pytest.mark.parametrize(
    ("backend", "dialect", "streaming"),
    [
        *itertools.product(("litellm-openrouter", "anyllm"), ("anthropic", "chat"), (True, False)),
        ("litellm-openai", "anthropic", True),
    ],
)
async def test_over_twenty_turns_nothing_is_refused_nothing_busts_and_retrievals_are_answered(
    stage: Translating, backend: str, dialect: str, streaming: bool
) -> None:
    url = stage.url(backend, f"{dialect}{streaming}", **SETTINGS)
    stage.far.received.clear()
    model = AskingModel(TURNS)
    stage.far.provider.otherwise(model)

    async with agent_at(dialect, url, streaming=streaming) as agent:
        await talk(agent, range(TURNS + 1))

    assert len(model.asked) >= TURNS - 2
    assert all(table(number) in str(list(model.told.values())) for number in (3, 7))
    assert len(stage.far.received) > TURNS + 10
    assert_no_bust(stage.far)
    assert TOOL not in json.dumps(agent.history)


def works(turns: int) -> Callable[[Received], Script]:
    """A model that runs a command in each of its turns, and then is done."""

    def answer(received: Received) -> Script:
        done = received.body.count(b"thoughtSignature")
        return Script((Say("All."),)) if done == turns else Script((Think("Hm."), Call("Bash", {})))

    return answer


@pytest.mark.parametrize("dialect", ["anthropic", "chat"])
@pytest.mark.parametrize("streaming", [True, False])
async def test_a_model_of_google_is_talked_to_the_same_way(
    stage: Translating, dialect: str, *, streaming: bool
) -> None:
    url = stage.url("litellm-gemini", "talk")
    stage.far.received.clear()
    stage.far.provider.otherwise(works(TURNS))

    async with agent_at(dialect, url, streaming=streaming) as agent:
        await talk(agent, range(TURNS + 1))

    assert len(stage.far.received) == TURNS + 1
    assert_no_bust(stage.far)
