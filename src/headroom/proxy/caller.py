"""Who makes a call: whose it is, and so what it may see and use."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from headroom.settings import BudgetPeriod

ANONYMOUS = "anonymous"

Standing = Literal["", "caller", "operator"]
"""What a caller's token makes it; nothing without one that holds."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller may use; None is what holds for all."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget: Decimal | None = None
    """Dollars per *period*, beside the budgets that hold for all."""
    period: BudgetPeriod = "daily"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever brings these credentials; *tenant* is the same for the same ones."""

    tenant: str = ANONYMOUS
    key_id: str = ""
    """Of the virtual key that it brings, if it brings one."""
    allowance: Allowance = field(default_factory=Allowance)
    standing: Standing = ""
    credited: bool = False
    """Whether *tenant* is told by a provider credential or a virtual key, and not by a token."""
    each: tuple[str, ...] = ()
    """The tenants of its credentials each by itself, where it brings several."""
    key_digest: str = ""
    """By which its virtual key is found again."""

    @property
    def payers(self) -> tuple[str, ...]:
        """Whose limits and budgets hold for it.

        Of several credentials a provider reads one, and nobody else knows which: each pays, so
        that one which nobody reads buys nothing.
        """
        return self.each or (self.tenant,)
