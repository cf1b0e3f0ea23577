"""What tests of `observe` share."""

from __future__ import annotations

import pytest

from headroom.observe import chronicle as chronicles
from headroom.observe import scribe


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scribe, "AGAIN_S", 0.01)
    monkeypatch.setattr(chronicles, "PATIENCE_S", 0.05)
    monkeypatch.setattr(chronicles, "TICK_S", 0.01)
