"""What is said of a base URL."""

from __future__ import annotations

import pytest

from headroom.cli.diagnosis.finding import Finding
from headroom.cli.diagnosis.judging import judged
from headroom.cli.diagnosis.variables import Ending
from headroom.cli.pointer import pointer
from tests.cli.diagnosis.cases import BASE, facts

LISTENERS = {1: "nobody", 2: "headroom", 3: "stranger", 4: "late"}


def said(url: str, ending: Ending = "") -> Finding:
    return judged(
        facts(listeners=LISTENERS),
        pointer(url),
        about="X",
        readers="an agent",
        ending=ending,
        provider="openai",
        command="export X=…",
    )


@pytest.mark.parametrize(
    ("url", "ending", "level", "seen"),
    [
        (BASE, "", "ok", "leads here"),
        (f"{BASE}/v1", "/v1", "ok", "leads here"),
        (f"{BASE}/v1", "any", "ok", "leads here"),
        (f"{BASE}/v1", "", "problem", "a /v1 too many"),
        (BASE, "/v1", "note", "/v1 is missing"),
        (f"{BASE}/anthropic", "", "problem", "an odd path"),
        ("https://127.0.0.1:8787", "", "problem", "https, where http is spoken"),
        ("http://127.0.0.1:1", "", "problem", "nobody listens there"),
        ("http://127.0.0.1:2", "", "note", "another Headroom listens there"),
        ("http://127.0.0.1:3", "", "problem", "no Headroom"),
        ("http://127.0.0.1:4", "", "problem", "nothing answers there in time"),
        ("127.0.0.1:8787", "", "problem", "does not begin with http"),
        ("https://gateway.example/v1", "/v1", "note", "leads past this Headroom"),
    ],
)
def test_each_address_is_told_for_what_it_is(
    url: str, ending: Ending, level: str, seen: str
) -> None:
    found = said(url, ending)

    assert found.level == level
    assert seen in found.seen
    assert "(an agent)" in found.seen
    assert bool(found.fix) == (level != "ok")


def test_a_gateway_that_is_needed_can_stand_behind_headroom() -> None:
    assert "--openai-api-url https://gateway.example" in said("https://gateway.example").fix
    assert "gateway" not in said("https://api.openai.com/v1").fix
