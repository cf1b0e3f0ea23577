"""What whoever runs us may decide about shortening."""

from __future__ import annotations

import pytest

from headroom.pipeline.choices import Choices


@pytest.mark.parametrize("tool", ["Read", "read", "mcp__figma__get_node"])
def test_tools_are_protected_by_patterns_of_their_names(tool: str) -> None:
    assert Choices(protected=("read", "mcp__figma__*")).protects(tool)


def test_other_tools_are_not() -> None:
    assert not Choices(protected=("read", "[")).protects("Bash")
    assert not Choices().protects("")


def test_each_kind_has_its_own_room() -> None:
    assert Choices().room(1_000, 9_000) == 1_000


def test_more_strength_leaves_less_room() -> None:
    assert Choices(strength=2.0).room(1_000, 9_000) == 500


def test_a_wished_ratio_wins() -> None:
    assert Choices(target_ratio=0.3, strength=2.0).room(1_000, 9_000) == 2_700
