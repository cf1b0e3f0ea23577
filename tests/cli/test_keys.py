"""`headroom keys`, from the outside: what is printed where, and what ends with one sentence."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from headroom.state.keys import KEY_CHARACTERS
from tests.cli.running import run


def keys(workspace: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {"HEADROOM_WORKSPACE_DIR": str(workspace), "HEADROOM_VIRTUAL_KEYS": "true"}
    return run("keys", *words, variables=variables)


def created(workspace: Path, *words: str) -> tuple[str, str]:
    """A new key and its id."""
    result = keys(workspace, "create", *words)
    assert result.returncode == 0, result.stderr
    named = re.search(r"the key ([0-9a-f]{12}) for", result.stderr)
    assert named is not None
    return result.stdout.strip(), named[1]


def test_a_key_is_printed_once_and_never_again(tmp_path: Path) -> None:
    key, name = created(tmp_path, "ann")

    listed = keys(tmp_path, "list")

    assert re.fullmatch(r"hk-[0-9a-f]+", key)
    assert len(key) == KEY_CHARACTERS
    assert name in listed.stdout
    assert key not in listed.stdout
    assert all(key.encode() not in file.read_bytes() for file in tmp_path.rglob("*"))


def test_the_list_shows_what_each_key_is_and_may(tmp_path: Path) -> None:
    _, first = created(tmp_path, "ann", "--rpm", "10", "--tpm", "20", "--budget", "2.50")
    _, second = created(tmp_path, "bob", "--provider", "gemini", "--variable", "TEAM")
    keys(tmp_path, "revoke", second)

    head, *rows = keys(tmp_path, "list").stdout.splitlines()

    assert head.split() == ["ID", "NAME", "PROVIDER", "VARIABLE", "LIMITS", "CREATED", "REVOKED"]
    assert re.fullmatch(
        rf"{first}  ann   anthropic  ANTHROPIC_API_KEY  10 requests per minute, 20 tokens per "
        r"minute, \$2\.50 daily  \d{4}-\d\d-\d\d \d\d:\d\d",
        rows[0],
    )
    assert re.fullmatch(
        rf"{second}  bob   gemini     TEAM  +no limits of its own +(\d{{4}}-\S+ \d\d:\d\d ?){{1}}"
        r" +\d{4}-\d\d-\d\d \d\d:\d\d",
        rows[1],
    )


def test_limits_are_changed_and_taken_away(tmp_path: Path) -> None:
    _, name = created(tmp_path, "ann", "--rpm", "10")

    words = ("--rpm", "none", "--budget", "5", "--budget-period", "monthly")
    changed = keys(tmp_path, "set", name, *words)

    assert changed.stdout == f"The key {name} for ann has $5 monthly.\n"
    assert "$5 monthly" in keys(tmp_path, "list").stdout


def test_without_keys_the_list_says_how_to_make_one(tmp_path: Path) -> None:
    assert "headroom keys create NAME" in keys(tmp_path, "list").stdout


def test_where_they_are_off_that_is_told_beside_the_key(tmp_path: Path) -> None:
    result = run("keys", "create", "ann", variables={"HEADROOM_WORKSPACE_DIR": str(tmp_path)})

    assert result.returncode == 0
    assert "--virtual-keys" in result.stderr
    assert result.stdout.startswith("hk-")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["create", "ann", "--rpm", "0"], "--rpm is '0', but a whole number from 1 to 1000000000"),
        (["create", "ann", "--tpm", "1e3"], "--tpm is '1e3', but a whole number"),
        (["create", "ann", "--budget", "nan"], "--budget is 'nan', but an amount in dollars"),
        (["create", "ann", "--budget", "-1"], "--budget is '-1', but an amount in dollars"),
        (
            ["create", "ann", "--variable", "HEADROOM_ADMIN_KEY"],
            "--variable is HEADROOM_ADMIN_KEY, which is for Headroom itself",
        ),
        (["create", " "], "NAME must be 1 to 64 printable characters."),
        (["create", "a\nb"], "NAME must be 1 to 64 printable characters."),
        (["revoke", "0" * 12], "There is no key '000000000000'"),
        (["set", "nobody", "--rpm", "1"], "There is no key 'nobody'"),
        (["set", "0" * 12], "Nothing to set"),
    ],
)
def test_a_mistake_ends_with_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    result = keys(tmp_path, *words)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"headroom: {sentence}")
    assert result.stderr.count("\n") == 1


def test_a_credential_given_as_the_name_of_a_variable_is_not_repeated(tmp_path: Path) -> None:
    result = keys(tmp_path, "create", "ann", "--variable", "sk-ant-secret")

    assert result.returncode == 2
    assert "sk-ant-secret" not in result.stderr


def test_a_revoked_key_cannot_be_given_limits(tmp_path: Path) -> None:
    _, name = created(tmp_path, "ann")
    keys(tmp_path, "revoke", name)

    result = keys(tmp_path, "set", name, "--rpm", "1")

    assert (result.returncode, result.stdout) == (2, "")
    assert "has been revoked" in result.stderr


@pytest.mark.parametrize(
    "variables", [{"HEADROOM_STATELESS": "true"}, {"HEADROOM_STORE": "memory"}]
)
def test_keys_need_a_store_that_outlives_the_process(variables: dict[str, str]) -> None:
    result = run("keys", "create", "ann", variables=variables)

    assert (result.returncode, result.stdout) == (2, "")
    assert "outlives the process" in result.stderr


def test_a_store_that_does_not_answer_ends_with_exit_code_2() -> None:
    variables = {"HEADROOM_STORE": "redis://127.0.0.1:1"}
    result = run("keys", "create", "ann", variables=variables)

    assert (result.returncode, result.stdout) == (2, "")
    assert "headroom: The store cannot be used:" in result.stderr
