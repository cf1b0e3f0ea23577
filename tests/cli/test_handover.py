"""An address for one visit of the same user, which leads to one that nobody else may read."""

from __future__ import annotations

import http.client
import os
import threading
import urllib.parse
from pathlib import Path

import pytest

from headroom.cli import handover as handovers
from headroom.cli.handover import handover, is_own

SECRET = "http://127.0.0.1:8787/dashboard#token=abc"


def visit(address: str, path: str = "") -> tuple[int, str | None]:
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", path or parts.path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("location")


def test_S3_the_address_leads_on_once_and_holds_no_secret() -> None:
    with handover(SECRET) as (address, was_visited):
        wrong, first, second = visit(address, "/other"), visit(address), visit(address)
        visited = was_visited()

    assert "abc" not in address
    assert wrong == (404, None)
    assert first == (302, SECRET)
    assert second == (404, None)
    assert visited


def test_it_is_told_when_nobody_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handovers, "PATIENCE_S", 0.01)

    with handover(SECRET) as (_, was_visited):
        assert not was_visited()


def test_nothing_goes_on_afterwards() -> None:
    before = threading.active_count()

    with handover(SECRET) as (address, _):
        pass

    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        visit(address)


def test_who_connects_is_known_by_the_table_of_the_system(tmp_path: Path) -> None:
    def table(owner: int) -> Path:
        file = tmp_path / str(owner)
        row = f"0: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000 {owner} 0"
        file.write_text(f"sl local_address rem_address st\n{row}\n")
        return file

    assert is_own(0x1F90, table(os.getuid()))
    assert not is_own(0x1F90, table(os.getuid() + 1))
    assert not is_own(0x1F91, table(os.getuid()))
    assert is_own(0x1F90, tmp_path / "none")
