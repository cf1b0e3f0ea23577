"""The header `traceparent`."""

from __future__ import annotations

import pytest

from headroom.observe.otel.parent import Parent, parent_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
IDS = bytes.fromhex(TRACE), bytes.fromhex(SPAN)


@pytest.mark.parametrize(
    ("header", "is_sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f" 00-{TRACE}-{SPAN}-01 ", True),
        (f"cc-{TRACE}-{SPAN}-01-what-comes", True),
    ],
)
def test_a_valid_one_names_the_parent(header: str, is_sampled: bool) -> None:
    assert parent_of(header) == Parent(*IDS, is_sampled=is_sampled)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0x",
        "00-" + "a" * 100_000,
    ],
)
def test_any_other_names_none(header: str) -> None:
    assert parent_of(header) is None
