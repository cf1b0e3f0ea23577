"""Budgets under any order of operations: nothing is lost, none goes beyond by more than one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import CORRECTED_S, RESERVED_S, Key, Reservation
from headroom.state.spend import Budget, Spend, UsedUp, name_of_a_process
from tests.support.at_length import at_length
from tests.support.clock import Clock
from tests.support.reserving import take

Result = TypeVar("Result")

TENANTS = ("one", "two", "three")
LIMITS = {"all": 300, "tenant": 120, "key": 80}
NONE = Reservation((("spend", b"none"),), "1-none")
BEGIN = 50_000.0
AMOUNTS = st.integers(0, 90)


@dataclass
class Call:
    """A call as the model of the ledger has it."""

    taken: Reservation
    accounts: tuple[Key, ...]
    apart: int
    at: float
    process: str
    charged: bool = False


def budgets_of(tenant: str, *, has_key: bool) -> list[Budget]:
    found = [
        Budget(LIMITS["all"]),
        Budget(LIMITS["tenant"], "hourly", "tenant", tenant),
    ]
    return [*found, Budget(LIMITS["key"], "monthly", "key", tenant)] if has_key else found


class Ledger(RuleBasedStateMachine):
    """Calls of several tenants on a store that is opened anew now and then."""

    calls: Bundle[Call | None] = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock, self.steady = Clock(), Clock(BEGIN)
        self.open()
        self.settled: dict[Key, int] = {}
        self.running: list[Call] = []

    def open(self) -> None:
        self.store: MemoryStore | SqliteStore = MemoryStore(clock=self.clock, steady=self.steady)
        self.begin_process()

    def begin_process(self) -> None:
        self.process = name_of_a_process()
        self.spend = Spend(self.store, process=self.process)

    def close(self) -> None:
        """Nothing is to be closed, and nothing to be opened anew."""

    def does(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    def used(self, account: Key) -> int:
        apart = [c.apart for c in self.running if account in c.accounts and not c.charged]
        return self.settled.get(account, 0) + sum(apart)

    def charge(self, call: Call, amount: int) -> None:
        for account in call.accounts:
            self.settled[account] = self.settled.get(account, 0) + amount

    def charge_forgotten(self) -> None:
        """As the store does with the next thing that is written."""
        for call in list(self.running):
            if not call.charged and call.at <= self.steady() - RESERVED_S:
                self.charge(call, call.apart)
                call.charged, call.at = True, self.steady()

    @rule(target=calls, tenant=st.sampled_from(TENANTS), has_key=st.booleans(), amount=AMOUNTS)
    def reserve(self, tenant: str, has_key: bool, amount: int) -> Call | None:
        self.charge_forgotten()
        now = self.clock()
        budgets = budgets_of(tenant, has_key=has_key)
        accounts = tuple(budget.account(now) for budget in budgets)
        may = all(self.used(b.account(now)) < b.nanos for b in budgets)

        taken = self.does(take(self.spend, budgets, amount, now=now))

        assert isinstance(taken, Reservation) is may
        if isinstance(taken, UsedUp):
            spent = self.settled.get(taken.budget.account(now), 0)
            assert taken.spent == spent
            return None
        # Its answer may have been lost, and be asked for again.
        assert self.does(self.spend.reserve(taken, budgets, 2 * amount, now=now)) is None
        call = Call(taken, accounts, amount, self.steady(), self.process)
        self.running.append(call)
        for budget, account in zip(budgets, accounts, strict=True):
            # Not beyond the limit but by this one call.
            assert self.used(account) < budget.nanos + max(amount, 1)
        return call

    @rule(call=calls, amount=AMOUNTS)
    def grow(self, call: Call | None, amount: int) -> None:
        if call is None:
            return
        self.charge_forgotten()
        self.does(self.spend.raise_to(call.taken, amount))
        if call not in self.running:
            return
        more = max(amount - call.apart, 0)
        call.apart += more
        if call.charged:
            self.charge(call, more)
        else:
            call.at = self.steady()

    @rule(call=consumes(calls), amount=AMOUNTS, unsure=st.booleans())
    def settle(self, call: Call | None, amount: int, unsure: bool) -> None:
        if call is None:
            return
        self.charge_forgotten()
        for _ in range(2):
            self.does(self.spend.settle(call.taken, amount, unsure=unsure))
        if call in self.running:
            self.running.remove(call)
            self.charge(call, amount - (call.apart if call.charged else 0))

    @rule(tenant=st.sampled_from(TENANTS), amount=AMOUNTS)
    def charge_at_once(self, tenant: str, amount: int) -> None:
        budgets = budgets_of(tenant, has_key=False)
        anew = self.spend.reservation(budgets, now=self.clock())
        for _ in range(2):
            self.does(self.spend.settle(anew, amount, unsure=True))
        for budget in budgets:
            account = budget.account(self.clock())
            self.settled[account] = self.settled.get(account, 0) + amount

    @rule()
    def the_process_ends_and_has_a_successor(self) -> None:
        self.charge_forgotten()
        self.does(self.spend.charge_ended(self.process))
        for call in self.running:
            if call.process == self.process and not call.charged:
                self.charge(call, call.apart)
                call.charged, call.at = True, self.steady()
        self.begin_process()

    @rule(seconds=st.sampled_from([1.0, RESERVED_S / 2, RESERVED_S]))
    def time_goes_by(self, seconds: float) -> None:
        if self.steady.now + seconds > BEGIN + CORRECTED_S:
            return  # What is charged then is final, whenever the store has time to see to it.
        self.clock.now += seconds
        self.steady.now += seconds

    @rule(hours=st.integers(-50, 50))
    def the_clock_is_set(self, hours: int) -> None:
        self.clock.now += hours * 3_600.0

    @rule()
    def restart(self) -> None:
        self.close()

    @invariant()
    def the_accounts_hold_what_was_charged(self) -> None:
        self.charge_forgotten()
        self.does(self.spend.settle(NONE, 0))
        held = self.does(self.store.add(dict.fromkeys(self.settled, 0)))
        assert held == self.settled

    def teardown(self) -> None:
        self.runner.close()


class DurableLedger(Ledger):
    """The same on a file: a restart forgets nothing."""

    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.begin()

    def begin(self) -> None:
        self.store = SqliteStore(Path(self.folder.name), clock=self.clock, steady=self.steady)
        self.does(self.store.open())
        self.begin_process()

    def end(self) -> None:
        assert isinstance(self.store, SqliteStore)
        self.does(self.store.close())

    def close(self) -> None:
        self.end()
        self.begin()

    def teardown(self) -> None:
        self.end()
        self.folder.cleanup()
        super().teardown()


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=at_length(150), stateful_step_count=40, deadline=None)
TestDurableLedger = DurableLedger.TestCase
TestDurableLedger.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
