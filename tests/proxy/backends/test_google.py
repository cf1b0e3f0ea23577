"""Credentials as Google's own chain finds them, from real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from headroom.errors import SettingsError, UpstreamError
from headroom.proxy.backends.google import Account
from tests.proxy.house import NOWHERE
from tests.upstream import Provider, running
from tests.upstream.vertex import TOKEN, Vertex, account_file

FILE = "GOOGLE_APPLICATION_CREDENTIALS"


async def test_a_token_is_had_once_for_all_who_ask_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Vertex(Provider())
    with running(wire) as url:
        monkeypatch.setenv(FILE, str(account_file(tmp_path, url)))
        account = Account.found()
        told = await asyncio.gather(*(account.headers() for _ in range(5)))

    assert told == [[("authorization", f"Bearer {TOKEN}")]] * 5
    assert wire.tokens == 1
    assert account.project == "another-project-2"


async def test_a_token_that_cannot_be_had_stops_no_more_than_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(FILE, str(account_file(tmp_path, NOWHERE)))

    with pytest.raises(UpstreamError) as told:
        await Account.found().headers()

    assert "127.0.0.1" not in str(told.value)
    assert "127.0.0.1" in caplog.text


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_what_is_missing_is_told_at_start(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "account.json"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv(FILE, str(file))

    with pytest.raises(SettingsError, match="finds no Google credentials: set GOOGLE_"):
        Account.found()
