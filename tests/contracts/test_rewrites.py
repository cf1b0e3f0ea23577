"""Made-up conversations in every dialect, with any budget: all laws hold in every request."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from headroom.api import Session
from headroom.conversation import Known, Leg, Plan
from headroom.economics import CACHED, UNCACHED, Costs
from headroom.formats import FORMATS
from headroom.formats.turns import encoded
from headroom.marker import TOOL, key_of
from headroom.pipeline import plan
from headroom.pipeline.budget import Budget
from headroom.pipeline.choices import Choices
from headroom.pipeline.hindsight.turns import turns_of
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.segments import SegmentReader
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Store
from headroom.state.ledger import Ledger
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.contracts.test_stores import sqlite
from tests.pipeline.hindsight.laws import MEMBERS, check_all, problem, read
from tests.pipeline.hindsight.made_up import DIALECTS, bodies, requests
from tests.proxy.talks import EVERY_ROUTE, ROUTES, body_of, log
from tests.support.clock import Clock

SEEDS = range(10)
WEAVERS = {one.name: one.weaver for one in FORMATS}


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def budget_of(rng: random.Random) -> Budget:
    return Budget(
        costs=rng.choice([CACHED, UNCACHED, Costs(read=0.025)]),
        most_tokens=rng.choice([0, 1_000, 2_500, 2_500, 5_000]),
        rewrites=rng.random() < 0.7,
        by_importance=rng.random() < 0.7,
        by_many_signs=rng.random() < 0.5,
        shortens_first=rng.random() < 0.5,
        dear_from=rng.choice([0, 0, 1_500]),
        dear_factor=2.0,
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_conversation_that_is_rewritten_stays_valid_and_loses_nothing(
    dialect: str, seed: int, counter: Counter
) -> None:
    rng = random.Random(seed)
    budget = budget_of(rng)
    passed = [0.0]

    def clock() -> float:
        passed[0] += rng.choice([1, 1, 1, 30, 400, 4_000])
        return passed[0]

    protected = rng.choice([(), ("Read",)])
    choices = Choices(smallest_tokens=rng.choice([100, 400]), protected=protected)
    session = Session(
        counter=counter,
        offer=rng.choice(["always", "never"]),
        choices=choices,
        budget=budget,
        clock=clock,
    )

    check_all(dialect, requests(dialect, seed, turns=14), session, budget.most_tokens)


def test_these_conversations_are_really_rewritten(counter: Counter) -> None:
    session = Session(counter=counter, budget=Budget(most_tokens=2_500, by_importance=False))

    rewrites = check_all("openai_chat", requests("openai_chat", 3, turns=30), session, 2_500)

    assert 2 <= rewrites <= 15


WINDOW = Budget(most_tokens=2_500, rewrites=True)


async def sent_by_another(
    store: Store, dialect: str, body: bytes, counter: Counter
) -> tuple[bytes, Plan]:
    """What a process sends that has only just started, and what it planned."""
    ledger = Ledger(store, secret=b"secret", wall=Clock())
    conversation = read(dialect, body)
    place = await ledger.look_up(conversation, ledger.chain(conversation))
    made = plan(conversation, place.known, counter=counter, means="client", budget=WINDOW)
    await ledger.keep(place, made)
    return Document.read(body).rewrite(made.changes), made


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_process_and_every_start_goes_on_with_the_same_bytes(
    dialect: str, tmp_path: Path, counter: Counter
) -> None:
    one = Session(counter=counter, offer="never", budget=WINDOW)
    rewrites = 0

    async with sqlite(tmp_path, clock=Clock()) as store:
        for body in bodies(dialect, 4, turns=16):
            sent, made = await sent_by_another(store, dialect, body, counter)
            assert sent == one.forward(dialect, body).body
            rewrites += made.rewrite is not None

    assert rewrites > 0


async def test_what_was_sent_is_sent_again_the_same_when_it_is_asked_again(
    counter: Counter,
) -> None:
    store = MemoryStore()
    for body in bodies("openai_chat", 3, turns=30):
        first, _ = await sent_by_another(store, "openai_chat", body, counter)
        again, made = await sent_by_another(store, "openai_chat", body, counter)

        assert again == first
        assert made.rewrite is None


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_going_back_to_any_request_loses_nothing_and_sends_no_half_of_what_left(
    dialect: str, counter: Counter
) -> None:
    store = MemoryStore()
    made = list(bodies(dialect, 4, turns=20))
    await sent_by_another(store, dialect, made[-1], counter)

    for body in made:
        _, planned = await sent_by_another(store, dialect, body, counter)

        for key, original in planned.originals.items():
            assert key_of(original.text) == key


CALL = {"id": "ours", "type": "function", "function": {"name": TOOL, "arguments": "{}"}}
OURS = {
    "anthropic": Leg(
        (encoded({"type": "tool_use", "id": "ours", "name": TOOL, "input": {}}),),
        (0,),
        (encoded({"type": "tool_result", "tool_use_id": "ours", "content": "what had left"}),),
    ),
    "openai_chat": Leg(
        (encoded({"role": "assistant", "content": None, "tool_calls": [CALL]}),),
        (0,),
        (encoded({"role": "tool", "tool_call_id": "ours", "content": "what had left"}),),
    ),
    "openai_responses": Leg(
        (encoded({"type": "function_call", "call_id": "ours", "name": TOOL, "arguments": "{}"}),),
        (0,),
        (encoded({"type": "function_call_output", "call_id": "ours", "output": "what had left"}),),
    ),
    "gemini": Leg(
        (encoded({"functionCall": {"name": TOOL, "args": {}}}),),
        (0,),
        (encoded({"functionResponse": {"name": TOOL, "response": {"output": "what had left"}}}),),
    ),
}


@pytest.mark.parametrize("by_importance", [True, False])
@pytest.mark.parametrize("shortens_first", [True, False])
def test_a_window_that_was_made_to_fit_lasts_for_many_turns(
    counter: Counter, *, by_importance: bool, shortens_first: bool
) -> None:
    budget = Budget(most_tokens=3_000, by_importance=by_importance, shortens_first=shortens_first)
    choices = Choices(smallest_tokens=9_999)
    session = Session(counter=counter, offer="never", budget=budget, choices=choices)
    texts = [f"{number} {log(number)}" for number in range(40)]

    prompts = SegmentReader(AnthropicDialect(), counter.count)
    made = []
    for count in range(1, 41):
        body = body_of(ROUTES[0], texts[:count])
        forwarded = session.forward("anthropic", body)
        made.append(forwarded.plan)
        saved = prompts.read(body).tokens - prompts.read(forwarded.body).tokens
        # As the bill counts it: what stands around texts that leave, and their escapes, too.
        assert saved == pytest.approx(forwarded.plan.tokens_saved, rel=0.1)

    rewritten = [number for number, planned in enumerate(made) if planned.rewrite is not None]
    assert rewritten
    # Three tenths of the window are 900 tokens, and each turn brings fewer than 180.
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(rewritten))
    assert all(planned.tokens_after <= 3_000 for planned in made)


@pytest.mark.parametrize("at", [1, 2, 5])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_turns_with_hidden_legs_stay_among_those_that_leave(
    dialect: str, at: int, counter: Counter
) -> None:
    route = dict(zip(DIALECTS, EVERY_ROUTE, strict=True))[dialect]
    body = body_of(route, [log(n) for n in range(9)])
    document, conversation = Document.read(body), read(dialect, body)
    turn = turns_of(conversation.blocks)[at]
    message = document.elements(MEMBERS[dialect])[turn.messages.start]
    member = {"anthropic": "content", "gemini": "parts"}.get(dialect)
    pieces = message.value[member] if member else [message.value]
    legs = (OURS[dialect], Leg(tuple(map(encoded, pieces))))

    made = plan(
        conversation,
        Known(),
        counter=counter,
        passes=(),
        means="tool",
        choices=Choices(smallest_tokens=9_999),
        budget=Budget(most_tokens=6_000, shortens_first=False),
        woven=(turn.blocks.start,),
    )
    put_back = WEAVERS[dialect].put_back(document, turn.messages.start, legs)
    sent = document.rewrite([*made.changes, *put_back])

    assert made.rewrite is not None
    assert made.rewrite.turns > 2
    assert problem(dialect, sent) == ""
    assert sent.count(b"what had left") == 1
    assert message.raw[-60:] in sent
