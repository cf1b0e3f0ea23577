"""What an agent is started for, in tests."""

from __future__ import annotations

from pathlib import Path

from headroom.cli.launch.agent import Wanted

BASE = "http://127.0.0.1:8787"


def wanted(
    home: Path,
    *arguments: str,
    backend: str = "anthropic",
    provider_type: str = "auto",
    wire_api: str = "",
    **variables: str,
) -> Wanted:
    return Wanted(
        BASE, {"HOME": str(home), **variables}, arguments, backend, provider_type, wire_api
    )
