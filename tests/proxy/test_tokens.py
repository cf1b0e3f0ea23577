from __future__ import annotations

import stat
from pathlib import Path

import pytest

from headroom.proxy.tokens import Tokens, open_tokens
from headroom.state.secret import CALLERS_FILE, OPERATOR_FILE
from tests.proxy.house import NOWHERE, settings_for


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_variables_count_before_what_the_workspace_keeps(tmp_path: Path) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path, api_key="C", admin_key="O")

    tokens = await open_tokens(settings)

    assert tokens.wanted_everywhere
    assert tokens.standing([b"C"]) == "caller"
    assert tokens.standing([b"x", b"C", b"O"]) == "operator"
    assert not names_in(tmp_path)


async def test_E5_without_them_all_workers_read_the_same_from_the_workspace(tmp_path: Path) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path)

    one, other = await open_tokens(settings), await open_tokens(settings)

    assert one == other
    assert not one.wanted_everywhere
    assert one.standing([(tmp_path / CALLERS_FILE).read_bytes().strip()]) == "caller"
    assert one.standing([(tmp_path / OPERATOR_FILE).read_bytes().strip()]) == "operator"
    for file in (CALLERS_FILE, OPERATOR_FILE):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600


@pytest.mark.parametrize("presented", [[], [b""], [b"c"], [b"C "], [b"CC"], [b"\xff"]])
async def test_what_is_not_the_token_makes_nothing_of_anybody(presented: list[bytes]) -> None:
    tokens = await open_tokens(settings_for(NOWHERE, api_key="C"))

    assert tokens.standing(presented) == ""


async def test_where_nothing_is_kept_there_is_no_token_and_none_holds(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = settings_for(NOWHERE, workspace_dir=tmp_path / "file" / "workspace")

    assert await open_tokens(settings_for(NOWHERE)) == Tokens()
    assert await open_tokens(nowhere) == Tokens()
    assert Tokens().standing([b"", b"anything"]) == ""


async def test_tokens_do_not_show_when_they_are_printed() -> None:
    tokens = await open_tokens(settings_for(NOWHERE, api_key="C"))

    assert repr(tokens) == "Tokens(wanted_everywhere=True)"
