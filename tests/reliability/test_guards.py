"""All guards at once: many callers, in any order, over restarts, with stored replies, virtual keys
and budgets on.  No reply crosses from one caller to another, and no budget is overdrawn.

With TEST_AT_LENGTH=1 in the environment there are a hundred orders.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.proxy.house import Answer, House, Seen, house_of, post, upstream_of
from tests.proxy.keyrings import OPERATORS, new_key
from tests.proxy.paying import MODEL, dollars, reply, spent
from tests.proxy.talks import noting
from tests.support.at_length import AT_LENGTH

ANSWER_TOKENS = 4_000
COST = dollars("0.08")
OF_ALL, OF_EACH, OF_ANN = dollars("0.9"), dollars("0.4"), dollars("0.2")

CALLERS = ("a", "b", "ann", "bob")
"""Two that bring a credential of their own, and two that bring virtual keys."""

What = Literal["ask", "anew", "at once", "clear", "restart"]

CALLS: Mapping[What, int] = {"ask": 1, "anew": 1, "at once": 4, "clear": 0, "restart": 0}

STEPS = st.lists(
    st.tuples(
        st.sampled_from(CALLERS),
        st.integers(0, 1),
        st.sampled_from(["ask", "ask", "ask", "anew", "at once", "clear", "restart"]),
    ),
    min_size=6,
    max_size=20,
)


@dataclass(slots=True)
class Model:
    """What should be so."""

    stored: dict[tuple[str, int], str] = field(default_factory=dict)
    """Which reply stands for whose question."""
    asked: dict[str, tuple[str, int]] = field(default_factory=dict)
    """For whose question a reply was made."""
    used: Counter[str] = field(default_factory=Counter)

    @property
    def used_by_all(self) -> int:
        return sum(self.used.values())

    def may(self, caller: str) -> bool:
        """Whether a call of this caller's may start while no other runs."""
        own = OF_ANN if caller == "ann" else OF_EACH
        return self.used_by_all < OF_ALL and self.used[caller] < own

    def check(self) -> None:
        """By one call at most, of those that cost as much as they were expected to."""
        assert self.used_by_all < OF_ALL + COST
        for caller, used in self.used.items():
            assert used < (OF_ANN if caller == "ann" else OF_EACH) + COST


class Provider:
    """Numbers its replies, so that no two are alike."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self, _seen: Seen, writer: asyncio.StreamWriter) -> None:
        self.given += 1
        writer.write(reply(0, ANSWER_TOKENS, words=f"reply {self.given}"))


@settings(
    max_examples=100 if AT_LENGTH else 6, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(steps=STEPS)
def test_D2_M1_M3_no_reply_crosses_and_no_budget_is_overdrawn(
    steps: list[tuple[str, int, What]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(follow_all(steps, Path(folder)))


async def follow_all(steps: list[tuple[str, int, What]], workspace: Path) -> None:
    async with upstream_of(Provider()) as upstream:
        await follow(steps, workspace, upstream.url)


async def follow(steps: list[tuple[str, int, What]], workspace: Path, url: str) -> None:
    """Take the steps between restarts, and compare with what should have been."""
    model, keys = Model(), dict[str, bytes]()
    runs: list[list[tuple[str, int, What]]] = [[]]
    for step in steps:
        runs[-1].append(step)
        if step[2] == "restart":
            runs.append([])
    for run in runs:
        async with house_of(
            workspace_dir=workspace, anthropic_api_url=url, virtual_keys=True, environ=OPERATORS,
            budget=0.9, tenant_budget=0.4,
        ) as house:  # fmt: skip
            if not keys:
                keys["ann"], _ = await new_key(house, budget=Decimal("0.2"))
                keys["bob"], _ = await new_key(house)
            notebook = noting(house)
            for caller, question, what in run:
                await take(house, model, keys, caller, question, what)
                # A call is settled after its last byte.
                for _ in range(CALLS[what]):
                    await notebook.next()
                assert await spent(house) == model.used_by_all
                model.check()


async def take(
    house: House, model: Model, keys: dict[str, bytes], caller: str, question: int, what: What
) -> None:
    """One step."""
    key = keys.get(caller, b"sk-ant-api03-" + caller.encode())
    if what == "clear":
        assert (await house.ask(post(b"/cache/clear", b""))).status == 200
        model.stored.clear()
    elif what == "ask":
        stored = model.stored.get((caller, question))
        may = model.may(caller)
        answer = await house.ask(asking(key, question))
        if stored is not None:
            assert (answer.values(b"x-headroom-cache"), words_of(answer)) == ([b"hit"], stored)
        else:
            settle(model, caller, question, answer, stores=True)
            assert (answer.status == 200) is may
    elif what == "anew":
        may = model.may(caller)
        answer = await house.ask(asking(key, question, b"cache-control: no-store"))
        settle(model, caller, question, answer, stores=False)
        assert (answer.status == 200) is may
    elif what == "at once":
        request = asking(key, question, b"cache-control: no-store")
        answers = await asyncio.gather(*(house.ask(request) for _ in range(CALLS[what])))
        for answer in answers:
            settle(model, caller, question, answer, stores=False)


def settle(model: Model, caller: str, question: int, answer: Answer, *, stores: bool) -> None:
    """Note what this answer, of the provider or a refusal, cost; it was made for nobody else."""
    assert answer.status in (200, 429)
    if answer.status == 429:
        return
    words = words_of(answer)
    assert model.asked.setdefault(words, (caller, question)) == (caller, question)
    model.used[caller] += COST
    if stores:
        model.stored[caller, question] = words


def asking(key: bytes, question: int, *headers: bytes) -> bytes:
    said = [{"role": "user", "content": f"question {question}"}]
    body = {"model": MODEL, "max_tokens": ANSWER_TOKENS, "messages": said}
    return post(b"/v1/messages", json.dumps(body).encode(), b"x-api-key: " + key, *headers)


def words_of(answer: Answer) -> str:
    return str(json.loads(answer.body)["content"][0]["text"])
