"""The secret of an installation is made once, and read by all."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom.state.secret import (
    CALLERS_FILE,
    FILE,
    SECRET_BYTES,
    installation_secret,
    kept_token,
    token_in,
)

ONE, OTHER = b"1" * SECRET_BYTES, b"2" * SECRET_BYTES


def test_D1_the_first_to_come_makes_it_and_the_others_read_it(tmp_path: Path) -> None:
    assert installation_secret(tmp_path / "new", ONE) == ONE
    assert installation_secret(tmp_path / "new", OTHER) == ONE
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600


def test_D1_of_many_at_once_all_have_the_same(tmp_path: Path) -> None:
    proposed = [bytes([number]) * SECRET_BYTES for number in range(16)]

    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(lambda secret: installation_secret(tmp_path, secret), proposed))

    assert found == {(tmp_path / FILE).read_bytes()}


def test_half_a_secret_is_set_aside_and_none_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"half")

    assert installation_secret(tmp_path, ONE) == ONE

    [aside] = tmp_path.glob(f"{FILE}.corrupt-*")
    assert aside.read_bytes() == b"half"


def test_a_workspace_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError):
        installation_secret(tmp_path / "file" / "workspace", ONE)


def test_a_token_is_read_where_one_stands_whole(tmp_path: Path) -> None:
    kept = kept_token(tmp_path, CALLERS_FILE)
    (tmp_path / "half").write_text(kept.token[:20])

    assert token_in(tmp_path / CALLERS_FILE) == kept.token
    assert token_in(tmp_path / "half") == ""
    with pytest.raises(FileNotFoundError):
        token_in(tmp_path / "none")
