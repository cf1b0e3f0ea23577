"""`headroom telemetry`: what would be sent, whether, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom.cli.telemetry import standing
from headroom.settings import Settings
from tests.cli.running import run

ENDPOINT = "https://totals.example/in"


def test_what_would_be_sent_is_printed_also_where_nothing_is_kept_yet(tmp_path: Path) -> None:
    variables = {"HEADROOM_WORKSPACE_DIR": str(tmp_path), "HEADROOM_SDK": "my-app"}

    done = run("telemetry", "show", variables=variables)
    again = run("telemetry", "show", variables=variables)

    told = json.loads(done.stdout)
    assert (told["requests"], told["sdk"]) == (0, "my-app")
    assert told == json.loads(again.stdout)
    assert done.stderr == (
        "headroom: Nothing is sent: no endpoint is set (HEADROOM_TELEMETRY_ENDPOINT).\n"
    )


def test_with_an_endpoint_it_is_told_where(tmp_path: Path) -> None:
    variables = {
        "HEADROOM_WORKSPACE_DIR": str(tmp_path),
        "HEADROOM_TELEMETRY_ENDPOINT": ENDPOINT,
    }

    shown = run("telemetry", "show", variables=variables)
    status = run("telemetry", "status", variables=variables)

    assert f"This is sent to {ENDPOINT} while a proxy runs" in shown.stderr
    assert "with no requests nothing is sent yet" in shown.stderr
    assert status.stdout.startswith(f"This is sent to {ENDPOINT}")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), "no endpoint is set"),
        (Settings(telemetry=False, telemetry_endpoint=ENDPOINT), "telemetry is off"),
        (Settings(telemetry_endpoint=ENDPOINT), ENDPOINT),
    ],
)
def test_P4_what_is_said_is_told_by_the_switch(settings: Settings, said: str) -> None:
    assert said in standing(settings)
    assert standing(settings).startswith("Nothing is sent") == (not settings.sends_telemetry)


def test_without_a_store_there_is_nothing_to_show(tmp_path: Path) -> None:
    done = run("telemetry", "show", variables={"HEADROOM_STATELESS": "1"})

    assert done.returncode == 2
    assert "Nothing is kept here" in done.stderr


def test_a_label_that_is_none_is_told() -> None:
    done = run("telemetry", "status", variables={"HEADROOM_SDK": "my app\n"})

    assert done.returncode == 2
    assert "a name of at most 64 letters, digits and ._/+- is needed" in done.stderr
