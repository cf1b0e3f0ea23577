"""How long a call spends where."""

from __future__ import annotations

import pytest

from headroom.proxy.stages import Stages


def test_what_is_gone_through_again_adds_up() -> None:
    stages = Stages()
    with stages.during("plan"):
        pass
    first = stages["plan"]
    with stages.during("plan"):
        pass

    assert 0 < first < stages["plan"]
    assert list(stages) == ["plan"]


def test_what_fails_is_counted_too() -> None:
    stages = Stages()

    with pytest.raises(LookupError), stages.during("keep"):
        raise LookupError

    assert stages["keep"] > 0
